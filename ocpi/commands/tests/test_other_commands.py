"""STOP_SESSION, RESERVE_NOW, CANCEL_RESERVATION and UNLOCK_CONNECTOR: what is special about each."""

from collections.abc import Callable

import pytest

from ocpi.commands.models import Command
from ocpi.commands.tests.conftest import Order, tell
from ocpi.protocol.commands import COMMAND_OBJECTS, CommandType
from tests import factories
from tests.callers import Answer, Caller
from tests.partner_server import PartnerServer


@pytest.mark.requirement("CMD-01", "CMD-02", "CMD-03", "CMD-31", "CMD-29", "CMD-20")
def test_each_command_is_sent_under_its_name_with_its_object(
    order: Order, cpo: Caller, partner_server: PartnerServer
) -> None:
    cpo.put("sessions", "NL", "CPO", "s1", body=factories.session(id="s1"))
    order("RESERVE_NOW", expiry_date="2030-01-01T02:00:00+02:00", evse_uid=None)
    order("CANCEL_RESERVATION", reservation_id="r1")
    order("STOP_SESSION", session_id="S1")
    order("UNLOCK_CONNECTOR", location_id="L1", evse_uid="E1", connector_id="C1")
    reserve, cancel, stop, unlock = [call.json for call in partner_server.calls()]
    names = ["RESERVE_NOW", "CANCEL_RESERVATION", "STOP_SESSION", "UNLOCK_CONNECTOR"]
    assert [call.path for call in partner_server.calls()] == [f"/ocpi/commands/{name}" for name in names]
    for name, body in zip(names, (reserve, cancel, stop, unlock), strict=True):
        COMMAND_OBJECTS[CommandType(name)].from_wire(body)
    assert (reserve["expiry_date"], "evse_uid" in reserve) == ("2030-01-01T00:00:00Z", False)
    assert {key for key in cancel if key != "response_url"} == {"reservation_id"}
    assert stop["session_id"] == "s1"  # as the CPO spells it
    assert {key for key in unlock if key != "response_url"} == {"location_id", "evse_uid", "connector_id"}


@pytest.mark.requirement("CMD-27")
def test_the_same_reservation_again_replaces_it_under_its_id(order: Order, partner_server: PartnerServer) -> None:
    first = order("RESERVE_NOW", reservation_id="R1", expiry_date="2030-01-01T00:00:00Z")
    second = order("RESERVE_NOW", reservation_id="R1", expiry_date="2030-01-01T01:00:00Z")
    sent = [call.json for call in partner_server.calls()]
    assert [(body["reservation_id"], body["location_id"]) for body in sent] == [("R1", "L1")] * 2
    assert [body["expiry_date"] for body in sent] == ["2030-01-01T00:00:00Z", "2030-01-01T01:00:00Z"]
    assert first.response_url != second.response_url


@pytest.mark.requirement("CMD-24")
@pytest.mark.parametrize("name", ["RESERVE_NOW", "UNLOCK_CONNECTOR"])
def test_only_what_the_charger_can_do_is_asked_of_it(
    give: Callable[..., Answer], cpo: Caller, partner_server: PartnerServer, name: str
) -> None:
    cpo.put("locations", "NL", "CPO", "L1", "E1", body=factories.evse(capabilities=["REMOTE_START_STOP_CAPABLE"]))
    body = {"location_id": "L1", "evse_uid": "E1", "connector_id": "C1", "token": {"uid": "04AABBCCDD"},
            "reservation_id": "R1", "expiry_date": "2030-01-01T00:00:00Z"}  # fmt: skip
    assert give(name, **body).status == (200, 2001)
    assert give(name, **body | {"evse_uid": "E2"}).status == (202, 1000)
    assert (Command.objects.count(), partner_server.calls()) == (1, [])


@pytest.mark.requirement("CMD-19")
def test_a_blocked_token_reserves_nothing(give: Callable[..., Answer]) -> None:
    factories.token(uid="T2", status="BLOCKED")
    body = {"location_id": "L1", "reservation_id": "R1", "expiry_date": "2030-01-01T00:00:00Z"}
    assert give("RESERVE_NOW", token={"uid": "T2"}, **body).status == (200, 2001)
    assert not Command.objects.exists()


@pytest.mark.requirement("SEED-06")
@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("STOP_SESSION", {"session_id": "S9"}),
        ("STOP_SESSION", {}),
        ("CANCEL_RESERVATION", {"reservation_id": "R9"}),
        ("CANCEL_RESERVATION", {"reservation_id": None}),
        ("RESERVE_NOW", {"token": {"uid": "04AABBCCDD"}, "location_id": "L1", "reservation_id": "R1"}),
        ("UNLOCK_CONNECTOR", {"location_id": "L1", "evse_uid": "E1"}),
    ],
)
def test_what_refers_to_nothing_or_lacks_something_is_refused(
    give: Callable[..., Answer], name: str, body: dict
) -> None:
    assert give(name, **body).status == (200, 2001)
    assert not Command.objects.exists()


@pytest.mark.requirement("SEED-06")
def test_a_session_id_that_two_cpos_use_needs_the_party(give: Callable[..., Answer], cpo: Caller, cp2: Caller) -> None:
    cpo.put("sessions", "NL", "CPO", "S1", body=factories.session())
    cp2.put("sessions", "DE", "CP2", "S1", body=factories.session(country_code="DE", party_id="CP2"))
    assert give("STOP_SESSION", session_id="S1").status == (200, 2001)
    assert give("STOP_SESSION", "country_code=DE&party_id=CP2", session_id="S1").data["partner"] == "CP2"


@pytest.mark.requirement("SEED-06")
def test_a_stop_shows_the_session_that_it_is_about(order: Order, cpo: Caller, app: Caller) -> None:
    cpo.put("sessions", "NL", "CPO", "S1", body=factories.session())
    command = order("STOP_SESSION", session_id="s1")
    tell(cpo, command)
    assert app.get("commands", str(command.pk)).data["session"]["id"] == "S1"


@pytest.mark.requirement("CMD-32")
def test_no_partner_can_unlock_through_us(cpo: Caller) -> None:
    body = {"location_id": "L1", "evse_uid": "E1", "connector_id": "C1"}
    assert cpo.post("commands", "UNLOCK_CONNECTOR", body=body).status == (404, 2001)
