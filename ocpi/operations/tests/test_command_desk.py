"""Commands from the pages of EVSEs, sessions, tokens and reservations."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from ocpi.commands.models import Command
from ocpi.core import admin as core
from ocpi.locations.models import EVSE
from ocpi.partners.models import PartnerEndpoint
from tests import admin_pages, factories
from tests.callers import Caller

TOKEN = {"token_uid": "04AABBCCDD", "token_type": "RFID"}


@pytest.fixture
def evse(cpo: Caller) -> EVSE:
    factories.token()
    return admin_pages.location(cpo.partner).evses.get(uid="E1")


def press(client: Client, row: Any, button: str, **fields: Any) -> str:
    """Submit a button's dialog; where the browser is sent."""
    url = core.page(row).replace("change/", f"{button}/")
    answer = client.post(url, {"_form_submitted": "on", **fields})
    return str(answer.get("HX-Redirect", answer.content.decode()))


def offered(client: Client, row: Any) -> set[str]:
    html = admin_pages.page(client, core.page(row))
    prefix = core.page(row).replace("change/", "")
    return set(re.findall(rf'"{re.escape(prefix)}([a-z-]+)/"', html)) - {"history", "delete", "change"}


# --- from an EVSE -----------------------------------------------------------------------------------------------------
def test_a_charge_is_started_from_an_evse(admin_client: Client, evse: EVSE) -> None:
    to = press(admin_client, evse, "start", connector="C1", **TOKEN)
    row = Command.objects.get()
    assert to == core.page(row)
    assert (row.type, row.state) == ("START_SESSION", "QUEUED")
    assert (row.request["evse_uid"], row.request["connector_id"]) == ("E1", "C1")
    assert row.request["token"]["contract_id"] == "NL-EMS-C0001"


def test_an_evse_is_reserved_for_some_minutes(admin_client: Client, evse: EVSE) -> None:
    press(admin_client, evse, "reserve", minutes=45, **TOKEN)
    row = Command.objects.get()
    assert row.type == "RESERVE_NOW"
    assert row.reservation_id


def test_a_connector_is_unlocked(admin_client: Client, evse: EVSE) -> None:
    press(admin_client, evse, "unlock", connector="C1")
    assert Command.objects.get().request == {"location_id": "L1", "evse_uid": "E1", "connector_id": "C1"}


def test_what_the_service_refuses_is_told_and_nothing_is_sent(admin_client: Client, evse: EVSE) -> None:
    to = press(admin_client, evse, "start", connector="C1", token_uid="UNKNOWN", token_type="RFID")
    assert to == core.page(evse)
    assert "START_SESSION was not sent" in admin_pages.page(admin_client, to)
    assert not Command.objects.exists()


@pytest.mark.parametrize("fields", [{}, {"token_uid": "04AABBCCDD", "token_type": "X", "connector": "C1"}, TOKEN])
def test_a_form_that_is_not_whole_asks_again(fields: dict[str, str], admin_client: Client, evse: EVSE) -> None:
    assert "dialog-form" in press(admin_client, evse, "start", **fields)
    assert not Command.objects.exists()


@pytest.mark.parametrize(
    ("changes", "buttons"),
    [
        ({}, {"start", "reserve", "unlock"}),
        ({"capabilities": []}, {"start", "reserve", "unlock"}),
        ({"capabilities": ["RESERVABLE"]}, {"reserve"}),
        ({"capabilities": ["RFID_READER"]}, set()),
        ({"status": "CHARGING"}, {"start", "unlock"}),
        ({"status": "OUTOFORDER"}, set()),
        ({"status": "REMOVED"}, set()),
    ],
)
def test_only_what_capabilities_and_state_allow_is_offered(
    changes: dict[str, Any], buttons: set[str], admin_client: Client, cpo: Caller
) -> None:
    place = admin_pages.location(cpo.partner, evses=[factories.evse(**changes)])
    assert offered(admin_client, place.evses.get()) == buttons


