"""Everything that we ask of a party behind a hub: commands, profiles, preferences; and the tokens for all of them."""

from collections.abc import Callable
from typing import Any

import pytest

from ocpi.chargingprofiles import services as profiles
from ocpi.commands import services as commands
from ocpi.partners import leniency
from ocpi.partners.models import PartnerLeniency
from ocpi.sessions import preferences
from ocpi.sessions.models import Session
from ocpi.tokens import pushes
from ocpi.tokens.models import TokenPush
from tests import factories
from tests.callers import Caller
from tests.hubs.wire import LATER, info, route, shown, url
from tests.partner_server import Call, PartnerServer

ABLE = ["REMOTE_START_STOP_CAPABLE", "CHARGING_PROFILE_CAPABLE", "CHARGING_PREFERENCES_CAPABLE"]
LIMITS = {"charging_rate_unit": "W", "charging_profile_period": [{"start_period": 0, "limit": 4000}]}
Ask = Callable[[], Call | None]


@pytest.fixture
def reached(hub: Caller, partner_server: PartnerServer, settings: Any) -> Caller:
    """The hub over HTTP, with NL/CPO and DE/CP2 behind it; each has a location L1 and a session S1 of its own."""
    settings.OCPI_CONNECT_TIMEOUT = settings.OCPI_READ_TIMEOUT = 5
    for endpoint in hub.partner.endpoints.all():
        endpoint.url = endpoint.url.replace("http://hub.test/ocpi", partner_server.base_url)
        endpoint.save()
    hub.partner.endpoints.create(
        identifier="chargingprofiles", role="RECEIVER", url=f"{partner_server.base_url}/chargingprofiles"
    )
    for method in ("PUT", "GET", "DELETE"):
        partner_server.answer(method, "chargingprofiles", data={"result": "ACCEPTED", "timeout": 30})
    partner_server.answer("PUT", "sessions", data="ACCEPTED")
    for who in (("NL", "CPO"), ("DE", "CP2")):
        hub.put(*url("/".join(who)), body=info("/".join(who)))
        owner = {"country_code": who[0], "party_id": who[1]}
        place = factories.location(**owner, evses=[factories.evse(capabilities=ABLE)])
        hub.put("locations", *who, "L1", body=place, **route("NL/HUB"))
        hub.put("sessions", *who, "S1", body=factories.session(**owner), **route("NL/HUB"))
    return hub


@pytest.fixture
def asks(reached: Caller, app: Caller, partner_server: PartnerServer) -> dict[str, Ask]:
    """By name: what an app asks about DE/CP2, carried out; the request that reached the hub, or None."""
    factories.token()
    TokenPush.objects.all().delete()
    owner = "country_code=DE&party_id=CP2"
    start = {"token": {"uid": "04AABBCCDD"}, "location_id": "L1", "evse_uid": "E1"}

    def carried_out(send: Callable[[str], None], answer: Any) -> Call | None:
        before = len(partner_server.recorded)
        if answer.status == (202, 1000):
            send(answer.data["id"])
        return partner_server.recorded[-1] if len(partner_server.recorded) > before else None

    def profile(kind: str, body: Any) -> Call | None:
        return carried_out(profiles.send, app.post("chargingprofiles", "S1", kind, body=body, query=owner))

    def preference() -> Call | None:
        answer = app.put("sessions", "DE", "CP2", "S1", "charging_preferences", body={"profile_type": "FAST"})
        return carried_out(preferences.send, answer)

    return {
        "start": lambda: carried_out(commands.send, app.post("commands", "START_SESSION", body=start, query=owner)),
        "stop": lambda: carried_out(
            commands.send, app.post("commands", "STOP_SESSION", body={"session_id": "S1"}, query=owner)
        ),
        "set": lambda: profile("set", {"charging_profile": LIMITS}),
        "get": lambda: profile("get", {}),
        "clear": lambda: profile("clear", {}),
        "preference": preference,
    }  # fmt: skip


def deliver() -> None:
    for push in TokenPush.objects.filter(state="PENDING"):
        pushes.send(push.pk)


KINDS = ["start", "stop", "set", "get", "clear", "preference"]


@pytest.mark.requirement("HUB-15", "HUB-21", "HUB-01", "HUB-22")
@pytest.mark.parametrize("kind", KINDS)
def test_to_names_the_party_that_it_is_about(asks: dict[str, Ask], kind: str) -> None:
    """The URL names no owner, and two parties have a session S1: TO alone tells them apart, through any hubs."""
    call = asks[kind]()
    assert call is not None
    assert shown(call.headers) == ("DE/CP2", "NL/EMS")
    assert "CP2" not in call.path


@pytest.mark.requirement("HUB-13")
@pytest.mark.parametrize("kind", KINDS)
def test_open_routing_leaves_to_out_and_takes_any_responder(
    reached: Caller, asks: dict[str, Ask], partner_server: PartnerServer, app: Caller, kind: str
) -> None:
    reached.partner.addressing = "OPEN"
    reached.partner.save()
    responder = {"OCPI-from-country-code": "DE", "OCPI-from-party-id": "CP2"}
    accepted = {"data": {"result": "ACCEPTED", "timeout": 30}, "headers": responder}
    for method, module in (("POST", "commands"), *((m, "chargingprofiles") for m in ("PUT", "GET", "DELETE"))):
        partner_server.answer(method, module, **accepted)
    partner_server.answer("PUT", "sessions", data="ACCEPTED", headers=responder)
    call = asks[kind]()
    assert call is not None
    assert not [name for name in call.headers if name.lower().startswith("ocpi-to-")]
    assert shown(call.headers) == ("", "NL/EMS")
    leniency.write()
    assert PartnerLeniency.objects.get(kind="open-addressing").count >= 1


