"""Whether one tariff element applies whenever another does, told from their restrictions alone."""

from decimal import Decimal

from ocpi.protocol.pricing.conditions import WEEKDAYS, window
from ocpi.protocol.tariffs import PriceComponent, TariffElement, TariffRestrictions

_LEAST = ("min_kwh", "min_current", "min_power", "min_duration", "start_date")
_MOST = ("max_kwh", "max_current", "max_power", "max_duration", "end_date")
_NONE = TariffRestrictions()


def effective(r: TariffRestrictions | None) -> bool:
    """Whether restrictions restrict anything; a reservation is a matter of its own."""
    if r is None:
        return False
    bounds = any(getattr(r, name) is not None for name in (*_LEAST, *_MOST))
    days = bool(r.day_of_week) and len(set(r.day_of_week)) < 7
    return bounds or days or r.reservation is not None or window(r.start_time, r.end_time) != (0, 1440)


def covers(above: TariffElement, below: TariffElement, component: PriceComponent) -> bool:
    """Whether `above` prices the component's dimension at every moment at which `below` does."""
    if all(other.type != component.type for other in above.price_components):
        return False
    one, other = above.restrictions or _NONE, below.restrictions or _NONE
    return one.reservation == other.reservation and _wider(one, other)


def _wider(one: TariffRestrictions, other: TariffRestrictions) -> bool:
    least = all(_below(getattr(one, name), getattr(other, name)) for name in _LEAST)
    most = all(_below(getattr(other, name), getattr(one, name), upper=True) for name in _MOST)
    return least and most and _days(one) >= _days(other) and _hours(one, other)


def _below(low: Decimal | int | str | None, high: Decimal | int | str | None, *, upper: bool = False) -> bool:
    """Whether a bound lies at or below another; for upper bounds, absent means that there is none."""
    if (high if upper else low) is None:
        return True
    return low is not None and high is not None and low <= high  # type: ignore[operator]


def _days(r: TariffRestrictions) -> frozenset[str]:
    return frozenset(r.day_of_week or WEEKDAYS)


def _hours(one: TariffRestrictions, other: TariffRestrictions) -> bool:
    return _minutes(one) >= _minutes(other)


def _minutes(r: TariffRestrictions) -> frozenset[int]:
    first, last = window(r.start_time, r.end_time)
    return frozenset(range(first, last) if first < last else (*range(last), *range(first, 1440)))
