"""What rules are about: plain values, gathered by `gathering`, so that a rule needs no database and no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

HOLD = timedelta(minutes=5)  # a permission without a session counts as a charge for so long
_CLOCKS_DIFFER = timedelta(minutes=2)


class UnitPrice(NamedTuple):
    """The dearest kWh of an EVSE now, excluding VAT."""

    price: Decimal
    currency: str


class Spot(NamedTuple):
    """Who charges where: ids in upper case, empty where nobody said."""

    token_id: int | None
    location_id: str = ""
    evse_uids: tuple[str, ...] = ()


class Permission(NamedTuple):
    """An ALLOWED that we gave a moment ago."""

    spot: Spot
    reference: str
    decided_at: datetime


class Charge(NamedTuple):
    """A session, as far as it matters who is charging."""

    spot: Spot
    reference: str
    started_at: datetime
    is_open: bool


@dataclass(frozen=True)
class Facts:
    """`country`: ISO 3166-1 alpha-3, empty where we do not know the location. `prices`: by EVSE, in upper case, where
    known; `evse_uids`: all of the location.

    `listed` and `barred`: what the policy says of the partner; `listed` is None when it lists none. `charging`: charges
    at once without the one that is asked about. `spent`: in the budget's currency and period, excluding VAT.
    """

    now: datetime
    partner: str = ""
    listed: bool | None = None
    barred: bool | None = None
    country: str = ""
    evse_uids: Sequence[str] = ()
    prices: Mapping[str, UnitPrice] = field(default_factory=dict)
    charging: int = 0
    spent: Decimal = Decimal(0)


def charging(asked: Spot, permissions: Sequence[Permission], charges: Sequence[Charge]) -> int:
    """How many others charge: open sessions, and permissions that may become one any moment.

    A driver who holds the card to the same charger once more wants one charge, not two; and a CPO that got a command
    may ask about its token too.
    """
    running = [charge for charge in charges if charge.is_open and not _same(charge.spot, asked)]
    waiting = [each for each in permissions if not _same(each.spot, asked) and not _used(each, charges)]
    return len(running) + len(waiting)


def _same(one: Spot, other: Spot) -> bool:
    """As far as the two say where."""
    here = one.location_id == other.location_id or not (one.location_id and other.location_id)
    evses = bool(set(one.evse_uids) & set(other.evse_uids)) or not (one.evse_uids and other.evse_uids)
    return one.token_id == other.token_id and here and evses


def _used(permission: Permission, charges: Sequence[Charge]) -> bool:
    """By its reference, or, because many CPOs lose that, by its driver, place and time."""
    since = permission.decided_at - _CLOCKS_DIFFER
    return any(
        charge.reference == permission.reference or (_same(charge.spot, permission.spot) and charge.started_at >= since)
        for charge in charges
    )
