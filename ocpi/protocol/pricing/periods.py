"""R1, R6, R7: charging periods in order, each with its end, its volumes, and what came before it.

Volumes are kWh and seconds. Everything odd about the periods becomes a warning, nothing an exception.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from ocpi.protocol.cdrs import CDR, ChargingPeriod
from ocpi.protocol.pricing.policy import Reading
from ocpi.protocol.pricing.remarks import remarks
from ocpi.protocol.pricing.results import ZERO
from ocpi.protocol.pricing.stretches import CONTEXT_ONLY, PRICED, Charge, Stretch, is_known
from ocpi.protocol.sessions import Session

HOUR = Decimal(3600)
SNAP = Decimal("0.36")  # seconds: one unit of the fourth decimal of an hour


def charge_of(source: CDR | Session, reading: Reading) -> Charge:
    """Read a CDR or a running session. A session without an end is taken to last until it was last updated."""
    end = source.end_date_time or source.last_updated
    periods = source.charging_periods
    order = sorted(range(len(periods)), key=lambda index: periods[index].start_date_time)
    ends = [periods[index].start_date_time for index in order[1:]] + [end]
    listed = [_stretch(index, periods[index], ends[place], reading) for place, index in enumerate(order)]
    if reading.durations != "listed":
        listed = [_by_timestamps(stretch, reading) for stretch in listed]
    if reading.energy == "total":
        _complete_energy(listed, source)
    expired = _is_expired(listed)
    stretches = accumulate(listed, source.start_date_time)
    return Charge(
        source.currency,
        source.start_date_time,
        end,
        stretches,
        source.cdr_location.country if isinstance(source, CDR) else None,
        expired,
        any(stretch.energy is not None for stretch in stretches),
        tuple(remarks(source, stretches, order, expired=expired)),
    )


def _stretch(index: int, period: ChargingPeriod, end: datetime, reading: Reading) -> Stretch:
    start = period.start_date_time
    found: dict[str, Decimal] = {}
    for dimension in period.dimensions:
        kind, volume = dimension.type, dimension.volume
        if kind not in found:
            found[kind] = volume
        elif kind in PRICED:
            found[kind] += volume
        elif kind in CONTEXT_ONLY:
            found[kind] = (min if kind.startswith("MIN") else max)(found[kind], volume)
    get = found.get
    return Stretch(
        index,
        start,
        max(start, end),
        period.tariff_id,
        get("ENERGY"),
        seconds(get("TIME"), reading),
        seconds(get("PARKING_TIME"), reading),
        seconds(get("RESERVATION_TIME"), reading),
        get("MIN_POWER"),
        get("MAX_POWER"),
        get("MIN_CURRENT"),
        get("MAX_CURRENT"),
    )


def seconds(hours: Decimal | None, reading: Reading) -> Decimal | None:
    """Hours with four decimals cannot hold most durations; what is near a whole second was one (R7)."""
    if hours is None:
        return None
    exact = hours * HOUR
    nearest = exact.to_integral_value()
    return nearest if reading.snap and abs(exact - nearest) <= SNAP else exact


def _by_timestamps(stretch: Stretch, reading: Reading) -> Stretch:
    length = Decimal(stretch.seconds)
    if not stretch.charges:
        return replace(stretch, reserved=length)
    if reading.durations == "whole_session":
        return replace(stretch, time=length, parking=None)
    return replace(stretch, parking=length) if stretch.parking is not None else replace(stretch, time=length)


def _complete_energy(stretches: Sequence[Stretch], source: CDR | Session) -> None:
    """Put what the total has and the periods lack into the last period with energy, or else into the first."""
    total = source.total_energy if isinstance(source, CDR) else source.kwh
    last = next((stretch for stretch in reversed(stretches) if stretch.energy), stretches[0] if stretches else None)
    if last is not None:
        listed = sum((stretch.energy or ZERO for stretch in stretches), ZERO)
        last.energy = (last.energy or ZERO) + total - listed


def _is_expired(stretches: Iterable[Stretch]) -> bool:
    used = reserved = False
    for stretch in stretches:
        used = used or stretch.charges
        reserved = reserved or bool(stretch.reserved)
    return reserved and not used


def accumulate(stretches: Sequence[Stretch], session_start: datetime) -> tuple[Stretch, ...]:
    """Fill in the energy and the seconds before each stretch; with a reservation, the clock starts after it (R12)."""
    begin = session_start if is_known(session_start) or not stretches else stretches[0].start
    clock = _clock(stretches, begin)
    energy, parked_at = ZERO, None
    for stretch in stretches:
        if parked_at is None and stretch.parking:
            parked_at = stretch.start
        stretch.energy_before = energy
        stretch.elapsed = _since(clock, stretch.start)
        stretch.parked = None if parked_at is None else _since(parked_at, stretch.start)
        stretch.reserved_elapsed = _since(begin, stretch.start)
        energy += stretch.energy or ZERO
    return tuple(stretches)


def _clock(stretches: Sequence[Stretch], begin: datetime) -> datetime:
    if any(stretch.reserved for stretch in stretches):
        return next((stretch.start for stretch in stretches if stretch.charges), begin)
    return begin


def _since(begin: datetime, moment: datetime) -> int:
    return max(0, (moment - begin) // timedelta(seconds=1))
