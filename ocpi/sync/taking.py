"""Taking over what a list brought: decode, leave alone what we have, hand the rest to the service of its module."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import DataError, transaction

from ocpi.partners.deviations import LENIENCIES
from ocpi.partners.models import Partner
from ocpi.protocol import envelope
from ocpi.protocol.errors import InvalidObject, OcpiError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.model import Tolerance
from ocpi.protocol.types import ci_key, parse_datetime

from .ahead import Ahead
from .modules import HUB_CLIENT_INFO, MODULES, Key, key_of, same

Named = tuple[Key | None, Any]  # an object as it came, by its name; None for a riddle
FEW = 10  # so many may always vanish, whatever their share


@dataclass(frozen=True)
class Bad:
    """An object of a list, and why it could not be taken over: problems as `path: what is wrong`."""

    item: Any
    problems: list[str]


class Read(NamedTuple):
    """An object as it came, by its name, whose it is, what it is, its wire form, and how it is written with others."""

    key: Key | None
    item: Any
    party: PartyId
    obj: Any
    form: dict[str, Any]
    listed: Any


class _Valid(NamedTuple):
    """The same before somebody has asked whose it is; and what was overlooked in it."""

    key: Key | None
    item: Any
    obj: Any
    form: dict[str, Any]
    listed: Any
    overlooked: list[str]


class _Invalid(NamedTuple):
    item: Any
    problems: list[str]
    overlooked: list[str]


@dataclass
class Decoded:
    """`unchanged`: what came just so the last time, and is stored; it was not read again."""

    keys: list[Key] = field(default_factory=list)  # of all that can be named
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
    remembered: set[Key | None] = field(default_factory=set)  # and what is known by its digest already
    changed: int = 0
    withheld: int = 0
    newest: datetime | None = None

    def note(self, key: Key | None, moment: datetime, changed: bool, exactly: bool = False) -> None:
        self.changed += changed
        self.newest = max(self.newest or moment, moment)
        if key is not None:
            self.good.add(key)
            if exactly:
                self.stored.add(key)


@dataclass(frozen=True)
class Looked:
    """What can be told of a page at first sight: objects by their names, and digests of what may not have changed."""

    named: list[Named]
    digests: dict[Key, str]


def look(partner: Partner, module: str, items: Iterable[Any]) -> Looked:
    """Touches no table. A digest also tells what we overlook in their messages."""
    named = [(key_of(item), item) for item in items]
    if MODULES[module].bulk is None:
        return Looked(named, {})
    overlooked = repr({name: getattr(partner, name) for name in LENIENCIES}).encode()
    return Looked(named, _digests({key: item for key, item in named if key is not None}, overlooked))


def decode(partner: Partner, module: str, items: Iterable[Any]) -> Decoded:
    """What a list brought, told apart. No transaction, and no query but the one for what has not changed."""
    found = Decoded()
    named = _apart(partner, module, look(partner, module, items), found)
    return _decoded(partner, module, found, _validated(partner, module, named))


def decoding(partner: Partner, module: str, looked: Looked, ahead: Ahead) -> Callable[[], Decoded]:
    """As `decode`, which goes on `ahead` until somebody asks for what became of it."""
    found = Decoded()
    validated = ahead.submit(_validated, partner, module, _apart(partner, module, looked, found))
    return lambda: _decoded(partner, module, found, validated.result())


def _validated(partner: Partner, module: str, items: Sequence[Named]) -> list[_Valid | _Invalid]:
    """Touches no table."""
    nulls = b"null" in envelope.encode([item for _, item in items])
    return [_valid(module, key, item, partner.overlooking(), nulls) for key, item in items]


def _valid(module: str, key: Key | None, item: Any, tolerance: Tolerance, nulls: bool) -> _Valid | _Invalid:
    try:
        obj: Any = MODULES[module].wire.from_wire(item, tolerance)
    except InvalidObject as error:
        return _Invalid(item, error.problems, tolerance.warnings)
    form = item if tolerance.as_it_came and not nulls else obj.to_wire()
    bulk = MODULES[module].bulk
    return _Valid(key, item, obj, form, bulk and bulk.listed(obj, form), tolerance.warnings)


def _decoded(partner: Partner, module: str, found: Decoded, validated: Iterable[_Valid | _Invalid]) -> Decoded:
    for each in validated:
        partner.note(each.overlooked)
        if isinstance(each, _Invalid):
            found.bad.append(Bad(each.item, each.problems))
            continue
        try:
            party = _owner(partner, module, each.obj)
            found.objects.append(Read(each.key, each.item, party, each.obj, each.form, each.listed))
        except OcpiError as error:
            found.others.append(f"{name(each.item)}: {error.message}")
    return found


def store(partner: Partner, module: str, decoded: Decoded, *, believable: Decimal) -> Taken:
    """In the caller's transaction. `believable`: the share of a page's EVSEs that it may take away (PAG-26)."""
    taken = Taken([*decoded.bad], [*decoded.others])
    for known_key, item in decoded.unchanged.items():
        taken.note(known_key, parse_datetime(item["last_updated"]), changed=False)
    todo: list[Read] = []
    known = MODULES[module].known(partner, (read.obj for read in decoded.objects))
    doubtful = _doubtful(known, decoded, believable) if module == "locations" else {}
    taken.withheld = sum(doubtful.values())
    met: set[Key | None] = {None}  # what comes twice is not what the row was
    for read in decoded.objects:
        row = None if read.key in met else known.get(read.key)
        met.add(read.key)
        if read.key in doubtful:
            missing = doubtful[read.key]
            taken.bad.append(Bad(read.item, [f"evses: {missing} EVSEs are missing, of too many at once; not believed"]))
        elif row is not None and same(row, read.form):
            taken.note(read.key, read.obj.last_updated, changed=False, exactly=True)
        else:
            todo.append(read)
    digests = _of_what_came_once(decoded)
    _store_all(partner, module, todo, known, digests, taken)
    _remember(partner, module, digests, taken)
    return taken


def take(partner: Partner, module: str, item: Any) -> Taken:
    """One object by itself, believed whatever it takes away."""
    return store(partner, module, decode(partner, module, [item]), believable=Decimal(1))


def _apart(partner: Partner, module: str, looked: Looked, found: Decoded) -> Sequence[Named]:
    """What must be read: without that whose digest is known."""
    found.keys = [key for key, _ in looked.named if key is not None]
    bulk = MODULES[module].bulk
    if bulk is None:
        return looked.named
    found.digests = {key: digest for key, digest in looked.digests.items() if partner.owns(PartyId(*key[:2]))}
    known = bulk.unchanged(partner=partner, digests=found.digests)
    found.unchanged = {key: item for key, item in looked.named if key in known}
    return [(key, item) for key, item in looked.named if key not in known]


def _digests(named: dict[Key, Any], overlooked: bytes) -> dict[Key, str]:
    begun = hashlib.blake2b(key=hashlib.sha256(overlooked).digest(), digest_size=16)
    found = {}
    for key, item in named.items():
        digest = begun.copy()
        digest.update(envelope.encode(item))
        found[key] = digest.hexdigest()
    return found


def _of_what_came_once(decoded: Decoded) -> dict[Key, str]:
    """What comes twice in a list is read again the next time."""
    came = Counter(read.key for read in decoded.objects)
    return {key: digest for key, digest in decoded.digests.items() if came[key] == 1}


def _remember(partner: Partner, module: str, digests: dict[Key, str], taken: Taken) -> None:
    """What is stored as it came; what was older than ours is read again the next time."""
    left = {key: digests[key] for key in taken.stored - taken.remembered if key in digests}
    if left:
        MODULES[module].bulk.remember(partner=partner, digests=left)


def _store_all(
    partner: Partner, module: str, todo: list[Read], known: dict[Key, Any], digests: dict[Key, str], taken: Taken
) -> None:
    """A page at once where that is possible; when one of it is at fault, each by itself."""
    bulk = MODULES[module].bulk
    if bulk is not None and len(todo) > 1:
        listed = [read.listed._replace(digest=digests.get(read.key) if read.key else None) for read in todo]
        try:
            with transaction.atomic():
                stored = bulk.put(partner=partner, locations=listed, locked=known)
        except (OcpiError, DataError):
            pass  # nothing was stored; which of them is at fault is told below
        else:
            for read, one in zip(todo, stored, strict=True):
                taken.note(read.key, read.obj.last_updated, one.applied, exactly=one.applied)
            taken.remembered |= {read.key for read in todo}
            return
    for read in todo:
        _store(partner, module, read, taken)


def _store(partner: Partner, module: str, read: Read, taken: Taken) -> None:
    try:
        stored = MODULES[module].store(partner, read.party, read.obj)
    except InvalidObject as error:
        taken.bad.append(Bad(read.item, error.problems))
    except OcpiError as error:
        taken.others.append(f"{name(read.item)}: {error.message}")
    except DataError as error:  # one object must not stop the list for ever
        taken.bad.append(Bad(read.item, [f"our database cannot hold it ({type(error).__name__})"]))
    else:
        taken.note(read.key, read.obj.last_updated, stored.applied, exactly=stored.applied)


def _doubtful(known: dict[Key, Any], decoded: Decoded, believable: Decimal) -> dict[Key | None, int]:
    """Locations that lack EVSEs which we show, with how many, when too many EVSEs of this page would go at once."""
    if not known:
        return {}
    listed = {read.key: {ci_key(evse.uid) for evse in read.obj.evses or []} for read in decoded.objects}
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