# --- from a session, a token, a reservation ---------------------------------------------------------------------------
def test_a_running_charge_is_stopped(admin_client: Client, cpo: Caller, evse: EVSE) -> None:
    row = admin_pages.session(cpo.partner)
    assert "stop" in offered(admin_client, row)
    press(admin_client, row, "stop")
    assert (Command.objects.get().type, Command.objects.get().session_id) == ("STOP_SESSION", "S1")


def test_an_ended_charge_has_nothing_to_stop(admin_client: Client, cpo: Caller) -> None:
    assert "stop" not in offered(admin_client, admin_pages.session(cpo.partner, status="COMPLETED"))


@pytest.mark.parametrize("name", ["NL*CPO*E1", "nl*cpo*e1", "E1", " E1 "])
def test_a_charge_is_started_from_a_token(name: str, admin_client: Client, evse: EVSE) -> None:
    press(admin_client, factories.token(), "start", evse=name, connector="")
    assert Command.objects.get().request["evse_uid"] == "E1"


def test_an_evse_that_is_not_clear_is_asked_for_again(admin_client: Client, cpo: Caller, evse: EVSE) -> None:
    assert "is not known" in press(admin_client, factories.token(), "start", evse="E9")
    admin_pages.location(cpo.partner, id="L2", evses=[factories.evse(evse_id="NL*CPO*E9")])
    assert "several EVSEs" in press(admin_client, factories.token(), "start", evse="E1")
    assert not Command.objects.exists()


def test_a_blocked_token_starts_nothing(admin_client: Client, evse: EVSE) -> None:
    assert offered(admin_client, factories.token(status="BLOCKED")) == {"unblock"}


def test_a_reservation_is_given_back(admin_client: Client, evse: EVSE) -> None:
    press(admin_client, evse, "reserve", minutes=45, **TOKEN)
    made = Command.objects.get()
    assert "give-back" not in offered(admin_client, made)
    Command.objects.update(state="SUCCEEDED")
    assert "give-back" in offered(admin_client, made)
    press(admin_client, made, "give-back")
    given_back = Command.objects.exclude(pk=made.pk).get()
    assert (given_back.type, given_back.reservation_id) == ("CANCEL_RESERVATION", made.reservation_id)


# --- followed live ----------------------------------------------------------------------------------------------------
def test_a_command_is_followed_until_nothing_more_can_happen(admin_client: Client, cpo: Caller, evse: EVSE) -> None:
    row = admin_pages.start(factories.token())
    live = core.page(row).replace("change/", "live/")
    assert 'data-live="yes"' in admin_pages.page(admin_client, live)
    row.step("SENDING")
    row.step("ACCEPTED")
    row.step("SUCCEEDED")
    assert 'data-live="yes"' in admin_pages.page(admin_client, live), "its session has not come"
    charge = admin_pages.session(cpo.partner, authorization_reference=row.authorization_reference)
    html = admin_pages.page(admin_client, live)
    assert 'data-live="no"' in html
    assert core.page(charge) in html


def test_a_command_that_failed_is_not_followed(admin_client: Client, evse: EVSE) -> None:
    row = admin_pages.start(factories.token())
    row.step("SENDING")
    row.step("REJECTED", "UNKNOWN_SESSION")
    assert 'data-live="no"' in admin_pages.page(admin_client, core.page(row))


# --- who may ----------------------------------------------------------------------------------------------------------
def test_commands_are_for_those_who_may_give_them(client: Client, evse: EVSE) -> None:
    helper = User.objects.create_user("helper", is_staff=True)
    helper.user_permissions.add(*Permission.objects.filter(codename__in=["view_evse", "view_location", "view_command"]))
    client.force_login(helper)
    assert offered(client, evse) == set()
    assert client.post(core.page(evse).replace("change/", "start/"), TOKEN).status_code == 403
    helper.user_permissions.add(Permission.objects.get(codename="add_command"))
    client.force_login(User.objects.get(pk=helper.pk))
    assert "start" in offered(client, evse)


def test_a_partner_without_commands_is_told_in_words(admin_client: Client, cpo: Caller, evse: EVSE) -> None:
    PartnerEndpoint.objects.filter(identifier="commands").delete()
    to = press(admin_client, evse, "start", connector="C1", **TOKEN)
    assert "takes no commands" in admin_pages.page(admin_client, to)
