"""A charge as the engine sees it: stretches of time with volumes in kWh and seconds, in order."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from ocpi.protocol.pricing.results import ZERO, Warning

PRICED = frozenset({"ENERGY", "TIME", "PARKING_TIME", "RESERVATION_TIME"})
CONTEXT_ONLY = frozenset({"MIN_POWER", "MAX_POWER", "MIN_CURRENT", "MAX_CURRENT"})

_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Stretch:
    """One charging period. A volume is None when the period does not list the dimension.

    What came before it is filled in by `accumulate`: the energy in kWh, and whole seconds since the session began,
    since parking began (None before that), and since the reservation began.
    """

    index: int
    start: datetime
    end: datetime
    tariff_id: str | None
    energy: Decimal | None = None
    time: Decimal | None = None
    parking: Decimal | None = None
    reserved: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    energy_before: Decimal = ZERO
    elapsed: int = 0
    parked: int | None = None
    reserved_elapsed: int = 0

    @property
    def seconds(self) -> int:
        """Whole seconds from start to end, never negative."""
        return max(0, int((self.end - self.start).total_seconds()))

    @property
    def charges(self) -> bool:
        """Whether it belongs to the charging session: everything does but mere reserved time."""
        return bool(self.energy or self.time or self.parking) or not self.reserved


@dataclass(frozen=True, slots=True)
class Charge:
    """What is priced, in order of time. `expired`: a reservation that nobody followed up (R14)."""

    currency: str
    start: datetime
    end: datetime
    stretches: tuple[Stretch, ...]
    country: str | None = None
    expired: bool = False
    lists_energy: bool = False
    warnings: tuple[Warning, ...] = ()


def is_known(moment: datetime) -> bool:
    """Whether a moment is one; the epoch stands for "unknown" by agreement (CDR-30), and year 9999 for a mistake."""
    return _FIRST <= moment < _LAST
