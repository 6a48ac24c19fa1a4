"""Which price component of a tariff is active at a moment: restrictions and the walk over elements (mod_tariffs)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Wire = dict[str, Any]
WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
EXPIRED = ("RESERVATION_EXPIRES", "RESERVATION")
RESERVED = ("RESERVATION",)


def decimal(value: Any) -> Decimal:
    """A JSON number as it was written, without binary noise."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


@dataclass(frozen=True, slots=True)
class Range:
    """What is known of power (kW) or current (A, summed over phases) during a period."""

    low: Decimal | None = None
    high: Decimal | None = None
    average: Decimal | None = None

    def reaches(self, limit: Decimal) -> bool | None:
        """None when nothing tells."""
        if self.low is not None and self.low >= limit:
            return True
        if self.high is not None and self.high < limit:
            return False
        return None if self.average is None else self.average >= limit


@dataclass(frozen=True, slots=True)
class Moment:
    """The state of a session at an instant: UTC time, kWh delivered and seconds passed before it."""

    at: datetime
    kwh: Decimal = Decimal(0)
    seconds: Decimal = Decimal(0)
    power: Range = Range()
    current: Range = Range()


@dataclass(frozen=True, slots=True)
class Rate:
    """An active price component; `key` tells whether two rates are the same one."""

    key: tuple[str, int, int]
    price: Decimal
    vat: Decimal | None
    step_size: int


def find_rate(
    tariff: Wire, dimension: str, moment: Moment, zone: ZoneInfo, reservation: tuple[str, ...] = ()
) -> Rate | None:
    """The first component of `dimension` in an element whose restrictions all match.

    `reservation` names the kinds of reservation elements to look in, most wanted first; without it only elements that
    do not price reservations count.
    """
    for kind in reservation or (None,):
        for element_index, element in enumerate(tariff["elements"]):
            restrictions = element.get("restrictions") or {}
            if restrictions.get("reservation") != kind or not matches(restrictions, moment, zone):
                continue
            for component_index, component in enumerate(element["price_components"]):
                if component["type"] == dimension:
                    return _rate(component, (tariff["id"], element_index, component_index))
    return None


def _rate(component: Wire, key: tuple[str, int, int]) -> Rate:
    vat = component.get("vat")
    return Rate(key, decimal(component["price"]), None if vat is None else decimal(vat), int(component["step_size"]))


def matches(restrictions: Wire, moment: Moment, zone: ZoneInfo) -> bool:
    """All restrictions are joined by AND, in the location's time zone."""
    local = moment.at.astimezone(zone)
    return (
        _in_window(restrictions, local.time())
        and _in_dates(restrictions, local.date())
        and _in_week(restrictions, local)
        and _between(restrictions, "kwh", moment.kwh)
        and _between(restrictions, "duration", moment.seconds)
        and _reached(restrictions, "power", moment.power)
        and _reached(restrictions, "current", moment.current)
    )


def _in_window(restrictions: Wire, now: time) -> bool:
    """Start inclusive, end exclusive; an end before the start wraps; 00:00 ends the day; start = end: all day."""
    if not {"start_time", "end_time"} & restrictions.keys():
        return True
    start = minutes(restrictions.get("start_time") or "00:00")
    end = minutes(restrictions.get("end_time") or "00:00") or 24 * 60
    current = now.hour * 60 + now.minute
    if start == end % (24 * 60):
        return True
    return start <= current < end if start < end else current >= start or current < end


def _in_dates(restrictions: Wire, today: date) -> bool:
    start, end = restrictions.get("start_date"), restrictions.get("end_date")
    return (not start or date.fromisoformat(start) <= today) and (not end or today < date.fromisoformat(end))


def _in_week(restrictions: Wire, local: datetime) -> bool:
    days = restrictions.get("day_of_week") or []
    return not days or WEEKDAYS[local.weekday()] in days


def _between(restrictions: Wire, what: str, value: Decimal) -> bool:
    low, high = restrictions.get(f"min_{what}"), restrictions.get(f"max_{what}")
    return (low is None or value >= decimal(low)) and (high is None or value < decimal(high))


def _reached(restrictions: Wire, what: str, known: Range) -> bool:
    low, high = restrictions.get(f"min_{what}"), restrictions.get(f"max_{what}")
    return (low is None or known.reaches(decimal(low)) is True) and (
        high is None or known.reaches(decimal(high)) is False
    )


def minutes(text: str) -> int:
    """`HH:MM` as minutes of the day; `24:00` is 00:00."""
    hours, _, rest = text.partition(":")
    return (int(hours) * 60 + int(rest)) % (24 * 60)


def restricted(tariff: Wire, *names: str) -> list[Decimal]:
    """Every value that some element of the tariff gives to these restrictions."""
    found = [(element.get("restrictions") or {}).get(name) for element in tariff["elements"] for name in names]
    return [decimal(value) for value in found if value is not None]


def price_changes(tariff: Wire, start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """UTC instants strictly between start and end at which time of day, date or weekday may change the price."""
    return sorted({instant for instant in _wall_clock(tariff, start, end, zone) if start < instant < end})


def _wall_clock(tariff: Wire, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    texts = {
        (element.get("restrictions") or {}).get(name)
        for element in tariff["elements"]
        for name in ("start_time", "end_time")
    }
    times = {0} | {minutes(text) for text in texts if text}
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        for of_day in times:
            wall = datetime.combine(day, time(of_day // 60, of_day % 60), zone)
            yield from (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        day += timedelta(days=1)
    if start.astimezone(zone).utcoffset() != end.astimezone(zone).utcoffset():
        yield _offset_change(start, end, zone)


def _offset_change(start: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """The second at which daylight saving time begins or ends."""
    before = start.astimezone(zone).utcoffset()
    while end - start > timedelta(seconds=1):
        middle = start + timedelta(seconds=int((end - start).total_seconds()) // 2)
        start, end = (middle, end) if middle.astimezone(zone).utcoffset() == before else (start, middle)
    return end
