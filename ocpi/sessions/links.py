"""Sessions and locations that find each other, whichever comes first (SES-20)."""

from collections.abc import Collection

from ocpi.core import many
from ocpi.core.transactions import one_transaction
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.protocol.headers import PartyId

from .models import Session


def look_again(pk: int) -> None:
    """Its location may have been committed meanwhile; whichever commits last must see the other."""
    row = Session.objects.select_related("partner").filter(pk=pk).first()
    if row is not None:
        owned = Location.objects.of(row.partner, PartyId(row.country_code, row.party_id))
        for location in owned.filter(location_id=row.location_id):
            link_to(location=location)


def link_to(*, location: Location) -> None:
    """Sessions that came before their location."""
    owned = Session.objects.of(location.partner, PartyId(location.country_code, location.party_id))
    owned.filter(location_id=location.location_id, location_row=None).update(location_row=location)


def link_to_many(*, partner: Partner, locations: Collection[Location]) -> None:
    """The same for many of one partner: one query, and those of the few for which sessions wait."""
    keys = [(row.location_id,) for row in locations]
    waiting = many.named(Session, partner.pk, keys, ["location_id"], ["location_id"], lacking="location_row")
    wanted = {id_ for (id_,) in waiting}
    for location in locations:
        if location.location_id in wanted:
            one_transaction(link_to)(location=location)
