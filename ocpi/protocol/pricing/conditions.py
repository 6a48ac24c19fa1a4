"""R10 to R13: whether the restrictions of a tariff element hold at one moment.

Restrictions become tests once per run; a test that power or current leaves undecided records a doubt at the moment.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from ocpi.protocol.pricing.policy import Reading
from ocpi.protocol.tariffs import TariffRestrictions

WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
DAY = 1440


@dataclass(slots=True)
class Moment:
    """What restrictions are judged by. `minute` is of the local day, `weekday` 0 is Monday, `elapsed` is seconds.

    Power is in kW, current in A over all phases; `average_power` gives None when the charge lists no energy.
    """

    minute: int = 0
    date: str = ""
    weekday: int = 0
    energy: Decimal = Decimal(0)
    elapsed: int = 0
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    average_power: Callable[[], Decimal | None] = lambda: None
    doubts: set[str] = field(default_factory=set)


Test = Callable[[Moment], bool]


def tests(restrictions: TariffRestrictions | None, reading: Reading) -> tuple[Test, ...]:
    """All of them must hold. Power and current come last, so that a doubt means that everything else did hold."""
    if restrictions is None or reading.restrictions == "none":
        return ()
    return (*_of_calendar(restrictions, reading), *_of_session(restrictions), *_of_flow(restrictions, reading))


def is_local(restrictions: TariffRestrictions | None) -> bool:
    """Whether the local time decides."""
    r = restrictions
    return r is not None and bool(r.start_time or r.end_time or r.start_date or r.end_date or r.day_of_week)


def is_timed(restrictions: TariffRestrictions | None) -> bool:
    """Whether the clock decides, on the wall or since the start."""
    r = restrictions
    return is_local(r) or (r is not None and (r.min_duration is not None or r.max_duration is not None))


def window(start: str | None, end: str | None) -> tuple[int, int]:
    """Minutes of the local day, start inclusive, end exclusive; `end` below `start` wraps midnight (R10)."""
    first = _minutes(start) if start else 0
    last = (_minutes(end) if end else 0) or DAY
    return (0, DAY) if start is not None and start == end else (first, last)


@lru_cache(maxsize=1440)
def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _of_calendar(r: TariffRestrictions, reading: Reading) -> Iterator[Test]:
    first, last = window(r.start_time, r.end_time)
    if first < last and (first, last) != (0, DAY):
        yield lambda m: first <= m.minute < last
    elif last < first:
        yield lambda m: m.minute >= first or m.minute < last
    if r.start_date is not None:
        yield _since(r.start_date)
    if r.end_date is not None:
        yield _until(r.end_date)
    if r.day_of_week:
        wraps = last < first and reading.policy.wrapped_weekday == "first_day"
        yield _on(frozenset(WEEKDAYS.index(day) for day in r.day_of_week), last if wraps else 0)


def _since(date: str) -> Test:
    return lambda m: m.date >= date


def _until(date: str) -> Test:
    return lambda m: m.date < date


def _on(days: frozenset[int], still_yesterday: int) -> Test:
    if still_yesterday:
        return lambda m: (m.weekday - 1 if m.minute < still_yesterday else m.weekday) % 7 in days
    return lambda m: m.weekday in days


def _of_session(r: TariffRestrictions) -> Iterator[Test]:
    min_kwh, max_kwh, min_duration, max_duration = r.min_kwh, r.max_kwh, r.min_duration, r.max_duration
    if min_kwh is not None:
        yield lambda m: min_kwh <= m.energy
    if max_kwh is not None:
        yield lambda m: m.energy < max_kwh
    if min_duration is not None:
        yield lambda m: min_duration <= m.elapsed
    if max_duration is not None:
        yield lambda m: m.elapsed < max_duration


def _of_flow(r: TariffRestrictions, reading: Reading) -> Iterator[Test]:
    averaged = reading.policy.unknown_power == "average"
    min_current, max_current, min_power, max_power = r.min_current, r.max_current, r.min_power, r.max_power
    if min_current is not None:
        yield lambda m: _current_reaches(m, min_current) is True
    if max_current is not None:
        yield lambda m: _current_reaches(m, max_current) is False
    if min_power is not None:
        yield lambda m: _power_reaches(m, min_power, averaged) is True
    if max_power is not None:
        yield lambda m: _power_reaches(m, max_power, averaged) is False


def _reaches(low: Decimal | None, high: Decimal | None, limit: Decimal) -> bool | None:
    """Whether a value between low and high is at or above the limit: yes, no, or it cannot be told (R13)."""
    if low is not None and high is not None and low > high:
        return None  # bounds that contradict each other prove nothing
    if low is not None and low >= limit:
        return True
    return False if high is not None and high < limit else None


def _current_reaches(m: Moment, limit: Decimal) -> bool | None:
    found = _reaches(m.min_current, m.max_current, limit)
    if found is None:
        m.doubts.add("current_unknown")
    return found


def _power_reaches(m: Moment, limit: Decimal, averaged: bool) -> bool | None:
    found = _reaches(m.min_power, m.max_power, limit)
    if found is not None:
        return found
    average = m.average_power() if averaged else None
    if average is None:
        m.doubts.add("power_unknown")
        return None
    m.doubts.add("power_averaged")
    return average >= limit
