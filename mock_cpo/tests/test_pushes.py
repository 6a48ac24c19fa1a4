"""What we push on our own and on demand, and what we do when it fails."""

import pytest

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Answer, Emsp, token
from ocpi.protocol.locations import Location
from ocpi.protocol.sessions import Session

PLACE = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01"}


def start(cpo: Cpo, emsp: Emsp) -> str:
    emsp.call("PUT", "/tokens/NL/EMS/04AABBCC", token())
    cpo.control("POST", "/plug", PLACE)
    return cpo.control("POST", "/tap", PLACE | {"token_uid": "04AABBCC"})["session_id"]


@pytest.mark.requirement("LOC-07", "LOC-54")
def test_a_new_evse_status_is_patched_and_the_whole_location_put_where_it_is_unknown(cpo: Cpo, emsp: Emsp) -> None:
    cpo.control("POST", "/evse-status", PLACE | {"status": "BLOCKED"})
    whole = emsp.wait_for("PUT", "/locations/NL/CPO/NLUTC01")[0]
    patch = emsp.got("PATCH", "/locations/")[0]
    assert patch.path == "/locations/NL/CPO/NLUTC01/NLUTC01-01"
    assert patch.body == {"status": "BLOCKED", "last_updated": whole.body["last_updated"]}
    assert [seen.method for seen in emsp.seen if "/locations/" in seen.path] == ["PATCH", "GET", "PUT"]
    cpo.control("POST", "/evse-status", PLACE | {"status": "AVAILABLE"})
    emsp.wait_for("PATCH", "/locations/", 2)
    assert len(emsp.got("PUT", "/locations/")) == 1


@pytest.mark.requirement("SES-10", "TRA-37")
def test_a_session_that_the_emsp_lost_is_put_again_as_a_whole(cpo: Cpo, emsp: Emsp) -> None:
    session_id = start(cpo, emsp)
    emsp.wait_for("PATCH", "/sessions/")
    emsp.known.clear()
    cpo.platform.clock.fast = 600
    emsp.wait_for("GET", "/sessions/")
    whole = emsp.wait_for("PUT", "/sessions/", 2)[1].body
    Session.from_wire(whole)
    assert (whole["id"], whole["status"]) == (session_id, "ACTIVE")
    assert whole["charging_periods"]


@pytest.mark.requirement("TRA-44")
@pytest.mark.long
def test_a_session_push_is_retried_in_order_while_the_emsp_has_trouble(cpo: Cpo, emsp: Emsp) -> None:
    emsp.answers["PUT", "*"] = Answer(http_status=503)
    start(cpo, emsp)
    emsp.wait_for("PUT", "/sessions/")
    assert not emsp.got("PATCH", "/sessions/")
    emsp.answers.clear()
    emsp.wait_for("PUT", "/sessions/", 2)
    emsp.wait_for("PATCH", "/sessions/")


@pytest.mark.requirement("SES-05", "SES-16")
def test_patched_periods_add_up_to_the_whole_session(cpo: Cpo, emsp: Emsp) -> None:
    cpo.platform.clock.fast = 600
    session_id = start(cpo, emsp)
    emsp.wait_for("PATCH", "/sessions/", 4)
    cpo.control("POST", "/stop", {"session_id": session_id})
    final = emsp.wait_for("PUT", "/sessions/", 2)[-1].body
    appended = [period for seen in emsp.got("PATCH", "/sessions/") for period in seen.body.get("charging_periods", [])]
    assert appended == final["charging_periods"][: len(appended)]
    assert all(seen.body["last_updated"] for seen in emsp.got("PATCH", "/sessions/"))


@pytest.mark.requirement("CDR-03", "CDR-33")
def test_a_cdr_is_listed_as_it_was_posted_and_its_url_remembered(cpo: Cpo, emsp: Emsp) -> None:
    cpo.platform.clock.fast = 600
    session_id = start(cpo, emsp)
    cpo.wait_until(lambda: cpo.session(session_id)["kwh"] > 0)
    cpo.control("POST", "/unplug", PLACE)
    posted = emsp.wait_for("POST", "/cdrs")[0].body
    assert emsp.call("GET", "/cdrs").json()["data"] == [posted]
    row = cpo.wait_until(lambda: next((row for row in cpo.control("GET", "/cdrs") if row["delivered"]), None))
    assert row["their_url"] == f"{emsp.url}/cdrs/{posted['id']}"
    listed = emsp.call("GET", "/sessions?date_from=2020-01-01T00:00:00Z").json()["data"]
    assert [(session["id"], session["status"]) for session in listed] == [(session_id, "COMPLETED")]


