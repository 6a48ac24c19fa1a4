"""Pulling through a hub: who is behind it first, then everything of all of them in one list."""

from typing import Any

import pytest

from ocpi.locations.models import Location
from ocpi.partners.models import HubParty
from ocpi.protocol.versions import InterfaceRole
from ocpi.sessions.models import Session
from ocpi.sync import services as sync
from tests import factories
from tests.callers import Caller
from tests.hubs.wire import info, shown, url
from tests.partner_server import PartnerServer


@pytest.fixture
def reached(hub: Caller, partner_server: PartnerServer) -> Caller:
    """The hub, whose endpoints are the recording server."""
    for endpoint in hub.partner.endpoints.all():
        endpoint.url = endpoint.url.replace("http://hub.test/ocpi", partner_server.base_url)
        endpoint.save()
    return hub


@pytest.mark.requirement("HUB-14", "HUB-16", "HUB-17", "LOC-50")
def test_one_list_addressed_to_the_hub_brings_the_objects_of_everybody(
    reached: Caller, partner_server: PartnerServer
) -> None:
    for who in ("NL/CPO", "DE/CP2"):
        reached.put(*url(who), body=info(who))
    both = [factories.location(), factories.location(country_code="DE", party_id="CP2")]
    stranger = factories.location(country_code="FR", party_id="XXX")
    answer = {"data": [*both, stranger], "headers": {"OCPI-from-party-id": "HUB", "OCPI-from-country-code": "NL"}}
    partner_server.answer("GET", "locations", **answer)
    row = sync.pull(partner=reached.partner, module="locations")
    [call] = partner_server.calls()
    assert (call.method, call.path) == ("GET", "/ocpi/locations")
    assert shown(call.headers) == ("NL/HUB", "NL/EMS")
    assert set(Location.objects.values_list("country_code", "party_id")) == {("NL", "CPO"), ("DE", "CP2")}
    assert (row.received, row.skipped) == (3, 1)
    assert "FR-XXX does not belong to Hub" in row.problems[0]


@pytest.mark.requirement("HUB-17", "FLD-16")
def test_where_the_hub_tells_nothing_the_operators_list_counts(reached: Caller, partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "locations", data=[factories.location()])
    assert sync.pull(partner=reached.partner, module="locations").skipped == 1
    HubParty.objects.create(partner=reached.partner, country_code="NL", party_id="CPO")
    reached.partner.refresh_from_db()
    assert sync.pull(partner=reached.partner, module="locations").skipped == 0
    assert Location.objects.exists()


@pytest.mark.requirement("HUB-14", "HUB-10")
@pytest.mark.parametrize("addressing", ["PARTY", "HUB", "OPEN"])
def test_a_list_of_everything_is_addressed_to_the_hub_whatever_its_addressing(
    reached: Caller, partner_server: PartnerServer, addressing: str
) -> None:
    reached.partner.addressing = addressing
    for module in ("locations", "sessions", "cdrs", "tariffs"):
        sync.pull(partner=reached.partner, module=module)
    assert {shown(call.headers) for call in partner_server.calls()} == {("NL/HUB", "NL/EMS")}


@pytest.mark.requirement("HUB-06", "HUB-14", "AMB-16")
def test_each_party_of_ours_asks_in_its_own_name(reached: Caller, partner_server: PartnerServer, settings: Any) -> None:
    settings.EMSP_PARTIES = ["NL-EMS", "DE-EM2"]
    sync.pull(partner=reached.partner, module="sessions")
    assert [shown(call.headers) for call in partner_server.calls()] == [("NL/HUB", "NL/EMS"), ("NL/HUB", "DE/EM2")]
    sync.pull(partner=reached.partner, module="hubclientinfo")
    assert len(partner_server.calls("GET", "who-is-there")) == 1  # between platforms, not parties


@pytest.mark.requirement("AMB-16", "HUB-15", "SES-27")
def test_a_platform_with_several_parties_is_asked_for_each(cpo: Caller, partner_server: PartnerServer) -> None:
    partner = partner_server.registered(name="Platform", party=("BE", "CPX"), token="token-of-platform")
    partner.roles.create(role="CPO", country_code="BE", party_id="CPY")
    partner.roles.create(role="EMSP", country_code="BE", party_id="CPY")
    one = factories.session(country_code="BE", party_id="CPX", id="S1")
    other = factories.session(country_code="BE", party_id="CPY", id="S1")
    partner_server.answer("GET", "sessions", times=1, data=[other])
    partner_server.answer("GET", "sessions", times=1, data=[one])
    sync.pull(partner=partner, module="sessions")
    calls = partner_server.calls("GET", "sessions")
    assert [shown(call.headers)[0] for call in calls] == ["BE/CPX", "BE/CPY"]
    assert all("date_from=" in call.path for call in calls)
    assert set(Session.objects.values_list("party_id", "session_id")) == {("CPX", "S1"), ("CPY", "S1")}


@pytest.mark.requirement("VER-12", "TRA-47")
def test_the_endpoint_of_the_sender_is_used_where_both_roles_are_offered(
    partner_server: PartnerServer, db: None
) -> None:
    partner = partner_server.registered()
    partner.endpoints.create(identifier="locations", role="RECEIVER", url=f"{partner_server.base_url}/not-here")
    sync.pull(partner=partner, module="locations")
    assert [call.path for call in partner_server.calls()] == ["/ocpi/locations"]


@pytest.mark.requirement("HCI-15", "HCI-12", "HCI-11", "TRA-46")
def test_we_pull_it_from_the_advertised_url_and_without_routing_headers(
    reached: Caller, partner_server: PartnerServer, settings: Any
) -> None:
    """The samples of the specification say /clientinfo/; what counts is what stands in the version details."""
    where = f"{partner_server.base_url}/who/is-there/"
    reached.partner.endpoints.filter(identifier="hubclientinfo").update(url=where)
    partner_server.answer("GET", "who/is-there", data=[info(), info("DE/CP2", status="PLANNED")])
    sync.pull(partner=reached.partner, module="hubclientinfo")
    [call] = partner_server.calls()
    assert call.path == "/ocpi/who/is-there/"
    assert not [name for name in call.headers if name.lower().startswith("ocpi-")]
    assert sorted(HubParty.objects.values_list("party_id", "status")) == [("CP2", "PLANNED"), ("CPO", "CONNECTED")]
    assert reached.get(*url()).data == info()


@pytest.mark.requirement("HCI-11")
def test_it_is_pulled_at_start_once_and_not_again_for_weeks(reached: Caller, partner_server: PartnerServer) -> None:
    mine = (reached.partner.pk, "hubclientinfo")
    assert sync.due() == [mine]  # nothing else before it is known who is there
    sync.pull(partner=reached.partner, module="hubclientinfo")
    assert mine not in sync.due()
    row = reached.partner.pulls.get(module="hubclientinfo")
    assert (row.due_at - row.finished_at).days >= 20
    sync.ask_hubs_again()
    assert sync.due() == [mine]
    sync.pull(partner=reached.partner, module="hubclientinfo")
    assert mine not in sync.due()


@pytest.mark.requirement("HCI-11")
def test_a_partner_that_is_no_hub_is_never_asked_who_is_behind_it(cpo: Caller) -> None:
    cpo.partner.endpoints.create(identifier="hubclientinfo", role=InterfaceRole.SENDER, url="http://cpo.test/hci")
    assert "hubclientinfo" not in sync.offered(cpo.partner)