@pytest.mark.requirement("FLD-17")
@pytest.mark.parametrize("kind", KINDS)
def test_a_hub_that_wants_it_is_named_itself_and_that_is_counted(
    reached: Caller, asks: dict[str, Ask], kind: str
) -> None:
    reached.partner.addressing = "HUB"
    reached.partner.save()
    call = asks[kind]()
    assert call is not None
    assert shown(call.headers) == ("NL/HUB", "NL/EMS")
    leniency.write()
    assert PartnerLeniency.objects.get(kind="hub-addressing").count == 1


@pytest.mark.requirement("HCI-08", "HCI-09", "HCI-10", "CHP-25")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", ["OFFLINE", "PLANNED", "SUSPENDED"])
def test_who_is_not_connected_is_sent_nothing(reached: Caller, asks: dict[str, Ask], kind: str, status: str) -> None:
    reached.put(*url("DE/CP2"), body=info("DE/CP2", status=status, last_updated=LATER))
    assert asks[kind]() is None


@pytest.mark.requirement("HCI-08")
def test_nothing_is_kept_for_later_either(reached: Caller, app: Caller, partner_server: PartnerServer) -> None:
    """It went offline between the app's order and the worker: the order is dropped, not queued."""
    answer = app.post(
        "chargingprofiles", "S1", "set", body={"charging_profile": LIMITS}, query="country_code=DE&party_id=CP2"
    )
    reached.put(*url("DE/CP2"), body=info("DE/CP2", status="OFFLINE", last_updated=LATER))
    profiles.send(answer.data["id"])
    reached.put(*url("DE/CP2"), body=info("DE/CP2", last_updated="2026-03-01T12:10:00Z"))
    profiles.send(answer.data["id"])
    assert app.get("chargingprofiles", answer.data["id"]).data["state"] == "EXPIRED"
    assert partner_server.calls() == []


@pytest.mark.requirement("HUB-10", "HUB-11", "HUB-12", "TOK-19")
@pytest.mark.parametrize("addressing", ["PARTY", "HUB", "OPEN"])
def test_tokens_are_broadcast_in_our_name_under_our_party(
    reached: Caller, partner_server: PartnerServer, addressing: str
) -> None:
    reached.partner.addressing = addressing
    reached.partner.save()
    factories.token()
    deliver()
    [call] = partner_server.calls()
    assert (call.method, call.path) == ("PUT", "/ocpi/tokens/NL/EMS/04AABBCCDD")
    assert shown(call.headers) == ("NL/HUB", "NL/EMS")


@pytest.mark.requirement("HUB-11", "HUB-10")
def test_a_refused_broadcast_is_repeated_whole_and_never_looked_up(
    reached: Caller, partner_server: PartnerServer
) -> None:
    factories.token()
    deliver()
    partner_server.answer("PATCH", "tokens", status=404, status_code=2004)
    factories.token(status="BLOCKED")
    deliver()
    assert [call.method for call in partner_server.calls("PUT") + partner_server.calls("PATCH")] == [
        "PUT", "PUT", "PATCH",
    ]  # fmt: skip
    assert partner_server.calls("GET") == []


@pytest.mark.requirement("HUB-12")
def test_what_is_not_for_everybody_is_told_to_nobody(
    reached: Caller, partner_server: PartnerServer, django_capture_on_commit_callbacks: Any
) -> None:
    """Sessions and CDRs come to us; nothing that we do with them leads to a message to the hub."""
    with django_capture_on_commit_callbacks(execute=True):
        reached.patch("sessions", "NL", "CPO", "S1", body={"kwh": 3, "last_updated": LATER}, **route("NL/CPO"))
        reached.post("cdrs", body=factories.cdr(), **route("NL/CPO"))
    assert partner_server.calls() == []


@pytest.mark.requirement("HUB-19")
@pytest.mark.parametrize(
    ("code", "state"),
    [(4000, "UNKNOWN"), (4001, "REJECTED"), (4002, "UNKNOWN"), (4003, "REJECTED"), (2001, "REJECTED")],
)
@pytest.mark.parametrize("kind", ["set", "preference"])
def test_what_the_hub_could_not_deliver_is_told_from_what_the_party_refused(
    reached: Caller, app: Caller, asks: dict[str, Ask], partner_server: PartnerServer, code: int, state: str, kind: str
) -> None:
    for module in ("chargingprofiles", "sessions"):
        partner_server.answer("PUT", module, status_code=code, message="No way")
    assert asks[kind]() is not None
    model = "profile_requests" if kind == "set" else "preferences"
    row = getattr(Session.objects.get(party_id="CP2"), model).get()
    assert row.state == state
    assert ("not delivered by the hub" in row.error) is (code >= 4000)


@pytest.mark.requirement("CHP-23", "AMB-33", "HUB-08")
@pytest.mark.parametrize("sender", ["NL/HUB", "DE/CP2"])
def test_the_result_may_come_from_the_hub_or_from_the_party(
    reached: Caller, app: Caller, asks: dict[str, Ask], sender: str
) -> None:
    call = asks["set"]()
    assert call is not None
    path = call.json["response_url"].removeprefix("http://emsp.test")
    answer = reached.post(path, body={"result": "ACCEPTED"}, **route(sender))
    assert (answer.status, shown(answer.http.headers)) == ((200, 1000), (sender, "NL/EMS"))
    assert app.get(path).data["state"] == "SUCCEEDED"
