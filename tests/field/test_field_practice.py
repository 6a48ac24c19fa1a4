"""Switches whose effect shows outside the partner's own module: handshake, crawl, commands."""

from typing import Any

import pytest

from ocpi.commands import services as commands
from ocpi.commands.models import Command
from ocpi.credentials import services as credentials
from ocpi.locations.models import Location
from ocpi.partners import leniency
from ocpi.partners.models import Partner, PartnerLeniency
from ocpi.protocol.errors import PartnerError
from ocpi.sync import services as sync
from tests import factories
from tests.callers import Caller
from tests.hubs.wire import info, route, url
from tests.partner_server import PartnerServer

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
