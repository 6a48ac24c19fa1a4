"""Many locations of one partner at once, as a list brings them: what a PUT of each would do, in a dozen statements.

What a list brought is remembered by its digest, so that the next time it need not be read when nothing has changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db.models import F, QuerySet

from ocpi.core import clock, many
from ocpi.core.signals import objects_arrived
from ocpi.core.tables import blank
from ocpi.partners.models import Partner
from ocpi.partners.owned import OWNER_KEY, Stored
from ocpi.protocol import locations as wire
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import ci_key

from . import parts, services
from .models import EVSE, Connector, Location

T = TypeVar("T")
Key = tuple[str, str, str]  # country_code, party_id and id as CiStrings
_NAMES = (*OWNER_KEY[1:], "location_id")
_IDENTITY = {"id", "partner", *_NAMES, "received_at"}
_WHEN = {"listed_at": "changed_at"}
_COLUMNS = [field.name for field in Location._meta.concrete_fields if field.name not in _IDENTITY]


class Listed(NamedTuple):
    """A location of a list as its rows will be: columns of its own, of each EVSE, and of each connector of that.

    `digest`: how to know it the next time.
    """

    party: PartyId
    location: wire.Location
    values: dict[str, Any]
    evses: list[tuple[dict[str, Any], list[dict[str, Any]]]]
    digest: str | None = None

    @property
    def key(self) -> Key:
        return _key((*self.party.key, ci_key(self.location.id)))


def listed(location: wire.Location, form: dict[str, Any]) -> Listed:
    """`form`: its wire form. Touches no table."""
    values = Location.values({name: value for name, value in form.items() if name != "evses"}, location)
    values |= {"country_code": location.country_code, "party_id": location.party_id, "field_times": {}}
    values["replaced_at"] = location.last_updated
    evses = [
        (
            EVSE.values(n, evse),
            [Connector.values(m, each) for m, each in enumerate(parts.once(evse["connectors"], "id"))],
        )
        for n, evse in enumerate(parts.once(form.get("evses", []), "uid"))
    ]
    return Listed(PartyId(location.country_code, location.party_id), location, values, evses)


def _connectors(evse: dict[str, Any]) -> list[dict[str, Any]]:
    return [Connector.values(n, each) for n, each in enumerate(parts.once(evse["connectors"], "id"))]


# --- what has not changed ---------------------------------------------------------------------------------------------
def unchanged(*, partner: Partner, digests: Mapping[Key, str]) -> set[Key]:
    """Those that a list brought just so the last time, and nobody has touched since. One query, no payloads."""
    wanted = [*_NAMES, "listed_digest"]
    rows = many.named(
        Location, partner.pk, digests, _NAMES, wanted, lacking="gone_at", alike=("listed_at", "changed_at")
    )
    found = {_key(names): digest for *names, digest in rows}
    return {key for key, digest in digests.items() if found.get(key) == digest}


def remember(*, partner: Partner, digests: Mapping[Key, str]) -> None:
    """That the rows of these locations are what a list has just brought. In the transaction that stored them."""
    rows = many.named(Location, partner.pk, digests, _NAMES, ["id", *_NAMES])
    found = {pk: digests[_key(names)] for pk, *names in rows}
    if found:
        many.write_each(Location, "listed_digest", found, listed_at=F("changed_at"))


def _remember_these(partner: Partner, locations: Iterable[Listed]) -> None:
    digests = {each.key: each.digest for each in locations if each.digest is not None}
    if digests:
        remember(partner=partner, digests=digests)


# --- what has ---------------------------------------------------------------------------------------------------------
def put(*, partner: Partner, locations: Sequence[Listed], locked: Mapping[Key, Location] | None = None) -> list[Stored]:
    """What became of each. In the caller's transaction, which is broken after an exception.

    Those of which something was pushed on its own since the last PUT take the way of a PUT, one by one. What is stored
    is remembered by its digest, if it has one. `locked`: the rows that there are, if the caller has locked them.
    """
    keys = [each.key for each in locations]
    known = _locked(partner, keys) if locked is None else {key: locked[key] for key in keys if key in locked}
    apart = _pushed_on_their_own(known)
    stored: dict[int, Stored] = {}
    writes: dict[Key, tuple[Listed, Location | None]] = {}
    later: list[int] = []
    for n, (key, each) in enumerate(zip(keys, locations, strict=True)):
        row = known.get(key)
        if key in apart or key in writes:  # what comes twice is no longer what the row was
            later.append(n)
        elif row is not None and each.location.last_updated < row.replaced_at:
            stored[n] = Stored(created=False, applied=False)
        else:
            writes[key] = (each, row)
            stored[n] = Stored(created=row is None)
    _create(partner, [each for each, row in writes.values() if row is None])
    _replace(partner, [each for each, row in writes.values() if row is not None])
    for n in later:
        stored[n] = services.put(partner=partner, party=locations[n].party, location=locations[n].location)
    _remember_these(partner, [locations[n] for n in later if stored[n].applied])
    return [stored[n] for n in range(len(locations))]


def _key(names: Iterable[str]) -> Key:
    country_code, party_id, id_ = names
    return country_code, party_id, id_


def _locked(partner: Partner, keys: list[Key]) -> dict[Key, Location]:
    found = [pk for (pk,) in many.named(Location, partner.pk, keys, _NAMES, ["id"])]
    rows = Location.objects.filter(pk__in=found).select_for_update().order_by("pk") if found else []
    return {_key((row.country_code, row.party_id, row.location_id)): row for row in rows}


def _pushed_on_their_own(known: dict[Key, Location]) -> set[Key]:
    if not known:
        return set()
    rows = [row.pk for row in known.values()]
    pushed = {row.pk for row in known.values() if row.field_times}
    pushed |= set(EVSE.objects.filter(location__in=rows).exclude(field_times={}).values_list("location", flat=True))
    inner = Connector.objects.filter(evse__location__in=rows).exclude(field_times={})
    pushed |= set(inner.values_list("evse__location", flat=True))
    return {key for key, row in known.items() if row.pk in pushed}


def _row(partner: Partner, values: dict[str, Any]) -> Location:
    row = blank(Location)
    row.partner = partner
    row.__dict__.update(values)
    return row


def _create(partner: Partner, locations: list[Listed]) -> None:
    if not locations:
        return
    now = clock.now()
    ours = {"partner_id": partner.pk, "received_at": now, "changed_at": now}
    values = [each.values | ours | {"listed_digest": each.digest} for each in locations]
    evses = [_below(n, evse) for n, each in enumerate(locations) for evse, _ in each.evses]
    inner = [connectors for each in locations for _, connectors in each.evses]
    connectors = [_below(n, connector) for n, each in enumerate(inner) for connector in each]
    levels = [
        many.Level(Location, values, same=_WHEN),
        many.Level(EVSE, evses, "location_id"),
        many.Level(Connector, connectors, "evse_id"),
    ]
    keys = many.store_tree(levels)
    rows = [_row(partner, each | {"id": key}) for each, key in zip(values, keys, strict=True)]
    objects_arrived.send(sender=Location, partner=partner, rows=rows)


def _below(place: int, values: dict[str, Any]) -> dict[str, Any]:
    """`place`: of its parent among those above."""
    return {**values, "place": place, "since": values["last_updated"], "field_times": {}}


def _replace(partner: Partner, locations: list[Listed]) -> None:
    if not locations:
        return
    rows = [_row(partner, each.values | {"listed_digest": each.digest}) for each in locations]
    many.store(rows, over=[*OWNER_KEY, "location_id"], names=_COLUMNS, same=_WHEN)
    moments = {row.pk: row.replaced_at for row in rows}
    pairs = [(row, *evse) for row, each in zip(rows, locations, strict=True) for evse in each.evses]
    evses = parts.write_evses([_whole(EVSE.of_values(values, location=row)) for row, values, _ in pairs])
    _hide_unlisted(EVSE.objects.filter(location__in=moments), "location_id", evses, moments)
    inner = zip(evses, (connectors for *_, connectors in pairs), strict=True)
    connectors = parts.write_connectors(
        [_whole(Connector.of_values(values, evse=evse)) for evse, each in inner for values in each]
    )
    theirs = {evse.pk: moments[evse.location_id] for evse in evses}
    _hide_unlisted(Connector.objects.filter(evse__in=theirs), "evse_id", connectors, theirs)


def _whole(row: Any) -> Any:
    row.since = row.last_updated
    return row


def _hide_unlisted(rows: QuerySet[Any], parent: str, listed: list[Any], moments: Mapping[int, datetime]) -> None:
    """With the time of the location that lists them no more; there are few, if any."""
    lost: dict[datetime, list[int]] = defaultdict(list)
    unlisted = rows.filter(hidden_at=None).exclude(pk__in=[row.pk for row in listed])
    for pk, of in unlisted.values_list("pk", parent):
        lost[moments[of]].append(pk)
    for moment, keys in lost.items():
        rows.model.objects.filter(pk__in=keys).update(hidden_at=clock.now(), since=moment, field_times={})