@pytest.mark.requirement("LOC-54")
def test_all_three_levels_can_be_put_and_patched_on_demand(cpo: Cpo, emsp: Emsp) -> None:
    emsp.known.add("/locations/NL/CPO/NLUTC01")
    push = "/push/locations"
    assert cpo.control("POST", push, {"location_id": "NLUTC01"}) == {"queued": 1}
    cpo.control("POST", push, PLACE)
    cpo.control("POST", push, PLACE | {"connector_id": "1"})
    cpo.control("POST", push, PLACE | {"connector_id": "1", "method": "PATCH", "fields": ["max_amperage"]})
    Location.from_wire(emsp.wait_for("PUT", "/locations/", 3)[0].body)
    assert [seen.path.count("/") for seen in emsp.got("PUT", "/locations/")] == [4, 5, 6]
    patch = emsp.wait_for("PATCH", "/NLUTC01-01/1")[0].body
    assert patch == {"max_amperage": 32, "last_updated": patch["last_updated"]}


@pytest.mark.requirement("LOC-54")
def test_a_pushed_location_is_read_back_and_compared(cpo: Cpo, emsp: Emsp) -> None:
    path = "/locations/NL/CPO/NLUTC01"
    body = {"location_id": "NLUTC01", "validate": True}
    original = emsp.call("GET", "/locations/NLUTC01").json()["data"]
    emsp.answers["GET", path] = Answer(original | {"suboperator": None})
    assert cpo.control("POST", "/push/locations", body)["pushed"][0]["differences"] == []
    emsp.answers["GET", path] = Answer(original | {"name": "changed"})
    assert cpo.control("POST", "/push/locations", body)["pushed"][0]["differences"] == ["name"]


@pytest.mark.requirement("LOC-43")
def test_every_published_location_is_pushed_and_the_private_one_never(cpo: Cpo, emsp: Emsp) -> None:
    assert cpo.control("POST", "/push/locations") == {"queued": 36}
    emsp.wait_for("PUT", "/locations/", 36)
    cpo.control("POST", "/evse-status", {"location_id": "NLHOME1", "evse_uid": "NLHOME1-01", "status": "BLOCKED"})
    assert "error" in cpo.control("POST", "/push/locations", {"location_id": "NLHOME1"}, expect=404)
    assert not [seen for seen in emsp.seen if "NLHOME1" in seen.path]


@pytest.mark.requirement("TRA-48")
def test_ids_are_percent_encoded_in_paths(cpo: Cpo, emsp: Emsp) -> None:
    cpo.control("POST", "/push/locations", {"location_id": "FRNCE/T2 P5"})
    assert emsp.wait_for("PUT", "/locations/")[0].path == "/locations/NL/CPO/FRNCE%2FT2%20P5"


@pytest.mark.requirement("TAR-22")
def test_a_tariff_is_taken_off_its_connectors_before_it_is_deleted(cpo: Cpo, emsp: Emsp) -> None:
    assert cpo.control("POST", "/push/tariffs") == {"queued": 38}
    emsp.wait_for("PUT", "/tariffs/", 38)
    emsp.known.add("/locations/")
    answer = cpo.control("DELETE", "/tariffs/NL-GREEN-PROFILE")
    assert (answer["connectors"], answer["queued"]) == (3, 1)
    assert emsp.wait_for("DELETE", "/tariffs/")[0].path == "/tariffs/NL/CPO/NL-GREEN-PROFILE"
    patches = emsp.wait_for("PATCH", "/locations/", 3)
    assert all(seen.body["tariff_ids"] == ["NL-GREEN-CHOICE"] for seen in patches)
    assert emsp.call("GET", "/tariffs").headers["X-Total-Count"] == "37"
