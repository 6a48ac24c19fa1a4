"""Rules of charging profiles that need no database: what may be sent, and what it means in kilowatts."""

from decimal import ROUND_DOWN, Decimal
from itertools import pairwise

from ocpi.protocol import errors
from ocpi.protocol.chargingprofiles import ChargingProfile, ChargingRateUnit

_TENTH = Decimal("0.1")


def sendable(profile: ChargingProfile) -> ChargingProfile:
    """The profile as it may be sent: rates with one decimal, cut off because they are maxima (CHP-16).

    Raises InvalidObject for one that a charger could not follow (CHP-17).
    """
    problems = _problems(profile)
    if problems:
        raise errors.InvalidObject(problems=[f"charging_profile.{problem}" for problem in problems])
    sent = profile.model_copy(deep=True)
    if sent.min_charging_rate is not None:
        sent.min_charging_rate = _one_decimal(sent.min_charging_rate)
    for period in sent.charging_profile_period:
        period.limit = _one_decimal(period.limit)
    return sent


def _problems(profile: ChargingProfile) -> list[str]:
    starts = [period.start_period for period in profile.charging_profile_period]
    rates = [period.limit for period in profile.charging_profile_period] + [profile.min_charging_rate or Decimal(0)]
    found = {
        "charging_profile_period: needs at least one period": not starts,
        "charging_profile_period[0].start_period: must be 0": bool(starts) and starts[0] != 0,
        "charging_profile_period: start_period must increase": any(b <= a for a, b in pairwise(starts)),
        "charging_profile_period: limits must not be negative": min(rates) < 0,
        "duration: must be more than 0": profile.duration is not None and profile.duration <= 0,
    }
    return [problem for problem, holds in found.items() if holds]


def _one_decimal(rate: Decimal) -> Decimal:
    return rate.quantize(_TENTH, ROUND_DOWN)


def kilowatts(limit: Decimal, unit: str, *, volts: int, phases: int) -> Decimal:
    """A limit as power: W is the total, A is the current of each phase at line-to-neutral volts (CHP-15)."""
    watts = limit if unit == ChargingRateUnit.W else limit * volts * phases
    return watts / 1000
