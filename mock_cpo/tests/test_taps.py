"""A card at a charger: who decides, by which rule, and what happens."""

from collections.abc import Callable

import pytest

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Answer, Emsp, Seen, token

PLACE = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01", "connector_id": "1"}


def push(emsp: Emsp, **changes: object) -> None:
    body = token(**changes)
    emsp.call("PUT", f"/tokens/NL/EMS/{body['uid']}", body)


def tap(cpo: Cpo, uid: str = "04AABBCC", **more: object) -> dict:
    return cpo.control("POST", "/tap", PLACE | {"token_uid": uid} | more)


def decides(allowed: str, **more: object) -> Callable[[str, Seen], Answer]:
    return lambda uid, seen: Answer({"allowed": allowed, "token": token(uid)} | more)


def unreachable(uid: str, seen: Seen) -> Answer:
    return Answer(http_status=502, raw=b"bad gateway")


@pytest.mark.requirement("TOK-27", "TOK-28", "AMB-27")
@pytest.mark.parametrize(
    ("whitelist", "valid", "answers", "decided_by", "started", "asked"),
    [
        ("ALWAYS", True, "BLOCKED", "WHITELIST", True, 0),
        ("ALWAYS", False, "ALLOWED", "WHITELIST", False, 0),
        ("ALLOWED", True, "BLOCKED", "WHITELIST", True, 0),
        ("ALLOWED", False, "ALLOWED", "REALTIME", True, 1),
        ("ALLOWED_OFFLINE", True, "BLOCKED", "REALTIME", False, 1),
        ("ALLOWED_OFFLINE", True, "unreachable", "OFFLINE", True, 1),
        ("ALLOWED_OFFLINE", False, "unreachable", "REALTIME", False, 1),
        ("NEVER", True, "ALLOWED", "REALTIME", True, 1),
        ("NEVER", False, "ALLOWED", "REALTIME", True, 1),
        ("NEVER", True, "unreachable", "REALTIME", False, 1),
    ],
)
def test_the_whitelist_decides_whether_the_emsp_is_asked(
    cpo: Cpo, emsp: Emsp, whitelist: str, valid: bool, answers: str, decided_by: str, started: bool, asked: int
) -> None:
    push(emsp, whitelist=whitelist, valid=valid)
    emsp.authorize = unreachable if answers == "unreachable" else decides(answers)
    outcome = tap(cpo)
    assert (outcome["decided_by"], outcome["started"]) == (decided_by, started)
    assert len(emsp.got("POST", "/authorize")) == asked
    assert bool(outcome["session_id"]) == started


@pytest.mark.requirement("TOK-10", "TOK-15", "SES-22", "HUB-01")
def test_an_unknown_card_is_asked_for_with_its_place_and_the_reference_comes_back(cpo: Cpo, emsp: Emsp) -> None:
    emsp.authorize = decides("ALLOWED", authorization_reference="REF-7")
    outcome = tap(cpo, "DEADBEEF")
    asked = emsp.got("POST", "/tokens/DEADBEEF/authorize")[0]
    assert asked.body == {"location_id": "NLUTC01", "evse_uids": ["NLUTC01-01"]}
    assert (asked.headers["ocpi-from-party-id"], asked.headers["ocpi-to-party-id"]) == ("CPO", "EMS")
    assert outcome["authorization"]["http_status"] == 200
    session = emsp.wait_for("PUT", "/sessions/")[0].body
    assert (session["auth_method"], session["authorization_reference"]) == ("AUTH_REQUEST", "REF-7")


@pytest.mark.requirement("TOK-08", "TOK-09")
@pytest.mark.parametrize("allowed", ["BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED"])
def test_a_refused_card_starts_nothing_and_the_answer_tells_why(cpo: Cpo, emsp: Emsp, allowed: str) -> None:
    emsp.authorize = decides(allowed)
    outcome = tap(cpo)
    assert outcome["authorization"]["allowed"] == outcome["allowed"] == allowed
    assert (outcome["authorization"]["http_status"], outcome["authorization"]["status_code"]) == (200, 1000)
    assert (outcome["started"], cpo.control("GET", "/sessions")) == (False, [])


@pytest.mark.requirement("TOK-08")
def test_a_card_that_no_emsp_knows_is_reported_as_404_with_2004(cpo: Cpo, emsp: Emsp) -> None:
    outcome = tap(cpo, "NOBODY")
    assert (outcome["authorization"]["http_status"], outcome["authorization"]["status_code"]) == (404, 2004)
    assert outcome["started"] is False


@pytest.mark.requirement("TOK-12")
def test_permission_for_another_evse_is_none_for_this_one(cpo: Cpo, emsp: Emsp) -> None:
    emsp.authorize = decides("ALLOWED", location={"location_id": "NLUTC01", "evse_uids": ["NLUTC01-02"]})
    assert tap(cpo)["started"] is False


@pytest.mark.requirement("TOK-20")
def test_other_token_types_are_named_in_the_query(cpo: Cpo, emsp: Emsp) -> None:
    tap(cpo, "APP-9", token_type="APP_USER", authorize_only=True)
    assert emsp.got("POST", "/authorize")[0].query == {"type": "APP_USER"}


def test_authorize_only_starts_nothing(cpo: Cpo, emsp: Emsp) -> None:
    emsp.authorize = decides("ALLOWED")
    outcome = tap(cpo, authorize_only=True)
    assert (outcome["allowed"], outcome["started"], outcome["session_id"]) == ("ALLOWED", False, None)
    assert cpo.control("GET", "/sessions") == []


def test_the_card_that_started_a_session_stops_it(cpo: Cpo, emsp: Emsp) -> None:
    push(emsp)
    cpo.platform.clock.fast = 600
    session_id = tap(cpo)["session_id"]
    cpo.wait_until(lambda: cpo.session(session_id)["status"] == "ACTIVE")
    other = tap(cpo, "OTHER")
    assert (other["started"], other["stopped"]) == (False, False)
    assert tap(cpo)["stopped"] is True
    assert cpo.session(session_id)["status"] == "COMPLETED"


def test_an_unknown_connector_is_a_mistake_of_the_caller(cpo: Cpo) -> None:
    body = PLACE | {"token_uid": "X", "connector_id": "99"}
    assert "no connector" in cpo.control("POST", "/tap", body, expect=404)["error"]


def test_a_broken_charger_starts_nothing(cpo: Cpo, emsp: Emsp) -> None:
    push(emsp)
    cpo.control("POST", "/evse-status", {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01", "status": "OUTOFORDER"})
    outcome = tap(cpo)
    assert (outcome["allowed"], outcome["started"], outcome["reason"]) == (
        "ALLOWED",
        False,
        "allowed, but the EVSE is OUTOFORDER",
    )
