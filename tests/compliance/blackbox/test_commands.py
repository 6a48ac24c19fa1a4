"""Requirements section 11 over HTTP: an app asks, we send, the CPO answers and reports."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests import factories
from tests.partner_server import Answer, Call

from .operator import Operator
from .platforms import Caller, Platform, Reply
from .steps import CREATED, NO_SUCH_OBJECT, NOT_ALLOWED, OK, REFUSED, UNAUTHORIZED, in_state

Start = Callable[..., str]
SETTLED = ("SUCCEEDED", "FAILED", "REJECTED", "UNKNOWN", "TIMED_OUT", "CANCELLED")
LATER = "2026-03-01T13:00:00Z"


def answered(reply: Reply) -> bool:
    return reply.data["state"] not in ("QUEUED", "SENDING")


def owner(cpo: Platform) -> str:
    return f"country_code={cpo.country_code}&party_id={cpo.party_id}"


def callback(cpo: Platform) -> str:
    """Path of the last response_url."""
    return urlsplit(cpo.wait_for("POST", "commands")[-1].json["response_url"]).path


@pytest.fixture
def ready(cpo: Platform) -> Platform:
    """A CPO with L1, E1 and a running session S1."""
    cpo.put(f"locations/{cpo.me}/L1", cpo.object("location"), quiet=True)
    cpo.put(f"sessions/{cpo.me}/S1", cpo.object("session"), quiet=True)
    return cpo


def bodies(uid: str) -> dict[str, dict[str, Any]]:
    token = {"uid": uid, "type": "RFID"}
    place = {"location_id": "L1", "evse_uid": "E1"}
    return {
        "START_SESSION": {**place, "connector_id": "C1", "token": token},
        "STOP_SESSION": {"session_id": "S1"},
        "RESERVE_NOW": {**place, "token": token, "reservation_id": "R1", "expiry_date": "2099-03-01T13:00:00+01:00"},
        "UNLOCK_CONNECTOR": {**place, "connector_id": "C1"},
    }


@pytest.mark.requirement(
    "CMD-01", "CMD-02", "CMD-03", "CMD-20", "CMD-21", "CMD-25", "CMD-31", "CMD-36", "SEED-06", "SMP-12", "SMP-20"
)
@pytest.mark.parametrize("command", ["START_SESSION", "STOP_SESSION", "RESERVE_NOW", "UNLOCK_CONNECTOR"])
def test_each_command_goes_out_as_its_object(ready: Platform, app: Caller, add_token: Any, command: str) -> None:
    uid, _ = add_token()
    sent = app.post(f"commands/{command}?{owner(ready)}", bodies(uid)[command])
    assert sent.codes == (202, 1000)
    app.until(f"commands/{sent.data['id']}", in_state("ACCEPTED"))
    (call,) = ready.calls("POST", "commands")
    assert call.path == f"/ocpi/commands/{command}"
    body = call.json
    url = body.pop("response_url")
    assert url.startswith(f"{ready.emsp.url}/")
    assert len(url) <= 255
    assert re.search(r"[0-9a-f-]{36}", url), "not to be guessed"
    if "token" in body:
        assert body.pop("token") == ready.get(f"tokens/NL/EMS/{uid}").data
        assert 0 < len(body.pop("authorization_reference")) <= 36
    wanted = {name: value for name, value in bodies(uid)[command].items() if name != "token"}
    if command == "RESERVE_NOW":
        assert body.pop("expiry_date") in ("2099-03-01T12:00:00Z", "2099-03-01T12:00:00.000Z")
        wanted.pop("expiry_date")
    assert body == wanted
    names = ("OCPI-to-party-id", "OCPI-to-country-code", "OCPI-from-party-id", "OCPI-from-country-code")
    assert [call[name] for name in names] == [ready.party_id, ready.country_code, "EMS", "NL"]


@pytest.mark.requirement("CMD-03", "CMD-27", "CMD-16")
def test_each_request_has_a_response_url_of_its_own_and_a_reservation_keeps_its_id(
    ready: Platform, app: Caller, add_token: Any
) -> None:
    uid, _ = add_token()
    body = bodies(uid)["RESERVE_NOW"]
    for expiry in ("2099-03-01T12:00:00Z", "2099-03-01T13:00:00Z"):
        app.post(f"commands/RESERVE_NOW?{owner(ready)}", {**body, "expiry_date": expiry})
    first, second = ready.wait_for("POST", "commands", 2)
    assert first.json["response_url"] != second.json["response_url"]
    assert {call.json["reservation_id"] for call in (first, second)} == {"R1"}
    app.post(f"commands/CANCEL_RESERVATION?{owner(ready)}", {"reservation_id": "R1"})
    cancel = ready.wait_for("POST", "commands", 3)[2]
    assert (cancel.path, cancel.json["reservation_id"]) == ("/ocpi/commands/CANCEL_RESERVATION", "R1")


@pytest.mark.requirement("CMD-04", "CMD-10")
def test_a_result_that_comes_before_the_answer_is_matched(cpo: Platform, app: Caller, start: Start) -> None:
    met: list[tuple[int, int]] = []

    def report_first(call: Call) -> Answer:
        met.append(cpo.post(urlsplit(call.json["response_url"]).path, {"result": "ACCEPTED"}).codes)
        return Answer({"result": "ACCEPTED", "timeout": 30})

    cpo.server.answer("POST", "commands", does=report_first)
    app.until(start(cpo), in_state("SUCCEEDED"))
    assert met == [OK]


@pytest.mark.requirement("CMD-05", "CMD-06", "CMD-37")
@pytest.mark.parametrize(
    ("result", "state"),
    [
        ("ACCEPTED", "ACCEPTED"),
        ("REJECTED", "REJECTED"),
        ("NOT_SUPPORTED", "REJECTED"),
        ("UNKNOWN_SESSION", "REJECTED"),
    ],
)
def test_each_answer_has_its_state(cpo: Platform, app: Caller, start: Start, result: str, state: str) -> None:
    message = [{"language": "en", "text": "because"}, {"language": "nl", "text": "omdat"}]
    cpo.server.answer("POST", "commands", data={"result": result, "timeout": 30, "message": message})
    told = app.until(start(cpo), answered)
    assert told.data["state"] == state
    assert result in str(told.data)


@pytest.mark.requirement("CMD-07")
def test_a_refusal_counts_whatever_its_data_says(cpo: Platform, app: Caller, start: Start) -> None:
    cpo.server.answer("POST", "commands", status_code=2003, data={"result": "ACCEPTED", "timeout": 30})
    assert app.until(start(cpo), answered).data["state"] == "REJECTED"


@pytest.mark.requirement("CMD-09", "CMD-18")
def test_without_a_result_in_time_it_is_unknown_and_a_late_one_counts(cpo: Platform, app: Caller, start: Start) -> None:
    cpo.server.answer("POST", "commands", data={"result": "ACCEPTED", "timeout": 1})
    path = start(cpo)
    app.until(path, in_state("TIMED_OUT"))
    assert cpo.post(callback(cpo), {"result": "ACCEPTED"}).codes == OK
    told = app.get(path)
    assert (told.data["state"], told.data["session"]) == ("SUCCEEDED", None)  # which proves no session yet


BAD_NEWS = (
    "EVSE_OCCUPIED",
    "EVSE_INOPERATIVE",
    "FAILED",
    "NOT_SUPPORTED",
    "REJECTED",
    "TIMEOUT",
    "UNKNOWN_RESERVATION",
)
RESULTS = {"ACCEPTED": "SUCCEEDED", **dict.fromkeys(BAD_NEWS, "FAILED")}


@pytest.mark.requirement("CMD-10", "CMD-11", "CMD-15", "TRA-16")
@pytest.mark.parametrize("result", RESULTS)
def test_each_result_has_its_state_and_may_come_twice(cpo: Platform, app: Caller, start: Start, result: str) -> None:
    path = start(cpo)
    app.until(path, in_state("ACCEPTED"))
    message = [{"language": "en", "text": "<b>told</b>"}]
    for _ in range(2):
        answer = cpo.post(callback(cpo), {"result": result, "message": message})
        assert (answer.codes, "data" in answer.body) == (OK, False)
    told = app.get(path).data
    assert told["state"] == RESULTS[result]
    assert len([step for step in told["steps"] if step["state"] == RESULTS[result]]) == 1


@pytest.mark.requirement("CMD-12", "CMD-13", "CMD-14", "CMD-17", "FLD-29", "AMB-32")
def test_what_may_be_said_at_a_response_url_and_by_whom(
    cpo: Platform, other_cpo: Platform, nobody: Caller, app: Caller, start: Start
) -> None:
    path = start(cpo)
    app.until(path, in_state("ACCEPTED"))
    url, good = callback(cpo), {"result": "ACCEPTED"}
    assert nobody.post(url, good).codes == UNAUTHORIZED
    assert other_cpo.post(url, good).codes == NO_SUCH_OBJECT
    assert cpo.post("commands/deadbeef", good).codes == NO_SUCH_OBJECT
    assert cpo.post("commands/START_SESSION", good).codes == NO_SUCH_OBJECT
    for bad in ({"result": "DONE"}, {}, {"result": "accepted"}, {"result": None}):
        assert cpo.post(url, bad).codes == REFUSED
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert cpo.send(method, url, {}).codes == NOT_ALLOWED
    assert app.get(path).data["state"] == "ACCEPTED"
    assert cpo.post(url, {"data": good}).codes == OK  # wrapped, as some do
    assert app.get(path).data["state"] == "SUCCEEDED"


@pytest.mark.requirement("CMD-16", "CMD-11")
def test_a_reservation_can_be_taken_back_later_at_the_same_url(ready: Platform, app: Caller, add_token: Any) -> None:
    sent = app.post(f"commands/RESERVE_NOW?{owner(ready)}", bodies(add_token()[0])["RESERVE_NOW"])
    path = f"commands/{sent.data['id']}"
    app.until(path, in_state("ACCEPTED"))
    for result, state in (("ACCEPTED", "SUCCEEDED"), ("CANCELED_RESERVATION", "CANCELLED")):
        assert ready.post(callback(ready), {"result": result}).codes == OK
        assert app.get(path).data["state"] == state


@pytest.mark.requirement("CMD-19")
def test_a_token_that_may_not_charge_starts_nothing(ready: Platform, app: Caller, add_token: Any) -> None:
    uid, _ = add_token(status="BLOCKED")
    assert app.post(f"commands/START_SESSION?{owner(ready)}", bodies(uid)["START_SESSION"]).codes == REFUSED
    assert ready.calls("POST") == []


@pytest.mark.requirement("CMD-23", "CMD-24", "CMD-29")
def test_what_a_charger_cannot_do_is_not_asked_of_it(cpo: Platform, app: Caller, add_token: Any) -> None:
    needs = ["REMOTE_START_STOP_CAPABLE", "START_SESSION_CONNECTOR_REQUIRED"]
    evses = [factories.evse(capabilities=needs), factories.evse(uid="E2", capabilities=["RFID_READER"])]
    cpo.put(f"locations/{cpo.me}/L1", cpo.object("location", evses=evses))
    known = bodies(add_token()[0])
    start_body = known["START_SESSION"]
    without = {name: value for name, value in start_body.items() if name != "connector_id"}
    for command, body in [
        ("START_SESSION", without), ("START_SESSION", {**start_body, "evse_uid": None}),
        ("START_SESSION", {**start_body, "evse_uid": "E2"}), ("RESERVE_NOW", known["RESERVE_NOW"]),
        ("UNLOCK_CONNECTOR", known["UNLOCK_CONNECTOR"]),
    ]:  # fmt: skip
        assert app.post(f"commands/{command}?{owner(cpo)}", body).codes == REFUSED, command
    assert cpo.calls("POST") == []
    anywhere = {"location_id": "L1", "token": start_body["token"]}
    assert app.post(f"commands/START_SESSION?{owner(cpo)}", anywhere).http == 202
    assert "evse_uid" not in cpo.wait_for("POST", "commands")[0].json


@pytest.mark.requirement("CMD-32")
def test_commands_are_given_by_our_own_systems_only(ready: Platform, operator: Operator, app: Caller) -> None:
    body = bodies("x")["UNLOCK_CONNECTOR"]
    assert ready.post(f"commands/UNLOCK_CONNECTOR?{owner(ready)}", body).codes == NO_SUCH_OBJECT
    assert ready.calls("POST") == []


@pytest.mark.requirement("CMD-33", "CMD-34", "TRA-44", "AMB-35")
def test_a_command_without_an_answer_is_sent_once_and_stays_open(cpo: Platform, app: Caller, start: Start) -> None:
    cpo.server.answer("POST", "commands", drop=True)
    path = start(cpo)
    assert app.until(path, answered).data["state"] == "UNKNOWN"
    cpo.server.answer("POST", "commands", data={"result": "ACCEPTED", "timeout": 30})
    time.sleep(2)  # sweeps
    (call,) = cpo.calls("POST", "commands")
    assert cpo.post(urlsplit(call.json["response_url"]).path, {"result": "ACCEPTED"}).codes == OK
    assert app.get(path).data["state"] == "SUCCEEDED"


@pytest.mark.requirement("CMD-18", "SEED-06")
def test_a_session_shows_at_its_command(cpo: Platform, app: Caller, start: Start) -> None:
    path = start(cpo)
    app.until(path, in_state("ACCEPTED"))
    call = cpo.calls("POST")[0].json
    token = {name: call["token"][name] for name in ("country_code", "party_id", "uid", "type", "contract_id")}
    body = cpo.object("session", authorization_reference=call["authorization_reference"], cdr_token=token)
    assert cpo.put(f"sessions/{cpo.me}/S1", body).codes == CREATED
    assert app.get(path).data["session"]["id"] == "S1"
