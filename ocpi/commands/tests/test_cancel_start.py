"""A start that nobody wants any more: never sent, or its session is stopped, once, as soon as it is known."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ocpi.commands import services, starts
from ocpi.commands.models import Command
from ocpi.commands.tests.conftest import Order, tell, work
from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.partners.models import ApiClient
from ocpi.protocol.states import COMMAND
from tests import admin_pages, factories
from tests.callers import Answer, Caller
from tests.partner_server import PartnerServer

START = {"token": {"uid": "04AABBCCDD"}, "location_id": "L1", "evse_uid": "E1"}


def cancel(app: Caller, command: Any) -> Answer:
    return app.post("commands", str(getattr(command, "pk", command)), "cancel", body={})


def appear(cpo: Caller, command: Command, status: str = "ACTIVE", **changes: Any) -> Answer:
    """The CPO pushes the session of that command."""
    reference = command.authorization_reference
    body = factories.session(id="S7", status=status, authorization_reference=reference, **changes)
    return cpo.put("sessions", "NL", "CPO", "S7", body=body)


def into(state: str) -> None:
    """As if all before had happened."""
    Command.objects.filter(type="START_SESSION").update(state=state)


def fresh(command: Command) -> Command:
    return Command.objects.get(pk=command.pk)


def stops(partner_server: PartnerServer) -> list[Any]:
    """What workers do with what waits; then every STOP_SESSION that the CPO got."""
    for command_id in services.sweep():
        work(command_id)
    return [call.json for call in partner_server.calls("POST", "commands/STOP_SESSION")]


# --- adoption ---------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("CMD-09", "CMD-34")
@pytest.mark.parametrize("state", ["SENDING", "ACCEPTED", "TIMED_OUT", "UNKNOWN"])
@pytest.mark.parametrize("status", ["ACTIVE", "COMPLETED"])
def test_a_session_that_runs_proves_the_start(order: Order, cpo: Caller, app: Caller, state: str, status: str) -> None:
    command = order()
    into(state)
    assert appear(cpo, command, status).status == (201, 1000)
    described = app.get("commands", str(command.pk)).data
    assert (described["state"], described["session"]["id"], described["error"]) == ("SUCCEEDED", "S7", None)
    assert COMMAND.allows(state, "SUCCEEDED")


@pytest.mark.requirement("CMD-09", "CMD-18")
def test_a_session_that_waits_for_its_cable_proves_nothing_yet(order: Order, cpo: Caller) -> None:
    command = order()
    into("TIMED_OUT")
    appear(cpo, command, "PENDING")
    assert (fresh(command).state, fresh(command).session().session_id) == ("TIMED_OUT", "S7")
    patch = {"status": "ACTIVE", "last_updated": "2026-03-01T13:00:00Z"}
    cpo.patch("sessions", "NL", "CPO", "S7", body=patch)
    assert fresh(command).state == "SUCCEEDED"


@pytest.mark.parametrize("state", ["REJECTED", "FAILED", "EXPIRED"])
def test_a_session_of_a_start_that_failed_is_flagged(order: Order, cpo: Caller, app: Caller, state: str) -> None:
    command = order()
    into(state)
    appear(cpo, command)
    patch = {"status": "COMPLETED", "last_updated": "2026-03-01T13:00:00Z"}
    cpo.patch("sessions", "NL", "CPO", "S7", body=patch)
    described = app.get("commands", str(command.pk)).data
    assert (described["state"], described["error"]) == (state, "session S7 is there all the same")
    assert len([step for step in described["steps"] if "all the same" in step["detail"]]) == 1


@pytest.mark.requirement("CMD-16", "CMD-30")
@pytest.mark.parametrize("state", ["TIMED_OUT", "UNKNOWN"])
def test_a_reservation_is_found_by_its_session_and_may_still_be_cancelled_by_the_cpo(
    order: Order, cpo: Caller, state: str
) -> None:
    command = order("RESERVE_NOW")
    Command.objects.update(state=state)
    appear(cpo, command, "RESERVATION")
    assert fresh(command).state == "SUCCEEDED"
    tell(cpo, command, "CANCELED_RESERVATION")
    assert fresh(command).state == "CANCELLED"


@pytest.mark.requirement("CMD-34", "SES-22")
def test_a_reference_may_come_later_than_the_session(
    order: Order, app: Caller, cpo: Caller, partner_server: PartnerServer
) -> None:
    command = order()
    into("UNKNOWN")
    cancel(app, command)
    cpo.put("sessions", "NL", "CPO", "S7", body=factories.session(id="S7"))
    assert (fresh(command).state, stops(partner_server)) == ("UNKNOWN", [])
    patch = {"authorization_reference": command.authorization_reference, "last_updated": "2026-03-01T13:00:00Z"}
    assert cpo.patch("sessions", "NL", "CPO", "S7", body=patch).status == (200, 1000)
    assert (fresh(command).state, len(stops(partner_server))) == ("SUCCEEDED", 1)


@pytest.mark.requirement("CMD-12")
def test_a_session_of_another_partner_proves_nothing(order: Order, cpo: Caller, cp2: Caller) -> None:
    command = order()
    into("UNKNOWN")
    reference = command.authorization_reference
    body = factories.session(country_code="DE", party_id="CP2", authorization_reference=reference)
    assert cp2.put("sessions", "DE", "CP2", "S1", body=body).status == (201, 1000)
    assert (fresh(command).state, fresh(command).session()) == ("UNKNOWN", None)


@pytest.mark.requirement("CMD-09", "CMD-15")
def test_the_app_hears_of_the_session_after_the_timeout_and_not_again_of_the_late_result(
    order: Order, cpo: Caller, partner_server: PartnerServer
) -> None:
    command = order(response_url=f"{partner_server.base_url}/hook")
    Command.objects.update(result_due_at=clock.now() - timedelta(seconds=1))
    stops(partner_server)
    appear(cpo, command)
    stops(partner_server)
    tell(cpo, command)
    stops(partner_server)
    assert [call.json["result"] for call in partner_server.calls("POST", "hook")] == ["TIMEOUT", "ACCEPTED"]
    assert fresh(command).result == {"result": "ACCEPTED"}


# --- cancelling -------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("SEED-06", "CMD-33")
def test_what_was_not_sent_never_is(
    give: Callable[..., Answer], app: Caller, partner_server: PartnerServer, cpo: Caller
) -> None:
    command_id = give("START_SESSION", **START).data["id"]
    answer = cancel(app, command_id)
    assert (answer.status, answer.data["state"]) == ((202, 1000), "EXPIRED")
    assert answer["Location"].endswith(f"/commands/{command_id}")
    assert answer.data["steps"][-1]["detail"] == "not sent: cancelled by App"
    work(command_id)
    assert partner_server.calls() == []


@pytest.mark.requirement("SEED-06")
@pytest.mark.parametrize("state", ["SENDING", "ACCEPTED", "SUCCEEDED", "TIMED_OUT", "UNKNOWN"])
@pytest.mark.parametrize("status", ["PENDING", "ACTIVE"])
def test_what_was_sent_is_stopped_once_when_its_session_appears(
    order: Order, app: Caller, cpo: Caller, partner_server: PartnerServer, state: str, status: str
) -> None:
    command = order()
    into(state)
    answer = cancel(app, command)
    assert (answer.status, answer.data["state"], answer.data["stop"]) == ((202, 1000), state, None)
    assert stops(partner_server) == []
    appear(cpo, command, status)
    [stop] = stops(partner_server)
    assert stop["session_id"] == "S7"
    cpo.patch("sessions", "NL", "CPO", "S7", body={"status": "ACTIVE", "last_updated": "2026-03-01T13:00:00Z"})
    appear(cpo, command, last_updated="2026-03-01T13:30:00Z", kwh=9)
    tell(cpo, command)
    cancel(app, command)
    assert len(stops(partner_server)) == 1
    described = app.get("commands", str(command.pk)).data
    assert described["cancelled_at"]
    assert (described["stop"]["state"], described["stop"]["url"].split("/")[-1]) == (
        "ACCEPTED",
        described["stop"]["id"],
    )
    assert Command.objects.get(type="STOP_SESSION").undoes == command


@pytest.mark.requirement("SEED-06")
def test_a_session_that_is_known_already_is_stopped_at_once(
    order: Order, app: Caller, cpo: Caller, partner_server: PartnerServer
) -> None:
    command = order()
    tell(cpo, command)
    appear(cpo, command)
    assert cancel(app, command).data["stop"]["state"] == "QUEUED"
    assert len(stops(partner_server)) == 1


def test_a_session_that_ended_by_itself_needs_no_stop(
    order: Order, app: Caller, cpo: Caller, partner_server: PartnerServer
) -> None:
    command = order()
    cancel(app, command)
    appear(cpo, command, "COMPLETED")
    assert stops(partner_server) == []
    assert cancel(app, command).status == (202, 1000)  # it was cancelled before


@pytest.mark.parametrize("state", ["REJECTED", "FAILED", "EXPIRED"])
def test_where_nothing_was_started_there_is_nothing_to_cancel(order: Order, app: Caller, state: str) -> None:
    command = order()
    into(state)
    answer = cancel(app, command)
    assert (answer.status, fresh(command).cancelled_at) == ((200, 2001), None)
    assert COMMAND.label(state) in answer.message


def test_a_session_that_has_ended_cannot_be_cancelled(order: Order, app: Caller, cpo: Caller) -> None:
    command = order()
    appear(cpo, command, "COMPLETED")
    assert cancel(app, command).status == (200, 2001)


def test_other_commands_are_not_cancelled(order: Order, app: Caller) -> None:
    answer = cancel(app, order("RESERVE_NOW"))
    assert answer.status == (200, 2001)
    assert "CANCEL_RESERVATION" in answer.message


@pytest.mark.requirement("CMD-12", "TRA-09")
def test_only_apps_that_may_command_cancel(order: Order, app: Caller, cpo: Caller, cp2: Caller) -> None:
    command = order()
    for caller in (cpo, cp2):
        assert cancel(caller, command).status == (404, 2001)
    assert cancel(app, "00000000-0000-4000-8000-000000000000").status == (404, 2001)
    assert cancel(app, "START_SESSION").status == (404, 2001)
    assert app.get("commands", str(command.pk), "cancel").status == (405, 2000)
    ApiClient.objects.update(scopes=["read"])
    assert cancel(app, command).status == (403, 2000)
    assert fresh(command).cancelled_at is None


def test_who_cannot_be_told_to_stop_is_flagged_and_its_session_is_stored(
    order: Order, app: Caller, cpo: Caller, partner_server: PartnerServer
) -> None:
    command = order()
    cancel(app, command)
    cpo.partner.endpoints.filter(identifier="commands").delete()
    assert appear(cpo, command).status == (201, 1000)
    assert "cannot be stopped: CPO takes no commands" in app.get("commands", str(command.pk)).data["error"]
    assert stops(partner_server) == []


@pytest.mark.long
def test_an_operator_cancels_on_the_commands_page(
    admin_client: Client, order: Order, cpo: Caller, partner_server: PartnerServer
) -> None:
    command = order()
    url = core.page(command)
    assert "Cancel this start?" in admin_pages.page(admin_client, url.replace("change/", "cancel/"))
    assert fresh(command).cancelled_at is None
    admin_client.post(url.replace("change/", "cancel/"), {"_form_submitted": "on"})
    assert fresh(command).cancelled_at is not None
    appear(cpo, command)
    assert len(stops(partner_server)) == 1
    html = admin_pages.page(admin_client, url)
    assert core.page(Command.objects.get(type="STOP_SESSION")) in html
    assert "cancel/" not in html
    admin_client.post(url.replace("change/", "cancel/"), {"_form_submitted": "on"})
    assert starts.cancellable(fresh(command)) is False
