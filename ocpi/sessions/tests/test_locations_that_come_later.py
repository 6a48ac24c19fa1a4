"""Sessions that came before their location, which then comes with a page of others (SES-20)."""

import pytest

from ocpi.locations import bulk
from ocpi.locations.models import Location
from ocpi.protocol import locations as wire
from ocpi.sessions.models import Session
from tests import factories
from tests.callers import Caller


@pytest.mark.requirement("SES-20")
def test_they_find_it(cpo: Caller) -> None:
    factories.token("04AA")
    for name, place in (("S1", "A"), ("S2", "elsewhere")):
        body = factories.session(id=name, location_id=place)
        assert cpo.put("sessions", *cpo.party, name, body=body).status == (201, 1000)
    places = [wire.Location.from_wire(factories.location(id=id_)) for id_ in "AB"]
    listed = [bulk.listed(place, place.to_wire()) for place in places]
    bulk.put(partner=cpo.partner, locations=listed)
    linked = dict(Session.objects.values_list("session_id", "location_row"))
    assert linked == {"S1": Location.objects.get(location_id="A").pk, "S2": None}
