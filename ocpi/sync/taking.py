"""Taking over what a list brought: decode, leave alone what we have, hand the rest to the service of its module."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import DataError

from ocpi.partners.models import Partner
from ocpi.protocol.errors import InvalidObject, OcpiError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import ci_key

from .modules import HUB_CLIENT_INFO, MODULES, Key, key_of, same

FEW = 10  # so many may always vanish, whatever their share


@dataclass(frozen=True)
class Bad:
    """An object of a list, and why it could not be taken over: problems as `path: what is wrong`."""

    item: Any
    problems: list[str]


@dataclass
class Decoded:
    objects: list[tuple[Any, PartyId, Any]] = field(default_factory=list)  # (as it came, its owner, what it is)
    bad: list[Bad] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # what belongs to somebody else, and why we think so


@dataclass
class Taken:
    """What became of a page. `good`: what is stored now, or was before; `withheld`: EVSEs that it may not hide."""

    bad: list[Bad]
    others: list[str]
    good: set[Key] = field(default_factory=set)
    changed: int = 0
    withheld: int = 0
    newest: datetime | None = None

    def note(self, key: Key | None, moment: datetime, changed: bool) -> None:
        self.changed += changed
        self.newest = max(self.newest or moment, moment)
        if key is not None:
            self.good.add(key)


def decode(partner: Partner, module: str, items: Iterable[Any]) -> Decoded:
    """No query, no transaction: what a list brought, told apart."""
    found = Decoded()
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
            taken.note(key, obj.last_updated, changed=False)
        else:
            _store(partner, module, item, party, obj, taken)
    return taken


def take(partner: Partner, module: str, item: Any) -> Taken:
    """One object by itself, believed whatever it takes away."""
    return store(partner, module, decode(partner, module, [item]), believable=Decimal(1))


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
        taken.note(key_of(item), obj.last_updated, stored.applied)


def _doubtful(known: dict[Key, Any], decoded: Decoded, believable: Decimal) -> dict[Key | None, int]:
    """Locations that lack EVSEs which we show, with how many, when too many EVSEs of this page would go at once."""
    listed = {key_of(item): {ci_key(evse.uid) for evse in obj.evses or []} for item, _, obj in decoded.objects}
    ours = {key: {evse.uid for evse in row.evses.all() if evse.status != "REMOVED"} for key, row in known.items()}
    lost = {key: len(uids - listed[key]) for key, uids in ours.items() if key in listed and uids - listed[key]}
    total = sum(len(uids) for uids in ours.values())
    too_many = sum(lost.values()) > max(Decimal(FEW), total * believable)
    return {**lost} if too_many else {}


def _owner(partner: Partner, module: str, obj: Any) -> PartyId:
    party = PartyId(obj.country_code, obj.party_id)
    if module != HUB_CLIENT_INFO and not partner.owns(party):
        raise OcpiError(f"party {party.country_code}-{party.party_id} does not belong to {partner.name}")
    return party


def name(item: Any) -> str:
    return str(item.get("id", "object without id"))[:39] if isinstance(item, dict) else "not an object"
