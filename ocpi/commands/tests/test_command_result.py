"""POST to a response_url: the CPO's result, whenever and however often it comes."""

from datetime import timedelta
from typing import Any

import pytest

from ocpi.commands import services
from ocpi.commands.models import Command
from ocpi.commands.tests.conftest import Order, tell, work
from ocpi.core import clock
from ocpi.protocol.commands import CommandResultType
from tests.callers import Caller
from tests.partner_server import PartnerServer


def state(command: Command) -> str:
    return Command.objects.get(pk=command.pk).state


def an_hour_passes() -> None:
    Command.objects.update(result_due_at=clock.now() - timedelta(hours=1))
    services.sweep()


@pytest.mark.requirement("CMD-10", "CMD-11", "TRA-16")
@pytest.mark.parametrize("result", list(CommandResultType))
def test_each_result_is_taken_and_shown_to_the_app(order: Order, cpo: Caller, app: Caller, result: str) -> None:
    command = order()
    answer = tell(cpo, command, result, message=[{"language": "en", "text": "So it goes"}])
    assert (answer.status, "data" in answer.body) == ((200, 1000), False)
    described = app.get("commands", str(command.pk)).data
    assert described["state"] == ("SUCCEEDED" if result == "ACCEPTED" else "FAILED")
    assert described["result"] == {"result": result, "message": [{"language": "en", "text": "So it goes"}]}


@pytest.mark.requirement("CMD-12", "TRA-02")
def test_it_must_come_from_the_partner_that_got_the_command(order: Order, cp2: Caller, app: Caller) -> None:
    command = order()
    assert tell(cp2, command).status == (404, 2001)
    assert tell(Caller(token="nobody"), command).status == (401, 2001)
    assert tell(app, command).status == (404, 2001)
    assert state(command) == "ACCEPTED"


@pytest.mark.requirement("CMD-13")
@pytest.mark.parametrize("name", ["deadbeef", "00000000-0000-4000-8000-000000000000", "'; --"])
def test_an_unknown_command_is_not_found(cpo: Caller, name: str) -> None:
    assert cpo.post("commands", name, body={"result": "ACCEPTED"}).status == (404, 2001)


@pytest.mark.requirement("CMD-14", "TRA-22")
def test_a_result_that_cannot_be_read_leaves_the_command_open(order: Order, cpo: Caller) -> None:
    command = order()
    for body in ({"result": "DONE"}, {}, {"result": None}, {"result": "accepted"}, {"data": {"result": "DONE"}}):
        assert tell(cpo, command, body).status == (200, 2001)
    path = command.response_url.removeprefix("http://emsp.test")
    assert cpo.post(path, body=[]).status == (200, 2001)
    assert cpo.post(path, raw=b"{").status == (400, 2001)
    assert state(command) == "ACCEPTED"
    assert tell(cpo, command).status == (200, 1000)
    assert state(command) == "SUCCEEDED"


@pytest.mark.requirement("FLD-29")
def test_a_wrapped_result_is_understood(order: Order, cpo: Caller) -> None:
    command = order()
    wrapped = {"data": {"result": "ACCEPTED"}, "status_code": 1000, "timestamp": "2026-01-01T00:00:00Z"}
    assert tell(cpo, command, wrapped).status == (200, 1000)
    assert state(command) == "SUCCEEDED"


@pytest.mark.requirement("CMD-15")
@pytest.mark.parametrize("result", ["ACCEPTED", "FAILED"])
def test_a_repeated_result_changes_nothing_and_the_app_is_told_once(
    order: Order, cpo: Caller, partner_server: PartnerServer, result: str
) -> None:
    command = order(response_url=f"{partner_server.origin}/hook")
    for _ in range(2):
        assert tell(cpo, command, result).status == (200, 1000)
        work(command.pk)
    steps = Command.objects.get().steps
    assert [step["state"] for step in steps][3:] == ["SUCCEEDED" if result == "ACCEPTED" else "FAILED"]
    assert [call.json["result"] for call in partner_server.recorded if call.path == "/hook"] == [result]


@pytest.mark.requirement("CMD-15")
def test_a_contradiction_after_the_end_is_acknowledged_and_ignored(order: Order, cpo: Caller) -> None:
    command = order()
    tell(cpo, command, "FAILED")
    assert tell(cpo, command, "ACCEPTED").status == (200, 1000)
    assert (state(command), Command.objects.get().result) == ("FAILED", {"result": "FAILED"})


@pytest.mark.requirement("CMD-09")
@pytest.mark.parametrize(("result", "expected"), [("ACCEPTED", "SUCCEEDED"), ("EVSE_OCCUPIED", "FAILED")])
def test_a_late_result_corrects_the_state(order: Order, cpo: Caller, result: str, expected: str) -> None:
    command = order()
    an_hour_passes()
    assert state(command) == "TIMED_OUT"
    assert tell(cpo, command, result).status == (200, 1000)
    assert state(command) == expected


@pytest.mark.requirement("CMD-34", "CMD-06")
def test_a_result_after_a_lost_answer_counts_and_after_a_refusal_it_does_not(
    order: Order, cpo: Caller, partner_server: PartnerServer
) -> None:
    partner_server.answer("POST", "commands", times=1, drop=True)
    lost = order()
    assert lost.state == "UNKNOWN"
    assert tell(cpo, lost).status == (200, 1000)
    assert (state(lost), Command.objects.get(pk=lost.pk).error) == ("SUCCEEDED", "")
    partner_server.answer("POST", "commands", times=1, data={"result": "REJECTED", "timeout": 0})
    refused = order()
    assert tell(cpo, refused).status == (200, 1000)
    assert state(refused) == "REJECTED"


@pytest.mark.requirement("CMD-16")
@pytest.mark.parametrize("before", ["result", "none", "timed out"])
def test_a_reservation_may_be_cancelled_by_the_cpo_much_later(
    order: Order, cpo: Caller, partner_server: PartnerServer, before: str
) -> None:
    command = order("RESERVE_NOW", response_url=f"{partner_server.origin}/hook")
    if before == "result":
        tell(cpo, command)
        work(command.pk)
    if before == "timed out":
        an_hour_passes()
    for _ in range(2):
        assert tell(cpo, command, "CANCELED_RESERVATION").status == (200, 1000)
        work(command.pk)
    assert state(command) == "CANCELLED"
    told = [call.json["result"] for call in partner_server.recorded if call.path == "/hook"]
    assert told == (["ACCEPTED"] if before == "result" else []) + ["CANCELED_RESERVATION"]


@pytest.mark.requirement("CMD-17", "TRA-28")
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_response_url_takes_nothing_but_post(order: Order, cpo: Caller, method: str) -> None:
    path = order().response_url.removeprefix("http://emsp.test")
    answer = cpo.request(method, path, body={"result": "ACCEPTED"})
    assert answer.status == (405, 2000)
    assert "POST" in answer["Allow"]
    assert Command.objects.get().state == "ACCEPTED"


@pytest.mark.requirement("CMD-36", "HUB-02")
def test_the_callback_is_answered_with_swapped_routing_headers(order: Order, cpo: Caller) -> None:
    path = order().response_url.removeprefix("http://emsp.test")
    routing: Any = {"OCPI-from-country-code": "NL", "OCPI-from-party-id": "CPO",
                    "OCPI-to-country-code": "NL", "OCPI-to-party-id": "EMS"}  # fmt: skip
    answer = cpo.post(path, body={"result": "ACCEPTED"}, **routing)
    assert [answer["OCPI-from-party-id"], answer["OCPI-to-party-id"]] == ["EMS", "CPO"]
