"""Reads the energy meter of a running charge: what flowed since the last reading, in slices of constant power."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from mock_cpo.charge import Charge
from mock_cpo.limits import allowed_kw, next_change
from mock_cpo.taximeter import Kind, Slice

STEP = timedelta(seconds=60)
"""The power of a battery is taken as constant for so long."""
SHORTEST = timedelta(seconds=10)
MILLI = Decimal("0.001")
"""The meter counts watt-hours."""


def read_meter(charge: Charge, now: datetime, final: bool = False) -> None:
    """Appends slices until `now`; short stretches wait for the next reading unless this is the last one."""
    while (left := now - charge.cursor) > timedelta(0) and (final or left >= SHORTEST):
        _append(charge, _parked(charge, left) if charge.vehicle.full else _charged(charge, min(left, STEP)))


def _parked(charge: Charge, left: timedelta) -> Slice:
    """The car is full and asks for no power (TCS-09)."""
    return Slice(charge.cursor, charge.cursor + left, Kind.PARKING, report=charge.report)


def _charged(charge: Charge, left: timedelta) -> Slice:
    car = charge.vehicle
    direct = charge.connector["power_type"] == "DC"
    kw = car.power(allowed_kw(charge, charge.cursor), direct)
    seconds = int(min(left, _unchanged(charge)).total_seconds())
    if kw:
        seconds = min(seconds, max(1, -(-int(car.missing_kwh() / kw * 3_600_000) // 1000)))
    energy = min(kw * seconds / 3600, car.missing_kwh())
    before = _watt_hours(charge.meter)
    charge.meter += energy
    car.charge(energy)
    return Slice(
        charge.cursor,
        charge.cursor + timedelta(seconds=seconds),
        Kind.CHARGING,
        _watt_hours(charge.meter) - before,
        Decimal(str(kw)).quantize(MILLI),
        _amperes(charge, kw),
        round(car.soc, 1) if direct else None,
        charge.report,
    )


def _unchanged(charge: Charge) -> timedelta:
    """For how long the limits stay as they are."""
    change = next_change(charge, charge.cursor)
    return change - charge.cursor if change else timedelta.max


def _watt_hours(kwh: float) -> Decimal:
    return Decimal(str(kwh)).quantize(MILLI)


def _amperes(charge: Charge, kw: float) -> Decimal:
    """Current summed over the phases."""
    return Decimal(str(kw * 1000 / charge.connector["max_voltage"])).quantize(Decimal("0.1"))


def _append(charge: Charge, piece: Slice) -> None:
    """Slices that differ in nothing but time become one."""
    last = charge.slices[-1] if charge.slices else None
    if last and (last.kind, last.kw, last.report) == (piece.kind, piece.kw, piece.report):
        charge.slices[-1] = replace(last, end=piece.end, kwh=last.kwh + piece.kwh, soc=piece.soc)
    else:
        charge.slices.append(piece)
