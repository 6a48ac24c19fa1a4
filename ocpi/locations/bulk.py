"""Many locations of one partner at once, as a list brings them: what a PUT of each would do, in a dozen statements.

What a list brought is remembered by its digest, so that the next time it need not be read when nothing has changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    """A location of a list: whose it is, what it is, and its wire form. `digest`: how to know it the next time."""

    party: PartyId
    location: wire.Location
    form: dict[str, Any]
    digest: str | None = None

    @property
    def key(self) -> Key:
        return _key((*self.party.key, ci_key(self.location.id)))


@dataclass
class _Write:
    """A location as it will be stored, with the wire forms of its EVSEs; `known` is the row that it replaces."""

    row: Location
    evses: list[dict[str, Any]]
    known: Location | None


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


def _remember_these(partner: Partner, listed: Iterable[Listed]) -> None:
    digests = {each.key: each.digest for each in listed if each.digest is not None}
    if digests:
        remember(partner=partner, digests=digests)


# --- what has ---------------------------------------------------------------------------------------------------------
def put(*, partner: Partner, locations: Sequence[Listed], locked: Mapping[Key, Location] | None = None) -> list[Stored]:
    """What became of each. In the caller's transaction, which is broken after an exception.

    Those of which something was pushed on its own since the last PUT take the way of a PUT, one by one. What is stored
    is remembered by its digest, if it has one. `locked`: the rows that there are, if the caller has locked them.
    """
    keys = [listed.key for listed in locations]
    known = _locked(partner, keys) if locked is None else {key: locked[key] for key in keys if key in locked}
    apart = _pushed_on_their_own(known)
    stored: dict[int, Stored] = {}
    writes: dict[Key, _Write] = {}
    later: list[int] = []
    for n, (key, listed) in enumerate(zip(keys, locations, strict=True)):
        row = known.get(key)
        if key in apart or key in writes:  # what comes twice is no longer what the row was
            later.append(n)
        elif row is not None and listed.location.last_updated < row.replaced_at:
            stored[n] = Stored(created=False, applied=False)
        else:
            writes[key] = _write_of(partner, listed, row)
            stored[n] = Stored(created=row is None)
    _create(partner, [write for write in writes.values() if write.known is None])
    _replace([write for write in writes.values() if write.known is not None])
    for n in later:
        listed = locations[n]
        stored[n] = services.put(partner=partner, party=listed.party, location=listed.location)
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


def _write_of(partner: Partner, listed: Listed, known: Location | None) -> _Write:
    payload = {name: value for name, value in listed.form.items() if name != "evses"}
    evses = parts.once(listed.form.get("evses", []), "uid")
    row = blank(Location)
    row.partner, row.country_code, row.party_id = partner, listed.party.country_code, listed.party.party_id
    row.fill(payload, listed.location)
    row.replaced_at, row.listed_digest = listed.location.last_updated, listed.digest
    return _Write(row, evses, known)


def _create(partner: Partner, writes: list[_Write]) -> None:
    if writes:
        many.store([write.row for write in writes], same=_WHEN)
        evses = [_new(EVSE.values(n, payload), location_id=row.pk) for row, n, payload in _evses(writes)]
        keys = many.store_values(EVSE, evses)
        connectors = [_new(Connector.values(n, payload), evse_id=pk) for pk, n, payload in _connectors(writes, keys)]
        many.store_values(Connector, connectors)
        objects_arrived.send(sender=Location, partner=partner, rows=[write.row for write in writes])


def _new(values: dict[str, Any], **parent: int) -> dict[str, Any]:
    values.update(parent, since=values["last_updated"], field_times={})
    return values


def _replace(writes: list[_Write]) -> None:
    if writes:
        many.store([write.row for write in writes], over=[*OWNER_KEY, "location_id"], names=_COLUMNS, same=_WHEN)
        moments = {write.row.pk: write.row.replaced_at for write in writes}
        evses = parts.write_evses([_whole(EVSE.build(*each)) for each in _evses(writes)])
        _hide_unlisted(EVSE.objects.filter(location__in=moments), "location_id", evses, moments)
        connectors = parts.write_connectors([_whole(Connector.build(*each)) for each in _connectors(writes, evses)])
        theirs = {evse.pk: moments[evse.location_id] for evse in evses}
        _hide_unlisted(Connector.objects.filter(evse__in=theirs), "evse_id", connectors, theirs)


def _evses(writes: list[_Write]) -> Iterator[tuple[Location, int, dict[str, Any]]]:
    """Each with its location and its place there."""
    for write in writes:
        for n, payload in enumerate(write.evses):
            yield write.row, n, payload


def _connectors(writes: list[_Write], evses: Iterable[T]) -> Iterator[tuple[T, int, dict[str, Any]]]:
    """Each with its EVSE, of which `evses` has something each, and its place there."""
    for evse, (*_, payload) in zip(evses, _evses(writes), strict=True):
        for n, connector in enumerate(parts.once(payload["connectors"], "id")):
            yield evse, n, connector


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
