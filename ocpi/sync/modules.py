"""What can be pulled: each module's wire form, its way in (the service that pushes take too), and its table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ocpi.cdrs import services as cdrs
from ocpi.cdrs.models import CDR
from ocpi.core import many
from ocpi.hubclientinfo import services as hubs
from ocpi.locations import bulk
from ocpi.locations import services as locations
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.partners.owned import OWNER_KEY, Stored
from ocpi.protocol import cdrs as cdr_wire
from ocpi.protocol import hubclientinfo as hub_wire
from ocpi.protocol import locations as location_wire
from ocpi.protocol import sessions as session_wire
from ocpi.protocol import tariffs as tariff_wire
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import OcpiModel, ci_key
from ocpi.sessions import services as sessions
from ocpi.sessions.models import Session
from ocpi.tariffs import services as tariffs
from ocpi.tariffs.models import Tariff

HUB_CLIENT_INFO = "hubclientinfo"
Key = tuple[str, str, str]  # country_code, party_id and id as CiStrings


@dataclass(frozen=True)
class Module:
    """`id_field`: the column of the table in which the object's id stands; empty where there is no such table."""

    wire: type[OcpiModel]
    store: Callable[[Partner, PartyId, Any], Stored]
    table: Any = None
    id_field: str = ""
    children: Callable[[Any], Any] = lambda rows: rows
    vanishes: Any = None  # the services of a module whose complete list is the whole truth (PAG-26)
    bulk: Any = None  # where pages are written as a whole, and what has not changed is not read

    def known(self, partner: Partner, objects: Iterable[Any]) -> dict[Key, Any]:
        """Our rows of these objects, with what hangs on them: a fixed number of queries for a page."""
        if self.table is None:
            return {}
        keys = [(ci_key(obj.country_code), ci_key(obj.party_id), ci_key(obj.id)) for obj in objects]
        found = [pk for (pk,) in many.named(self.table, partner.pk, keys, [*OWNER_KEY[1:], self.id_field], ["id"])]
        if not found:
            return {}
        owned = self.table.objects.filter(pk__in=found)
        rows = self.children(owned.select_for_update() if self.bulk else owned)
        return {(row.country_code, row.party_id, getattr(row, self.id_field)): row for row in rows}


MODULES: dict[str, Module] = {
    HUB_CLIENT_INFO: Module(hub_wire.ClientInfo, lambda p, party, o: hubs.put(partner=p, info=o)),
    "tariffs": Module(
        tariff_wire.Tariff, lambda p, party, o: tariffs.put(partner=p, party=party, tariff=o),
        Tariff, "tariff_id", vanishes=tariffs,
    ),
    "locations": Module(
        location_wire.Location, lambda p, party, o: locations.put(partner=p, party=party, location=o),
        Location, "location_id", lambda rows: rows.with_children(), vanishes=locations, bulk=bulk,
    ),
    "sessions": Module(
        session_wire.Session, lambda p, party, o: sessions.put(partner=p, party=party, session=o),
        Session, "session_id", lambda rows: rows.with_periods(),
    ),
    "cdrs": Module(
        cdr_wire.CDR, lambda p, party, o: cdrs.receive(partner=p, party=party, cdr=o)[1], CDR, "cdr_id",
    ),
}  # fmt: skip


def key_of(item: Any) -> Key | None:
    """How a partner's object is named, whether or not the rest of it can be read; None for a riddle."""
    match item:
        case {"country_code": str(country_code), "party_id": str(party_id), "id": str(id_)}:
            names = (country_code, party_id, id_)
            return (ci_key(country_code), ci_key(party_id), ci_key(id_)) if all(map(str.isprintable, names)) else None
        case _:
            return None


def same(row: Any, form: dict[str, Any]) -> bool:
    """Whether we hold this object already, exactly as it is: then there is nothing to do."""
    return getattr(row, "gone_at", None) is None and row.to_wire() == form
