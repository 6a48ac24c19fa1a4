"""Switches whose effect shows outside the partner's own module: handshake, crawl, commands."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from ocpi.commands import services as commands
from ocpi.commands.models import Command
from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.credentials import services as credentials
from ocpi.locations.models import Location
from ocpi.partners import leniency
from ocpi.partners.models import Partner, PartnerLeniency
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.types import format_datetime
from ocpi.sync import services as sync
from tests import admin_pages, factories
from tests.callers import BASE, Caller
from tests.hubs.wire import info, route, url
from tests.partner_server import Answer as Reply
from tests.partner_server import Call, PartnerServer

INSIDE = "http://127.0.0.1:9"  # nobody listens there
START = {"token": {"uid": "04AABBCCDD"}, "location_id": "L1", "evse_uid": "E1"}


def behind_a_proxy(server: PartnerServer) -> None:
    """Whatever this platform says of itself begins with a name that means nothing outside of its network."""
    server.versions = [{"version": "2.2.1", "url": f"{INSIDE}/ocpi/2.2.1"}]
    server.endpoints = [{**e, "url": e["url"].replace(server.origin, INSIDE)} for e in server.endpoints]


@pytest.mark.requirement("FLD-05", "CRE-18")
@pytest.mark.parametrize("rewritten", [False, True])
def test_a_platform_with_internal_urls_registers_only_where_they_are_rewritten(
    partner_server: PartnerServer, db: None, rewritten: bool
) -> None:
    behind_a_proxy(partner_server)
    partner = Partner.objects.create(name="Behind")
    if rewritten:
        partner.rewrites_from, partner.rewrites_to = INSIDE, partner_server.origin
    token_a = {"versions_url": partner_server.versions_url, "token_a": "token-a"}
    if not rewritten:
        with pytest.raises(PartnerError):
            credentials.register(partner=partner, **token_a)
        assert partner.status == "NEW"
        return
    credentials.register(partner=partner, **token_a)
    assert [call.path for call in partner_server.calls()] == ["/ocpi/versions", "/ocpi/2.2.1", "/ocpi/credentials"]
    assert partner.endpoint("locations", "SENDER") == f"{INSIDE}/ocpi/locations"
    leniency.write()
    assert PartnerLeniency.objects.get(kind="rewritten").count == 2


@pytest.mark.requirement("FLD-05", "PAG-19", "PAG-23")
@pytest.mark.parametrize("rewritten", [False, True])
def test_links_to_the_inside_are_followed_only_where_they_are_rewritten(
    partner_server: PartnerServer, db: None, rewritten: bool
) -> None:
    fields = {"rewrites_from": INSIDE, "rewrites_to": partner_server.origin} if rewritten else {}
    partner = partner_server.registered(name="CPO", **fields)
    partner_server.answer("GET", "locations", data=[factories.location(id="L2")])
    link = {"Link": f'<{INSIDE}/ocpi/locations?offset=1>; rel="next"'}
    partner_server.answer("GET", "locations", times=1, data=[factories.location()], headers=link)
    if rewritten:
        sync.pull(partner=partner, module="locations")
    else:
        with pytest.raises(PartnerError, match="another host"):
            sync.pull(partner=partner, module="locations")
    assert len(partner_server.calls("GET", "locations")) == 1 + rewritten
    assert Location.objects.count() == 1 + rewritten


@pytest.mark.requirement("FLD-17")
@pytest.mark.parametrize("lacking", [False, True])
def test_a_command_that_a_partner_lacks_is_not_sent(
    partner_server: PartnerServer, db: None, app: Caller, lacking: bool
) -> None:
    partner = partner_server.registered(name="CPO", lacks=["START_SESSION"] if lacking else ["UNLOCK_CONNECTOR"])
    Caller("token-of-cpo", partner=partner).put("locations", "NL", "CPO", "L1", body=factories.location())
    factories.token()
    answer = app.post("commands", "START_SESSION", body=START)
    if lacking:
        assert (answer.status, answer.message) == ((200, 2001), "CPO does not support START_SESSION")
        assert not Command.objects.exists()
        return
    commands.send(answer.data["id"])
    assert [call.path for call in partner_server.calls()] == ["/ocpi/commands/START_SESSION"]


@pytest.mark.requirement("FLD-34")
def test_a_command_for_a_location_with_two_sources_goes_to_the_party_itself(
    hub: Caller, cpo: Caller, app: Caller
) -> None:
    hub.put(*url(), body=info())
    hub.put("locations", "NL", "CPO", "L1", body=factories.location(), **route("NL/HUB"))
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location())
    factories.token()
    assert app.post("commands", "START_SESSION", body=START).data["partner"] == "CPO"


def test_any_other_ambiguity_is_told(cp2: Caller, cpo: Caller, app: Caller) -> None:
    for caller in (cpo, cp2):
        country_code, party_id = caller.party or ("", "")
        body: dict[str, Any] = factories.location(country_code=country_code, party_id=party_id)
        caller.put("locations", country_code, party_id, "L1", body=body)
    factories.token()
    assert "used by several parties" in app.post("commands", "START_SESSION", body=START).message


# --- what needs no switch --------------------------------------------------------------------------------------------
@pytest.mark.requirement("FLD-18", "SES-22")
def test_a_hub_with_references_of_its_own_is_understood_by_driver_place_and_time(
    hub: Caller, app: Caller, partner_server: PartnerServer
) -> None:
    hub.partner.endpoints.filter(identifier="commands").update(url=f"{partner_server.base_url}/commands")
    hub.put(*url(), body=info())
    hub.put("locations", "NL", "CPO", "L1", body=factories.location(), **route("NL/HUB"))
    factories.token()
    command_id = app.post("commands", "START_SESSION", body=START).data["id"]
    commands.send(command_id)

    def put(id: str, minutes: float, **changes: Any) -> None:
        start = format_datetime(clock.now() + timedelta(minutes=minutes))
        body = factories.session(id=id, start_date_time=start, authorization_reference="HUB-1", **changes)
        assert hub.put("sessions", "NL", "CPO", id, body=body, **route("NL/HUB")).status == (201, 1000)

    def found() -> str | None:
        session = app.get("commands", command_id).data["session"]
        return session and str(session["id"])

    put("EARLY", -60)
    put("LATE", 60)
    put("ELSEWHERE", 1, location_id="L2")
    put("NEXT-DOOR", 1, evse_uid="E2")
    put("OTHER-CARD", 1, cdr_token=factories.cdr_token(uid="OTHER"))
    assert found() is None
    put("H77", 2)
    assert found() == "H77"
    ours = partner_server.calls()[0].json["authorization_reference"]
    hub.put(
        "sessions", "NL", "CPO", "S1", body=factories.session(authorization_reference=ours), **route("NL/HUB")
    )  # fmt: skip
    assert found() == "S1"  # ours, where it is kept, is worth more than any guess


@pytest.mark.requirement("FLD-18")
def test_nobody_guesses_where_no_hub_is_between(cpo: Caller, app: Caller, partner_server: PartnerServer) -> None:
    cpo.partner.endpoints.filter(identifier="commands").update(url=f"{partner_server.base_url}/commands")
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location())
    factories.token()
    command_id = app.post("commands", "START_SESSION", body=START).data["id"]
    commands.send(command_id)
    body = factories.session(start_date_time=format_datetime(clock.now()), authorization_reference="THEIRS")
    cpo.put("sessions", "NL", "CPO", "S1", body=body)
    assert app.get("commands", command_id).data["session"] is None


@pytest.mark.requirement("FLD-09")
@pytest.mark.parametrize(
    ("country", "latitude", "longitude", "odd"),
    [
        ("NLD", "5.11000", "52.08950", True),
        ("NLD", "52.08950", "5.11000", False),
        ("NLD", "17.50000", "-62.97000", False),
        ("CHL", "-70.64000", "-33.45000", False),
        ("AUS", "151.2", "-33.87000", None),
    ],
)
def test_a_station_whose_coordinates_have_changed_places_is_kept_and_remarked(
    cpo: Caller, admin_client: Client, country: str, latitude: str, longitude: str, odd: bool | None
) -> None:
    """Saba belongs to the Netherlands, and of Chile we have no box; 151 degrees north are on no globe."""
    body = factories.location(country=country, coordinates={"latitude": latitude, "longitude": longitude})
    answer = cpo.put("locations", "NL", "CPO", "L1", body=body)
    assert answer.status == ((200, 2001) if odd is None else (201, 1000))
    if odd is None:
        return
    leniency.write()
    assert PartnerLeniency.objects.filter(kind="looks-swapped").exists() is odd
    assert ("(swapped?)" in admin_pages.page(admin_client, core.page(Location.objects.get()))) is odd
    assert cpo.get("locations", "NL", "CPO", "L1").data["coordinates"] == body["coordinates"]


@pytest.mark.requirement("FLD-04", "TRA-46", "TRA-47")
@pytest.mark.parametrize("ending", ["", "/", "?tenant=7", "/?tenant=7"])
def test_their_urls_are_used_as_advertised_whatever_their_end(
    partner_server: PartnerServer, db: None, ending: str
) -> None:
    partner = partner_server.registered(name="CPO")
    partner.endpoints.filter(identifier="locations").update(url=f"{partner_server.base_url}/locations{ending}")
    sync.pull(partner=partner, module="locations")
    assert partner_server.calls()[0].path == f"/ocpi/locations{ending}"


@pytest.mark.requirement("FLD-04", "TRA-46")
@pytest.mark.parametrize("path", ["locations/NL/CPO/L1", "sessions/NL/CPO/S1", "tariffs/NL/CPO/T1", "tokens"])
def test_our_urls_are_found_with_and_without_a_slash_at_the_end(cpo: Caller, path: str) -> None:
    plain, slashed = (cpo.get(f"{BASE}/{path}{ending}") for ending in ("", "/"))
    assert plain.status == slashed.status
    assert plain.http.status_code in (200, 404)


@pytest.mark.requirement("FLD-14")
def test_a_partner_that_only_puts_is_complete(cpo: Caller) -> None:
    for minute, status in enumerate(("PENDING", "ACTIVE", "COMPLETED")):
        periods = [factories.period(kwh=n) for n in range(minute)]
        body = factories.session(status=status, charging_periods=periods, last_updated=f"2026-03-01T12:0{minute}:00Z")
        cpo.put("sessions", "NL", "CPO", "S1", body=body)
        assert cpo.get("sessions", "NL", "CPO", "S1").data == (body if periods else _without_periods(body))


def _without_periods(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "charging_periods"}


@pytest.mark.requirement("FLD-19", "PAG-19")
@pytest.mark.parametrize("size", [1, 20, 50])
def test_pages_may_have_any_size_with_or_without_a_limit(partner_server: PartnerServer, db: None, size: int) -> None:
    partner = partner_server.registered(name="CPO")
    everything = [factories.location(id=f"L{n}") for n in range(50)]

    def page(call: Call) -> Reply:
        offset = int(dict(parse_qsl(urlsplit(call.path).query)).get("offset", 0))
        more = offset + size < len(everything)
        link = {"Link": f'<{partner_server.base_url}/locations?offset={offset + size}>; rel="next"'} if more else {}
        return Reply(everything[offset : offset + size], headers=link)

    partner_server.answer("GET", "locations", does=page)
    sync.pull(partner=partner, module="locations")
    assert Location.objects.count() == 50
    assert len(partner_server.calls()) == 50 // size + bool(50 % size)


@pytest.mark.requirement("FLD-21", "FLD-24", "TOK-10")
def test_authorize_stands_alone_and_takes_a_place_with_one_evse(cpo: Caller) -> None:
    """They never asked for our tokens, nor did they tell us of the place."""
    factories.token()
    for body in ({"location_id": "L9", "evse_uids": ["E1"]}, {"location_id": "L9"}):
        answer = cpo.post("tokens", "04AABBCCDD", "authorize", body=body)
        assert (answer.status, answer.data["allowed"]) == ((200, 1000), "ALLOWED")
    assert cpo.post("tokens", "04AABBCCDD", "authorize").data["allowed"] == "ALLOWED"


@pytest.mark.requirement("FLD-22", "TYP-15")
def test_a_bill_without_vat_is_a_bill(cpo: Caller) -> None:
    body = factories.cdr(total_cost={"excl_vat": 3.5})
    assert cpo.post("cdrs", body=body).status == (201, 1000)
    assert cpo.get("cdrs", "NL", "CPO", "D1").data["total_cost"] == {"excl_vat": 3.5}


@pytest.mark.requirement("FLD-27", "TRA-28")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "locations"),
        ("PUT", "sessions"),
        ("GET", "tokens/04AABBCCDD"),
        ("PUT", "cdrs/D1"),
        ("PATCH", "tariffs"),
    ],
)
def test_what_is_asked_at_the_wrong_place_is_told_in_an_envelope(cpo: Caller, method: str, path: str) -> None:
    assert cpo.request(method, f"{BASE}/{path}", body={}).status == (405, 2000)


@pytest.mark.requirement("FLD-10", "AMB-01", "LOC-10")
def test_fields_that_are_not_set_may_come_as_null(cpo: Caller) -> None:
    nulls = {"name": None, "operator": None, "images": None, "energy_mix": None, "opening_times": None}
    assert cpo.put("locations", "NL", "CPO", "L1", body=factories.location() | nulls).status == (201, 1000)
    patch = {"city": "Zeist", "address": None, "evses": None, "last_updated": "2026-03-01T12:30:00Z"}
    assert cpo.patch("locations", "NL", "CPO", "L1", body=patch).status == (200, 1000)
    kept = cpo.get("locations", "NL", "CPO", "L1").data
    assert (kept["city"], kept["address"], len(kept["evses"])) == ("Zeist", "Stationsplein 1", 2)
    assert "name" not in kept
