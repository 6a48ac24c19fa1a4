"""One location, asked for alone: `GET {locations}/{id}` of the sender, without a party in the URL."""

from typing import Any

import pytest

from ocpi.locations.models import Location
from ocpi.partners.models import HubParty
from ocpi.protocol.errors import NotOcpi, PartnerError, Refused
from ocpi.sync import single
from tests import admin_pages, factories
from tests.hubs.wire import shown
from tests.partner_server import PartnerServer

NEWER = "2026-03-01T13:00:00Z"


@pytest.fixture
def row(partner_server: PartnerServer, db: None) -> Location:
    return admin_pages.location(partner_server.registered(name="CPO"), id="L/1")


@pytest.mark.requirement("LOC-49", "HUB-15", "TRA-48")
def test_the_path_has_the_id_and_nothing_else(partner_server: PartnerServer, row: Location) -> None:
    partner_server.answer("GET", "locations", data=factories.location(id="L/1", name="Neu", last_updated=NEWER))
    assert single.location(row=row).applied
    [call] = partner_server.calls()
    assert (call.method, call.path, call.body) == ("GET", "/ocpi/locations/L%2F1", b"")
    assert shown(call.headers) == ("NL/CPO", "NL/EMS")
    row.refresh_from_db()
    assert row.name == "Neu"


@pytest.mark.requirement("LOC-50", "AMB-04")
def test_an_older_answer_changes_nothing(partner_server: PartnerServer, row: Location) -> None:
    older = factories.location(id="L/1", name="Old", last_updated="2026-02-01T12:00:00Z")
    partner_server.answer("GET", "locations", data=older)
    assert not single.location(row=row).applied
    assert single.told(row) == "nothing is newer than what we have"
    row.refresh_from_db()
    assert row.name == "Stationsplein"


@pytest.mark.requirement("LOC-49", "HUB-15")
def test_another_location_is_not_taken_for_it(partner_server: PartnerServer, row: Location) -> None:
    """On a platform of several parties, who takes no notice of OCPI-to-* may hold out another party's L1."""
    for odd in (factories.location(id="L2"), factories.location(id="L/1", party_id="CPX"), {"id": "L/1"}, [], None):
        partner_server.answer("GET", "locations", times=1, data=odd)
        with pytest.raises(NotOcpi):
            single.location(row=row)
    assert Location.objects.count() == 1


@pytest.mark.requirement("HUB-15", "HCI-08")
def test_behind_a_hub_the_party_is_named_and_must_be_connected(partner_server: PartnerServer, row: Location) -> None:
    row.partner.roles.update(role="HUB", party_id="HUB")
    there = HubParty.objects.create(partner=row.partner, country_code="NL", party_id="CPO", status="OFFLINE")
    row.partner.refresh_from_db()
    with pytest.raises(Refused, match="offline"):
        single.location(row=row)
    assert partner_server.calls() == []
    there.status = "CONNECTED"
    there.save()
    row.partner.refresh_from_db()
    partner_server.answer("GET", "locations", data=factories.location(id="L/1", last_updated=NEWER))
    single.location(row=row)
    assert shown(partner_server.calls()[0].headers) == ("NL/CPO", "NL/EMS")


@pytest.mark.parametrize("answer", [{"status": 404, "status_code": 2003}, {"status": 500}, {"drop": True}])
def test_who_cannot_be_asked_is_told_so(partner_server: PartnerServer, row: Location, answer: dict[str, Any]) -> None:
    partner_server.answer("GET", "locations", **answer)
    with pytest.raises(PartnerError):
        single.location(row=row)
    assert single.told(row).startswith("CPO could not be asked")


def test_who_offers_no_locations_is_not_asked(partner_server: PartnerServer, row: Location) -> None:
    row.partner.endpoints.filter(identifier="locations").update(role="RECEIVER")
    with pytest.raises(Refused, match="offers no locations"):
        single.location(row=row)
    assert partner_server.calls() == []
