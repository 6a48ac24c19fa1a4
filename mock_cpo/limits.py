"""How much power a charge may draw at a moment: the EVSE, a charging profile, the CPO's own limit, a pause."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mock_cpo.vehicles import PHASES, connector_power
from ocpi.protocol.chargingprofiles import ChargingProfile, ChargingRateUnit

if TYPE_CHECKING:
    from mock_cpo.charge import Charge

Wire = dict[str, Any]


@dataclass(slots=True)
class Limits:
    """Of one charge. `agreed`: the eMSP has set a profile with success once, so it hears of every change (CHP-14)."""

    profile: ChargingProfile | None = None
    agreed: bool = False
    local_kw: float | None = None
    pause: tuple[datetime, datetime] | None = None


def allowed_kw(charge: "Charge", at: datetime) -> float:
    """kW that may flow at most."""
    bounds = [connector_power(charge.connector), charge.limits.local_kw, _profile_kw(charge, at)]
    pause = charge.limits.pause
    paused = pause is not None and pause[0] <= at < pause[1]
    return 0.0 if paused else min(bound for bound in bounds if bound is not None)


def next_change(charge: "Charge", after: datetime) -> datetime | None:
    """When `allowed_kw` may change next."""
    return min((moment for moment in _changes(charge) if moment > after), default=None)


def active_profile(charge: "Charge", at: datetime, seconds: int) -> Wire:
    """An OCPI ActiveChargingProfile; without a profile it shows the maximum of the EVSE (CHP-14)."""
    unit = charge.limits.profile.charging_rate_unit if charge.limits.profile else ChargingRateUnit.W
    end = at + timedelta(seconds=seconds)
    moments = sorted({at, *(moment for moment in _changes(charge) if at < moment < end)})
    periods = [
        {
            "start_period": int((moment - at).total_seconds()),
            "limit": round(allowed_kw(charge, moment) * 1000 / watts_per(unit, charge.connector), 1),
        }
        for moment in moments
    ]
    text = at.isoformat().replace("+00:00", "Z")
    profile = {
        "start_date_time": text,
        "duration": seconds,
        "charging_rate_unit": unit.value,
        "charging_profile_period": periods,
    }
    return {"start_date_time": text, "charging_profile": profile}


def watts_per(unit: ChargingRateUnit, connector: Wire) -> float:
    """Watts of one unit of a limit: A counts for each phase (CHP-15)."""
    if unit is ChargingRateUnit.W:
        return 1.0
    return float(connector["max_voltage"] * PHASES[connector["power_type"]])


def _profile_kw(charge: "Charge", at: datetime) -> float | None:
    """The profile's limit; below its min_charging_rate charging makes no sense."""
    profile = charge.limits.profile
    if profile is None:
        return None
    started = [limit for start, limit in _steps(charge, profile) if start <= at]
    end = _end(charge, profile)
    if not started or (end and at >= end):
        return None
    limit = 0.0 if started[-1] < float(profile.min_charging_rate or 0) else started[-1]
    return limit * watts_per(profile.charging_rate_unit, charge.connector) / 1000


def _steps(charge: "Charge", profile: ChargingProfile) -> list[tuple[datetime, float]]:
    start = _start(charge, profile)
    periods = sorted(profile.charging_profile_period, key=lambda period: period.start_period)
    return [(start + timedelta(seconds=period.start_period), float(period.limit)) for period in periods]


def _start(charge: "Charge", profile: ChargingProfile) -> datetime:
    return profile.start_date_time or charge.activated or charge.created


def _end(charge: "Charge", profile: ChargingProfile) -> datetime | None:
    """None: the last period runs on (CHP-18)."""
    return None if profile.duration is None else _start(charge, profile) + timedelta(seconds=profile.duration)


def _changes(charge: "Charge") -> Iterator[datetime]:
    yield from charge.limits.pause or ()
    profile = charge.limits.profile
    if profile is None:
        return
    yield from (start for start, _ in _steps(charge, profile))
    end = _end(charge, profile)
    if end:
        yield end
