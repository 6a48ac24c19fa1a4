"""Taking over what a list brought: decode, leave alone what we have, hand the rest to the service of its module."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import DataError, transaction

from ocpi.partners.deviations import LENIENCIES
from ocpi.partners.models import Partner
from ocpi.protocol import envelope
from ocpi.protocol.errors import InvalidObject, OcpiError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import ci_key, parse_datetime

from .modules import HUB_CLIENT_INFO, MODULES, Key, key_of, same

FEW = 10  # so many may always vanish, whatever their share


@dataclass(frozen=True)
class Bad:
    """An object of a list, and why it could not be taken over: problems as `path: what is wrong`."""

    item: Any
    problems: list[str]


Read = tuple[Any, PartyId, Any]  # as it came, its owner, what it is


@dataclass
class Decoded:
    """`unchanged`: what came just so the last time, and is stored; it was not read again."""

    objects: list[Read] = field(default_factory=list)
    unchanged: dict[Key, Any] = field(default_factory=dict)
    digests: dict[Key, str] = field(default_factory=dict)
    bad: list[Bad] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # what belongs to somebody else, and why we think so


@dataclass
class Taken:
    """What became of a page. `good`: what is stored now, or was before; `withheld`: EVSEs that it may not hide."""

    bad: list[Bad]
    others: list[str]
    good: set[Key] = field(default_factory=set)
    stored: set[Key] = field(default_factory=set)  # of these, what is stored just as it came
    changed: int = 0
    withheld: int = 0
    newest: datetime | None = None

    def note(self, key: Key | None, moment: datetime, changed: bool, exactly: bool = False) -> None:
        self.changed += changed
        self.newest = max(self.newest or moment, moment)
        if key is not None:
            self.good.add(key)
            self.stored |= {key} if exactly else set()


def decode(partner: Partner, module: str, items: Iterable[Any]) -> Decoded:
    """What a list brought, told apart. No transaction, and no query but the one for what has not changed."""
    found = Decoded()
    items = _apart(partner, module, [*items], found)
    for item in items:
        try:
            obj: Any = MODULES[module].wire.from_wire(item, partner.tolerance())
            found.objects.append((item, _owner(partner, module, obj), obj))
        except InvalidObject as error:
            found.bad.append(Bad(item, error.problems))
        except OcpiError as error:
            found.others.append(f"{name(item)}: {error.message}")
    return found


def store(partner: Partner, module: str, decoded: Decoded, *, believable: Decimal) -> Taken:
    """In the caller's transaction. `believable`: the share of a page's EVSEs that it may take away (PAG-26)."""
    taken = Taken([*decoded.bad], [*decoded.others])
    for known_key, item in decoded.unchanged.items():
        taken.note(known_key, parse_datetime(item["last_updated"]), changed=False)
    todo: list[Read] = []
    known = MODULES[module].known(partner, (obj for *_, obj in decoded.objects))
    doubtful = _doubtful(known, decoded, believable) if module == "locations" else {}
    taken.withheld = sum(doubtful.values())
    for item, party, obj in decoded.objects:
        key = key_of(item)
        row = known.pop(key, None) if key else None  # once: what comes twice is not what the row was
        if key in doubtful:
            taken.bad.append(
                Bad(item, [f"evses: {doubtful[key]} EVSEs are missing, of too many at once; not believed"])
            )
        elif row is not None and same(row, obj):
            taken.note(key, obj.last_updated, changed=False, exactly=True)
        else:
            todo.append((item, party, obj))
    _store_all(partner, module, todo, taken)
    _remember(partner, module, decoded, taken)
    return taken


def take(partner: Partner, module: str, item: Any) -> Taken:
    """One object by itself, believed whatever it takes away."""
    return store(partner, module, decode(partner, module, [item]), believable=Decimal(1))


def _apart(partner: Partner, module: str, items: Sequence[Any], found: Decoded) -> Sequence[Any]:
    """What must be read: without that whose digest is known, which also tells what we overlook in their messages."""
    bulk = MODULES[module].bulk
    if bulk is None:
        return items
    overlooked = repr({name: getattr(partner, name) for name in LENIENCIES}).encode()
    named = {key: item for item in items if (key := key_of(item)) is not None and partner.owns(PartyId(*key[:2]))}
    found.digests = {key: _digest(item, overlooked) for key, item in named.items()}
    known = bulk.unchanged(partner=partner, digests=found.digests)
    found.unchanged = {key: named[key] for key in known}
    return [item for item in items if key_of(item) not in known]


def _digest(item: Any, overlooked: bytes) -> str:
    return hashlib.blake2b(envelope.encode(item), key=hashlib.sha256(overlooked).digest(), digest_size=16).hexdigest()


def _remember(partner: Partner, module: str, decoded: Decoded, taken: Taken) -> None:
    """What is stored as it came; what was older than ours, or twice in the list, is read again the next time."""
    if (bulk := MODULES[module].bulk) is None:
        return
    came = [key_of(item) for item, *_ in decoded.objects]
    once = {key: decoded.digests[key] for key in taken.stored if key in decoded.digests and came.count(key) == 1}
    if once:
        bulk.remember(partner=partner, digests=once)


def _store_all(partner: Partner, module: str, todo: list[Read], taken: Taken) -> None:
    """A page at once where that is possible; when one of it is at fault, each by itself."""
    bulk = MODULES[module].bulk
    if bulk is not None and len(todo) > 1:
        try:
            with transaction.atomic():
                stored = bulk.put(partner=partner, locations=[(party, obj) for _, party, obj in todo])
        except (OcpiError, DataError):
            pass
        else:
            for (item, _, obj), one in zip(todo, stored, strict=True):
                taken.note(key_of(item), obj.last_updated, one.applied, exactly=one.applied)
            return
    for item, party, obj in todo:
        _store(partner, module, item, party, obj, taken)


def _store(partner: Partner, module: str, item: Any, party: PartyId, obj: Any, taken: Taken) -> None:
    try:
        stored = MODULES[module].store(partner, party, obj)
    except InvalidObject as error:
        taken.bad.append(Bad(item, error.problems))
    except OcpiError as error:
        taken.others.append(f"{name(item)}: {error.message}")
    except DataError as error:  # one object must not stop the list for ever
        taken.bad.append(Bad(item, [f"our database cannot hold it ({type(error).__name__})"]))
    else:
        taken.note(key_of(item), obj.last_updated, stored.applied, exactly=stored.applied)


def _doubtful(known: dict[Key, Any], decoded: Decoded, believable: Decimal) -> dict[Key | None, int]:
    """Locations that lack EVSEs which we show, with how many, when too many EVSEs of this page would go at once."""
    listed = {key_of(item): {ci_key(evse.uid) for evse in obj.evses or []} for item, _, obj in decoded.objects}
    stayed = sum(len(item.get("evses") or []) for item in decoded.unchanged.values())
    ours = {key: {evse.uid for evse in row.evses.all() if evse.status != "REMOVED"} for key, row in known.items()}
    lost = {key: len(uids - listed[key]) for key, uids in ours.items() if key in listed and uids - listed[key]}
    total = stayed + sum(len(uids) for uids in ours.values())
    too_many = sum(lost.values()) > max(Decimal(FEW), total * believable)
    return {**lost} if too_many else {}


def _owner(partner: Partner, module: str, obj: Any) -> PartyId:
    party = PartyId(obj.country_code, obj.party_id)
    if module != HUB_CLIENT_INFO and not partner.owns(party):
        raise OcpiError(f"party {party.country_code}-{party.party_id} does not belong to {partner.name}")
    return party


def name(item: Any) -> str:
    return str(item.get("id", "object without id"))[:39] if isinstance(item, dict) else "not an object"
