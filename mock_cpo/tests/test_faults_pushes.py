"""Faults of pushes, asynchronous results, and of what happens around a session."""

from collections.abc import Callable

import pytest

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp, token

PLACE = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01"}
FUTURE = "2099-01-01T00:00:00Z"


def set_status(cpo: Cpo, status: str) -> None:
    cpo.control("POST", "/evse-status", PLACE | {"status": status})


@pytest.mark.requirement("LOC-12")
def test_a_status_can_come_as_a_patch_of_the_location(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("patch-evses")
    set_status(cpo, "BLOCKED")
    patch = emsp.wait_for("PATCH", "/locations/")[0]
    assert patch.path == "/locations/NL/CPO/NLUTC01"
    [evse] = patch.body["evses"]
    assert (evse["uid"], evse["status"], evse["last_updated"]) == (
        "NLUTC01-01",
        "BLOCKED",
        patch.body["last_updated"],
    )


@pytest.mark.requirement("TRA-42")
def test_pushes_can_come_twice(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("duplicate-pushes")
    emsp.known.add("/locations/")
    set_status(cpo, "BLOCKED")
    first, second = emsp.wait_for("PATCH", "/locations/", 2)
    assert first.body == second.body


@pytest.mark.requirement("TRA-43")
def test_an_older_push_can_come_after_a_newer_one(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("out-of-order-pushes")
    emsp.known.add("/locations/")
    for status in ("BLOCKED", "AVAILABLE"):
        set_status(cpo, status)
    bodies = [seen.body for seen in emsp.wait_for("PATCH", "/locations/", 3)]
    assert [body["status"] for body in bodies] == ["BLOCKED", "AVAILABLE", "BLOCKED"]
    assert bodies[2]["last_updated"] < bodies[1]["last_updated"]


@pytest.mark.requirement("TYP-01")
def test_ids_can_be_in_lower_case(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("lower-case-ids")
    cpo.control("POST", "/push/locations", {"location_id": "NLUTC01"})
    seen = emsp.wait_for("PUT", "/locations/")[0]
    assert seen.path == "/locations/nl/cpo/nlutc01"
    assert (seen.body["id"], seen.body["country_code"], seen.body["evses"][0]["uid"]) == ("nlutc01", "nl", "nlutc01-01")
    assert seen.body["name"] == "Jaarbeurs P1"


@pytest.mark.requirement("CMD-12")
def test_a_result_can_come_from_an_unknown_party(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("result-wrong-peer")
    emsp.command("START_SESSION", token=token(), **PLACE)
    seen = emsp.wait_for("POST", "/results/")[0]
    assert (seen.credentials_token, seen.routing[0]) == ("emsp-token-b", "XX/ZZZ")


@pytest.mark.requirement("CMD-12")
def test_a_result_can_come_with_the_token_of_another_peer(cpo: Cpo, emsp: Emsp, make_emsp: Callable[..., Emsp]) -> None:
    other = make_emsp("DE", "OTH", registered=False)
    other.register(cpo.control("POST", "/token-a", expect=201)["token_a"], "other-token-b")
    cpo.break_it("result-wrong-peer")
    emsp.command("START_SESSION", token=token(), **PLACE)
    assert emsp.wait_for("POST", "/results/")[0].credentials_token == "other-token-b"


@pytest.mark.requirement("CMD-16")
def test_a_reservation_can_be_withdrawn_soon_after(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("reservation-withdrawn", 0.1)
    emsp.command("RESERVE_NOW", token=token(), expiry_date=FUTURE, reservation_id="R1", **PLACE)
    results = [seen.body["result"] for seen in emsp.wait_for("POST", "/results/", 2)]
    assert results == ["ACCEPTED", "CANCELED_RESERVATION"]
    assert emsp.got("PUT", "/sessions/")[0].body["status"] == "RESERVATION"


@pytest.mark.requirement("CMD-34")
def test_a_session_can_come_after_a_command_that_failed(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("session-after-failed-command")
    emsp.command("START_SESSION", token=token(), **PLACE)
    assert emsp.wait_for("POST", "/results/")[0].body == {"result": "FAILED"}
    assert emsp.wait_for("PUT", "/sessions/")[0].body["status"] == "PENDING"


@pytest.mark.requirement("CRE-20")
def test_credentials_can_rotate_while_a_session_runs(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("rotate-mid-traffic")
    before = emsp.their_token
    session_id = cpo.begin(emsp, PLACE)
    emsp.wait_for("PUT", "/credentials")
    assert emsp.their_token != before
    cpo.wait_until(lambda: cpo.platform.partners.by_party("NL", "EMS").their_token == "emsp-token-c")
    cpo.control("POST", "/stop", {"session_id": session_id})
    final = emsp.wait_for("PUT", "/sessions/", 2)[-1]
    assert (final.body["status"], final.credentials_token) == ("COMPLETED", "emsp-token-c")


@pytest.mark.requirement("CRE-25")
def test_the_registration_can_end_while_a_session_runs(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("delete-mid-session")
    session_id = cpo.begin(emsp, PLACE)
    emsp.wait_for("DELETE", "/credentials")
    cpo.wait_until(lambda: cpo.control("GET", "/state")["registrations"] == 0)
    cpo.control("POST", "/stop", {"session_id": session_id})
    assert not emsp.got("POST", "/cdrs")
    assert emsp.call("GET", "/tariffs").status_code == 401
