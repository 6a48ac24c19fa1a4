"""What a charge would cost: the engine, fed with an even charge that is cut wherever its price changes."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from ocpi.protocol.pricing.cuts import LONGEST
from ocpi.protocol.pricing.engine import price_charge
from ocpi.protocol.pricing.periods import HOUR
from ocpi.protocol.pricing.policy import Reading
from ocpi.protocol.pricing.results import Priced
from ocpi.protocol.pricing.stretches import Charge, Stretch, is_known
from ocpi.protocol.tariffs import Tariff


def estimate(
    tariff: Tariff,
    *,
    start: datetime,
    minutes: Decimal | int,
    kwh: Decimal | int,
    time_zone: str | None,
    power_kw: Decimal | int | None = None,
) -> Priced:
    """Price `kwh` within `minutes` from `start` (aware) on.

    With `power_kw` the car charges at that power and is parked for the rest of the time; without, it charges evenly
    all the time. ValueError for an impossible charge: no time or more than a month, negative energy, too little power
    for the time, or a start that is no moment of this age.
    """
    seconds, energy = Decimal(minutes) * 60, Decimal(kwh)
    if seconds <= 0 or energy < 0 or (power_kw is not None and power_kw <= 0):
        raise ValueError("a charge takes time and power, and its energy is not negative")
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"a charge takes {LONGEST.days} days at most")
    if not is_known(start):
        raise ValueError("start: a charge takes place in our age")
    power = energy * HOUR / seconds if power_kw is None else Decimal(power_kw)
    charging = seconds if power_kw is None else (energy * HOUR / power).to_integral_value(ROUND_CEILING)
    if charging > seconds:
        raise ValueError(f"{energy} kWh at {power} kW takes longer than {minutes} minutes")
    charge = _charge(tariff, start.astimezone(UTC), (charging, seconds - charging), energy, power)
    return price_charge(charge, [tariff], time_zone, Reading(split=True))


def _charge(
    tariff: Tariff, start: datetime, seconds: tuple[Decimal, Decimal], energy: Decimal, power: Decimal
) -> Charge:
    charging, parking = seconds
    full = start + timedelta(seconds=float(charging))
    end = full + timedelta(seconds=float(parking))
    stretches = []
    if charging:
        at_power = Stretch(0, start, full, tariff.id, energy, charging, min_power=power, max_power=power)
        stretches.append(at_power)
    if parking:
        stretches.append(Stretch(1, full, end, tariff.id, parking=parking, min_power=Decimal(0), max_power=Decimal(0)))
    return Charge(tariff.currency, start, end, tuple(stretches), lists_energy=True)
