"""The five commands: what is answered at once, and what the charger reports later."""

from collections.abc import Callable

import pytest

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp, token

PLACE = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01"}


def response_of(answer: object) -> tuple[int, int, str | None]:
    body = answer.json()  # type: ignore[attr-defined]
    return answer.status_code, body["status_code"], body.get("data", {}).get("result")  # type: ignore[attr-defined]


def result(emsp: Emsp, count: int = 1) -> str:
    return emsp.wait_for("POST", "/results/", count)[-1].body["result"]


def start(emsp: Emsp, **order: object) -> tuple[int, int, str | None]:
    return response_of(emsp.command("START_SESSION", **{"token": token(), **PLACE, **order}))


@pytest.mark.requirement("CMD-08", "CMD-23", "CMD-35")
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"location_id": "L404"}, (200, 2003, "REJECTED")),
        ({"location_id": "NLHOME1", "evse_uid": "NLHOME1-01"}, (200, 2003, "REJECTED")),
        ({"evse_uid": "E404"}, (200, 2003, "REJECTED")),
        ({"connector_id": "9"}, (200, 2003, "REJECTED")),
        ({"token": token(party_id="XXX")}, (200, 1000, "REJECTED")),
        ({"location_id": "DEBER02", "evse_uid": "DEBER02-01"}, (200, 1000, "NOT_SUPPORTED")),
        ({"location_id": "BELEU01", "evse_uid": "BELEU01-01"}, (200, 1000, "NOT_SUPPORTED")),
        ({"location_id": "NLAMS01", "evse_uid": "NLAMS01-05"}, (200, 1000, "REJECTED")),
        ({"location_id": "NLAMS01", "evse_uid": "NLAMS01-05", "connector_id": "2"}, (200, 1000, "ACCEPTED")),
        ({"evse_uid": None}, (200, 1000, "ACCEPTED")),
        ({"evse_uid": None, "connector_id": "1"}, (200, 2001, None)),
        ({"token": {"uid": "X"}}, (200, 2001, None)),
        ({"response_url": "nowhere"}, (200, 2001, None)),
    ],
)
def test_start_session_is_answered_by_what_can_be_known_at_once(emsp: Emsp, order: dict, expected: tuple) -> None:
    assert start(emsp, **order) == expected


@pytest.mark.requirement("CMD-35")
def test_an_unknown_command_does_not_exist(emsp: Emsp) -> None:
    assert response_of(emsp.command("DANCE"))[:2] == (404, 2001)


@pytest.mark.requirement("CMD-06")
def test_no_result_follows_a_rejection(emsp: Emsp) -> None:
    start(emsp, location_id="L404")
    start(emsp)
    assert result(emsp) == "ACCEPTED"
    assert len(emsp.got("POST", "/results/")) == 1


@pytest.mark.requirement("CMD-10", "CMD-22", "CMD-36", "HUB-22", "AMB-34")
def test_the_result_is_a_bare_object_with_the_headers_of_the_business_flow(emsp: Emsp) -> None:
    order = {"token": token(whitelist="NEVER"), "response_url": f"{emsp.url}/results/one?key=1", **PLACE}
    emsp.call("POST", "/commands/START_SESSION", order, headers={"X-Correlation-ID": "flow-1"})
    seen = emsp.wait_for("POST", "/results/one")[0]
    assert (seen.body, seen.query) == ({"result": "ACCEPTED"}, {"key": "1"})
    assert (seen.headers["ocpi-from-party-id"], seen.headers["ocpi-to-party-id"]) == ("CPO", "EMS")
    assert seen.credentials_token == "emsp-token-b"
    pushed = emsp.wait_for("PUT", "/sessions/")[0]
    assert pushed.headers["x-correlation-id"] == seen.headers["x-correlation-id"] == "flow-1"
    assert not emsp.got("POST", "/authorize")


@pytest.mark.requirement("CMD-11")
def test_a_second_start_at_an_evse_finds_it_occupied(emsp: Emsp) -> None:
    start(emsp)
    assert result(emsp) == "ACCEPTED"
    start(emsp, token=token("OTHER"))
    assert result(emsp, 2) == "EVSE_OCCUPIED"


