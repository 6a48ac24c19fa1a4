"""The sweeper and the webhook: nothing hangs for ever, and the app hears the outcome."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ocpi.commands import services, tasks, webhooks
from ocpi.commands.models import Command
from ocpi.commands.tests.conftest import Order, tell, work
from ocpi.core import clock
from ocpi.partners import outages
from tests.callers import Answer, Caller
from tests.partner_server import Call, PartnerServer


def hooked(partner_server: PartnerServer) -> list[Call]:
    return [call for call in partner_server.recorded if call.path.startswith("/hook")]


def try_again(times: int) -> None:
    """What sweeper and workers do, each time after the pause between two tries."""
    for _ in range(times):
        for command_id in services.sweep():
            work(command_id)
        Command.objects.exclude(webhook_due_at=None).update(webhook_due_at=ago(seconds=1))


def ago(**delta: int) -> Any:
    return clock.now() - timedelta(**delta)


@pytest.mark.requirement("CMD-09", "CMD-18")
def test_without_a_result_in_time_a_command_times_out_and_not_before(
    order: Order, partner_server: PartnerServer
) -> None:
    partner_server.answer("POST", "commands", data={"result": "ACCEPTED", "timeout": 300})
    command = order()
    services.sweep()
    assert Command.objects.get().state == "ACCEPTED"
    assert 200 < (command.result_due_at - clock.now()).total_seconds() <= 300
    Command.objects.update(result_due_at=ago(seconds=1))
    services.sweep()
    assert Command.objects.get().state == "TIMED_OUT"


@pytest.mark.requirement("CMD-18")
def test_success_without_a_session_ends_well_without_a_session(order: Order, cpo: Caller, app: Caller) -> None:
    command = order()
    tell(cpo, command)
    services.sweep()
    assert app.get("commands", str(command.pk)).data["session"] is None
    assert Command.objects.get().state == "SUCCEEDED"


@pytest.mark.requirement("CMD-33", "CMD-34")
def test_a_sender_that_died_leaves_an_unknown_outcome_and_no_second_request(
    give: Callable[..., Answer], partner_server: PartnerServer
) -> None:
    command_id = give("START_SESSION", token={"uid": "04AABBCCDD"}, location_id="L1").data["id"]
    Command.objects.update(state="SENDING", sent_at=clock.now())
    services.sweep()
    assert Command.objects.get().state == "SENDING"
    Command.objects.update(sent_at=ago(minutes=3))
    services.sweep()
    assert work(command_id).state == "UNKNOWN"
    assert partner_server.calls() == []


@pytest.mark.requirement("TRA-44")
def test_what_waits_is_handed_to_workers_and_what_waited_too_long_expires(
    give: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[str] = []
    monkeypatch.setattr(tasks.work, "delay", handed.append)
    command_id = give("START_SESSION", token={"uid": "04AABBCCDD"}, location_id="L1").data["id"]
    tasks.sweep()
    assert handed == [command_id]
    Command.objects.update(created_at=ago(minutes=5))
    tasks.sweep()
    assert (handed, Command.objects.get().state) == ([command_id], "EXPIRED")


@pytest.mark.requirement("SEED-06", "CMD-37")
def test_the_webhook_gets_the_final_result(order: Order, cpo: Caller, partner_server: PartnerServer) -> None:
    command = order(response_url=f"{partner_server.origin}/hook")
    assert partner_server.calls()[0].json["response_url"] == command.response_url
    assert hooked(partner_server) == []
    message = [{"language": "en", "text": "Plug in"}]
    tell(cpo, command, "ACCEPTED", message=message)
    work(command.pk)
    [call] = hooked(partner_server)
    assert call.json == {"result": "ACCEPTED", "message": message}
    assert call["Authorization"] is None
    assert Command.objects.get().webhook_state == "SENT"


@pytest.mark.requirement("SEED-06", "CMD-09")
@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        ({"data": {"result": "REJECTED", "timeout": 0}}, "REJECTED"),
        ({"status": 500, "raw": b"<html>"}, "FAILED"),
        ({"status_code": 2003}, "REJECTED"),
    ],
)
def test_without_a_result_the_webhook_hears_what_became_of_it(
    order: Order, partner_server: PartnerServer, answer: dict, heard: str
) -> None:
    partner_server.answer("POST", "commands", **answer)
    order(response_url=f"{partner_server.origin}/hook")
    assert [call.json for call in hooked(partner_server)] == [{"result": heard}]


@pytest.mark.requirement("CMD-09")
def test_the_webhook_hears_of_a_timeout_and_then_of_the_late_result(
    order: Order, cpo: Caller, partner_server: PartnerServer
) -> None:
    command = order(response_url=f"{partner_server.origin}/hook")
    Command.objects.update(result_due_at=ago(seconds=1))
    for command_id in services.sweep():
        work(command_id)
    tell(cpo, command)
    work(command.pk)
    assert [call.json["result"] for call in hooked(partner_server)] == ["TIMEOUT", "ACCEPTED"]


@pytest.mark.requirement("SEED-06")
@pytest.mark.parametrize("answer", [{"status": 500}, {"drop": True}, {"status": 404, "raw": b""}])
def test_a_webhook_that_fails_five_times_is_given_up(
    order: Order, cpo: Caller, partner_server: PartnerServer, answer: dict
) -> None:
    command = order(response_url=f"{partner_server.base_url}/hook")
    partner_server.answer("POST", "hook", **answer)
    tell(cpo, command)
    try_again(8)
    assert len(partner_server.calls("POST", "hook")) == 5
    assert Command.objects.get().webhook_state == "FAILED"


@pytest.mark.requirement("SEED-06", "CMD-09")
def test_a_late_result_has_five_tries_of_its_own(order: Order, cpo: Caller, partner_server: PartnerServer) -> None:
    partner_server.answer("POST", "hook", times=6, status=503)
    command = order(response_url=f"{partner_server.base_url}/hook")
    Command.objects.update(result_due_at=ago(seconds=1))
    try_again(6)
    tell(cpo, command)
    try_again(3)
    told = [call.json["result"] for call in partner_server.calls("POST", "hook")]
    assert told == ["TIMEOUT"] * 5 + ["ACCEPTED"] * 2
    assert Command.objects.get().webhook_state == "SENT"


@pytest.mark.requirement("SEED-06")
def test_a_command_of_another_app_can_be_read_and_an_unknown_one_cannot(order: Order, app: Caller) -> None:
    command = order()
    assert app.get("commands", str(command.pk)).data["id"] == str(command.pk)
    assert app.get("commands", "00000000-0000-4000-8000-000000000000").status == (404, 2001)
    assert app.get("commands", "START_SESSION").status == (404, 2001)


# --- partners that are down -------------------------------------------------------------------------------------------
@pytest.fixture
def paused(order: Order, partner_server: PartnerServer, settings: Any) -> None:
    """The CPO did not answer the last calls."""
    settings.OCPI_PAUSE_AFTER = 2
    partner_server.answer("POST", "commands", times=2, drop=True)
    assert [order().state, order().state] == ["UNKNOWN", "UNKNOWN"]


@pytest.mark.requirement("CMD-33", "CMD-34")
def test_a_paused_partner_is_sent_commands_all_the_same_and_an_answer_ends_the_pause(
    paused: None, order: Order, cpo: Caller, partner_server: PartnerServer
) -> None:
    assert outages.paused(cpo.partner)
    assert order().state == "ACCEPTED"
    assert not outages.paused(cpo.partner)
    assert len(partner_server.calls("POST", "commands")) == 3


@pytest.mark.long
def test_a_paused_partner_does_not_keep_a_worker_for_long(
    paused: None, order: Order, cpo: Caller, partner_server: PartnerServer, settings: Any
) -> None:
    settings.OCPI_CONNECT_TIMEOUT, settings.OCPI_READ_TIMEOUT = 0.3, 30
    partner_server.answer("POST", "commands", delay=20)
    began = time.monotonic()
    command = order()
    assert (command.state, time.monotonic() - began < 10) == ("UNKNOWN", True)
    assert outages.patience(cpo.partner) == 0.3
    outages.close(cpo.partner.pk)
    assert outages.patience(cpo.partner) is None


@pytest.mark.requirement("SEED-06")
def test_the_tries_of_a_webhook_are_minutes_apart_and_one_at_a_time(
    order: Order, cpo: Caller, partner_server: PartnerServer
) -> None:
    partner_server.answer("POST", "hook", status=503)
    command = order(response_url=f"{partner_server.base_url}/hook")
    tell(cpo, command)
    work(command.pk)
    row = work(command.pk)
    assert (len(partner_server.calls("POST", "hook")), services.sweep()) == (1, [])
    assert 0 < (row.webhook_due_at - clock.now()).total_seconds() < 25


def test_a_webhook_whose_worker_died_is_tried_again(
    order: Order, cpo: Caller, partner_server: PartnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = order(response_url=f"{partner_server.base_url}/hook")
    tell(cpo, command)
    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "_post", lambda row: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            work(command.pk)
    assert services.sweep() == []
    Command.objects.update(webhook_due_at=ago(seconds=1))
    assert services.sweep() == [str(command.pk)]
    assert work(command.pk).webhook_state == "SENT"
