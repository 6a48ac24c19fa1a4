"""Asking for one location instead of the whole list, when somebody doubts what we show (LOC-49)."""

from ocpi.core import client, ids
from ocpi.core.parties import ours
from ocpi.locations import services as locations
from ocpi.locations.models import Location
from ocpi.partners.owned import Stored
from ocpi.protocol import locations as wire
from ocpi.protocol.errors import NotOcpi, OcpiError, PartnerError, Refused
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import ci_equal
from ocpi.protocol.versions import InterfaceRole


def location(*, row: Location) -> Stored:
    """GET it from the sender, through the path of every push; an older answer changes nothing.

    The URL has no party: behind a hub and on a platform of several, OCPI-to-* tells whose it is (HUB-15). Raises
    PartnerError when it cannot be had; NotOcpi also for another location than the one that was asked for.
    """
    partner, endpoint = row.partner, row.partner.endpoint("locations", InterfaceRole.SENDER)
    obstacle = partner.unreachable(row.party) or ("" if endpoint else f"{partner.name} offers no locations")
    if obstacle:
        raise Refused(obstacle)
    url = ids.join(endpoint, row.wire_id)
    reply = client.call(partner.peer(row.party), "GET", url, module="locations", sender=ours()[0])
    try:
        found = wire.Location.from_wire(reply.data, partner.tolerance())
    except OcpiError as error:
        raise NotOcpi(f"their location cannot be read: {error.message}") from error
    finally:
        partner.keep_leniencies()
    if not ci_equal(found.id, row.location_id) or PartyId(found.country_code, found.party_id).key != row.party.key:
        raise NotOcpi("they answered with another location")
    return locations.put(partner=partner, party=row.party, location=found)


def told(row: Location) -> str:
    """The same, and what came of it in words."""
    try:
        stored = location(row=row)
    except PartnerError as error:
        return f"{row.partner.name} could not be asked: {error}"
    return "it has changed" if stored.applied else "nothing is newer than what we have"