@pytest.mark.requirement("CMD-11")
def test_a_broken_evse_is_inoperative(cpo: Cpo, emsp: Emsp) -> None:
    cpo.control("POST", "/evse-status", PLACE | {"status": "OUTOFORDER"})
    start(emsp)
    assert result(emsp) == "EVSE_INOPERATIVE"


@pytest.mark.requirement("LOC-45")
def test_starting_one_virtual_evse_takes_its_sibling_out_of_service(cpo: Cpo, emsp: Emsp) -> None:
    virtual = {"location_id": "NLRTM01", "evse_uid": "NLRTM01-04"}
    cpo.control("POST", "/plug", virtual)
    start(emsp, **virtual)
    result(emsp)
    evses = {evse["uid"]: evse["status"] for evse in emsp.call("GET", "/locations/NLRTM01").json()["data"]["evses"]}
    assert (evses["NLRTM01-04"], evses["NLRTM01-05"]) == ("CHARGING", "INOPERATIVE")
    start(emsp, location_id="NLRTM01", evse_uid="NLRTM01-05")
    assert result(emsp, 2) in ("EVSE_OCCUPIED", "EVSE_INOPERATIVE")


@pytest.mark.requirement("CMD-08")
def test_stop_session_knows_unknown_foreign_and_finished_sessions(
    cpo: Cpo, emsp: Emsp, make_emsp: Callable[..., Emsp]
) -> None:
    assert response_of(emsp.command("STOP_SESSION", session_id="S404")) == (200, 1000, "UNKNOWN_SESSION")
    other = make_emsp("DE", "OTH", registered=False)
    other.register(cpo.control("POST", "/token-a", expect=201)["token_a"], "other-token-b")
    cpo.control("POST", "/plug", PLACE)
    start(emsp)
    result(emsp)
    session_id = cpo.control("GET", "/sessions")[0]["session"]["id"]
    assert response_of(other.command("STOP_SESSION", session_id=session_id)) == (200, 1000, "REJECTED")
    assert response_of(emsp.command("STOP_SESSION", session_id=session_id.upper())) == (200, 1000, "ACCEPTED")
    assert result(emsp, 2) == "ACCEPTED"
    assert cpo.session(session_id)["status"] == "COMPLETED"
    assert response_of(emsp.command("STOP_SESSION", session_id=session_id)) == (200, 1000, "REJECTED")


@pytest.mark.requirement("CMD-18")
def test_a_start_without_a_cable_becomes_an_invalid_session(cpo: Cpo, emsp: Emsp) -> None:
    cpo.control("PUT", "/settings", {"auto_plug": False, "fast": 2000})
    start(emsp)
    assert result(emsp) == "ACCEPTED"
    assert emsp.wait_for("PUT", "/sessions/", 2)[-1].body["status"] == "INVALID"
    assert cpo.control("GET", "/cdrs") == []


@pytest.mark.requirement("CMD-08", "CMD-11")
def test_unlock_ends_the_session_and_frees_the_bay(cpo: Cpo, emsp: Emsp) -> None:
    dc = {"location_id": "DEZUS01", "evse_uid": "DEZUS01-01", "connector_id": "1"}
    assert response_of(emsp.command("UNLOCK_CONNECTOR", **dc)) == (200, 1000, "NOT_SUPPORTED")
    assert response_of(emsp.command("UNLOCK_CONNECTOR", **dc | {"connector_id": "7"})) == (200, 2003, "REJECTED")
    cpo.control("POST", "/plug", PLACE)
    start(emsp)
    result(emsp)
    assert response_of(emsp.command("UNLOCK_CONNECTOR", **PLACE, connector_id="1")) == (200, 1000, "ACCEPTED")
    assert result(emsp, 2) == "ACCEPTED"
    assert cpo.control("GET", "/sessions")[0]["session"]["status"] == "COMPLETED"
    assert emsp.call("GET", "/locations/NLUTC01/NLUTC01-01").json()["data"]["status"] == "AVAILABLE"


def test_every_command_is_kept_with_answer_and_results(cpo: Cpo, emsp: Emsp) -> None:
    start(emsp)
    result(emsp)
    row = cpo.wait_until(lambda: next((row for row in cpo.control("GET", "/commands") if row["results"]), None))
    assert (row["command"], row["response"]["result"], row["results"][0]["body"]) == (
        "START_SESSION",
        "ACCEPTED",
        {"result": "ACCEPTED"},
    )
    assert row["session_id"]
