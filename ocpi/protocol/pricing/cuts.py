"""Where a price may change inside a stretch of time, and the stretch cut there, its volumes shared evenly over time.

Used to estimate, and to tell what an unsplit period hides (R9); never to price what a CPO sent.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

from ocpi.protocol.pricing.conditions import window
from ocpi.protocol.pricing.stretches import Stretch, is_known
from ocpi.protocol.tariffs import Tariff, TariffRestrictions

LONGEST = timedelta(days=31)
_EXACT = Decimal("1e-12")
_TOO_LARGE = Decimal("1e15")
_SECOND = timedelta(seconds=1)


def split(stretch: Stretch, tariff: Tariff, zone: ZoneInfo) -> list[Stretch]:
    """The stretch in pieces between possible price changes; as it is when too long, or its times are not known."""
    length = stretch.end - stretch.start
    if not timedelta(0) < length <= LONGEST or not is_known(stretch.start) or not stretch.charges:
        return [stretch]
    cuts = sorted({cut for cut in _cuts(stretch, tariff, zone) if stretch.start < cut < stretch.end})
    edges = [stretch.start, *cuts, stretch.end]
    shares = [Decimal((edge - stretch.start) // timedelta(microseconds=1)) for edge in edges]
    return [
        _piece(stretch, first, last, (low / shares[-1], high / shares[-1]))
        for (first, last), (low, high) in zip(pairwise(edges), pairwise(shares), strict=True)
    ]


def _piece(stretch: Stretch, start: datetime, end: datetime, shares: tuple[Decimal, Decimal]) -> Stretch:
    return replace(
        stretch,
        start=start,
        end=end,
        energy=_between(stretch.energy, *shares),
        time=_between(stretch.time, *shares),
        parking=_between(stretch.parking, *shares),
        # Reserved time precedes what is charged in the same period; it stays whole, in the first piece.
        reserved=stretch.reserved if shares[0] == 0 else None,
    )


def _between(volume: Decimal | None, low: Decimal, high: Decimal) -> Decimal | None:
    """The volume between two shares; rounded before subtracted, so that sums stay exact."""
    return None if volume is None else _part(volume, high) - _part(volume, low)


def _part(volume: Decimal, share: Decimal) -> Decimal:
    absurd = abs(volume) >= _TOO_LARGE
    return volume if share == 1 else volume * share if absurd else (volume * share).quantize(_EXACT)


def _cuts(stretch: Stretch, tariff: Tariff, zone: ZoneInfo) -> Iterator[datetime]:
    found = [element.restrictions for element in tariff.elements if element.restrictions is not None]
    yield from _of_clock(stretch, found, zone)
    for r in found:
        yield from _of_energy(stretch, (r.min_kwh, r.max_kwh))
        for bound in (r.min_duration, r.max_duration):
            if bound is not None and bound > stretch.elapsed:
                yield stretch.start + (bound - stretch.elapsed) * _SECOND


def _of_energy(stretch: Stretch, bounds: Iterable[Decimal | None]) -> Iterator[datetime]:
    if not stretch.energy or stretch.energy <= 0:
        return
    microseconds = (stretch.end - stretch.start) // timedelta(microseconds=1)
    for bound in bounds:
        if bound is not None and 0 < bound - stretch.energy_before < stretch.energy:
            share = (bound - stretch.energy_before) / stretch.energy
            # Rounded up, so that the energy at the cut has reached the bound.
            yield stretch.start + timedelta(microseconds=-int(-share * microseconds // 1))


def _of_clock(stretch: Stretch, found: list[TariffRestrictions], zone: ZoneInfo) -> Iterator[datetime]:
    minutes = {minute for r in found for minute in window(r.start_time, r.end_time)}
    if any(r.day_of_week or r.start_date or r.end_date for r in found) or minutes - {0, 1440}:
        yield from _wall_clock(stretch, minutes | {0}, zone)


def _wall_clock(stretch: Stretch, minutes: set[int], zone: ZoneInfo) -> Iterator[datetime]:
    day = stretch.start.astimezone(zone).date() - timedelta(days=1)
    last = stretch.end.astimezone(zone).date()
    while day <= last:
        for minute in minutes - {1440}:
            local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
            # Both of an hour that occurs twice.
            yield local.astimezone(UTC)
            yield local.replace(fold=1).astimezone(UTC)
        yield from _change_of_offset(datetime(day.year, day.month, day.day, tzinfo=zone))
        day += timedelta(days=1)


def _change_of_offset(midnight: datetime) -> Iterator[datetime]:
    """The moment of a daylight-saving change on this day: the wall clock jumps over a bound there, or back."""
    before, after = midnight, midnight + timedelta(days=1)
    if before.utcoffset() == after.utcoffset():
        return
    start = before.astimezone(UTC)
    minutes = range(int((after.astimezone(UTC) - start).total_seconds() // 60) + 1)
    yield start + timedelta(minutes=bisect_left(minutes, True, key=partial(_has_moved, start, midnight)))


def _has_moved(start: datetime, midnight: datetime, minutes: int) -> bool:
    return (start + timedelta(minutes=minutes)).astimezone(midnight.tzinfo).utcoffset() != midnight.utcoffset()
