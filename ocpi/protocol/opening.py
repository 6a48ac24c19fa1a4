"""Whether a location is open (chapter 8.4.14): regular hours are told by the wall clock there, exceptions in UTC."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from ocpi.protocol.locations import ExceptionalPeriod, Hours, RegularHours

_DAY = 1440  # minutes


def is_open(hours: Hours | None, time_zone: str, at: datetime) -> bool | None:
    """None where no hours are stated. `time_zone`: the location's IANA name; `at`: aware.

    Closings beat openings, and both beat the regular hours (LOC-30). Whether cars may charge while it is closed is
    another field, `charging_when_closed`.
    """
    if hours is None:
        return None
    if _within(hours.exceptional_closings, at):
        return False
    if hours.twentyfourseven or _within(hours.exceptional_openings, at):
        return True
    local = at.astimezone(ZoneInfo(time_zone))
    return any(_covers(each, local.isoweekday(), local.hour * 60 + local.minute) for each in hours.regular_hours)


def _within(periods: Iterable[ExceptionalPeriod], at: datetime) -> bool:
    return any(each.period_begin <= at < each.period_end for each in periods)


def _covers(regular: RegularHours, weekday: int, minute: int) -> bool:
    """`weekday`: 1 is Monday. What ends at or before its begin goes on into the next day (AMB-36)."""
    begin, end = _minutes(regular.period_begin), _end(regular.period_end)
    if regular.weekday == weekday and begin <= minute < (_DAY if end <= begin else end):
        return True
    return end <= begin and regular.weekday % 7 + 1 == weekday and minute < end


def _end(text: str) -> int:
    """00:00 and 23:59 both mean the end of the day (LOC-31)."""
    return _DAY if text in {"00:00", "23:59"} else _minutes(text)


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
