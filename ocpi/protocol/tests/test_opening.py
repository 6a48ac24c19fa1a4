"""Open now? By the wall clock of the location, with its exceptions."""

from typing import Any

import pytest

from ocpi.protocol.locations import Hours
from ocpi.protocol.opening import is_open
from ocpi.protocol.types import parse_datetime

pytestmark = pytest.mark.requirement("LOC-30", "LOC-31", "AMB-36")
MONDAY, TUESDAY, SUNDAY = "2026-03-02", "2026-03-03", "2026-03-01"


def regular(begin: str, end: str, weekday: int = 1) -> dict[str, Any]:
    return {"weekday": weekday, "period_begin": begin, "period_end": end}


def opened(at: str, *hours: dict[str, Any], zone: str = "UTC", **exceptions: Any) -> bool | None:
    given = {"twentyfourseven": not hours, "regular_hours": list(hours), **exceptions}
    return is_open(Hours.from_wire(given), zone, parse_datetime(f"{at}:00Z"))


@pytest.mark.parametrize(
    ("at", "hours", "expected"),
    [
        (f"{MONDAY}T08:00", ("08:00", "18:00"), True),
        (f"{MONDAY}T07:59", ("08:00", "18:00"), False),
        (f"{MONDAY}T17:59", ("08:00", "18:00"), True),
        (f"{MONDAY}T18:00", ("08:00", "18:00"), False),
        (f"{TUESDAY}T12:00", ("08:00", "18:00"), False),
        (f"{MONDAY}T23:59", ("22:00", "00:00"), True),
        (f"{TUESDAY}T00:00", ("22:00", "00:00"), False),
        (f"{MONDAY}T23:59", ("08:00", "23:59"), True),
        (f"{TUESDAY}T00:00", ("08:00", "23:59"), False),
        (f"{MONDAY}T00:00", ("00:00", "00:00"), True),
        (f"{MONDAY}T23:30", ("22:00", "02:00"), True),
        (f"{TUESDAY}T01:59", ("22:00", "02:00"), True),
        (f"{TUESDAY}T02:00", ("22:00", "02:00"), False),
        (f"{MONDAY}T01:00", ("22:00", "02:00"), False),
        (f"{TUESDAY}T07:59", ("08:00", "08:00"), True),
    ],
)
def test_regular_hours(at: str, hours: tuple[str, str], expected: bool) -> None:
    assert opened(at, regular(*hours)) is expected


def test_a_night_goes_on_from_sunday_into_monday() -> None:
    assert opened(f"{MONDAY}T01:00", regular("22:00", "02:00", weekday=7)) is True
    assert opened(f"{SUNDAY}T23:00", regular("22:00", "02:00", weekday=7)) is True


@pytest.mark.parametrize(("at", "expected"), [("06:59", False), ("07:00", True), ("16:59", True), ("17:00", False)])
def test_the_hours_are_those_on_the_wall(at: str, expected: bool) -> None:
    assert opened(f"{MONDAY}T{at}", regular("08:00", "18:00"), zone="Europe/Amsterdam") is expected


def test_in_summer_the_wall_clock_is_another_hour_away() -> None:
    assert opened("2026-07-06T06:00", regular("08:00", "18:00"), zone="Europe/Amsterdam") is True


PARTY = {"period_begin": f"{MONDAY}T20:00:00Z", "period_end": f"{MONDAY}T22:00:00Z"}


def test_openings_add_and_closings_override_both() -> None:
    day = regular("08:00", "18:00")
    assert opened(f"{MONDAY}T21:00", day, exceptional_openings=[PARTY]) is True
    assert opened(f"{MONDAY}T22:00", day, exceptional_openings=[PARTY]) is False
    assert opened(f"{MONDAY}T21:00", day, exceptional_openings=[PARTY], exceptional_closings=[PARTY]) is False
    assert opened(f"{MONDAY}T21:00", exceptional_closings=[PARTY]) is False
    assert opened(f"{MONDAY}T22:00", exceptional_closings=[PARTY]) is True


def test_exceptions_are_in_utc_whatever_the_wall_says() -> None:
    closed = opened(f"{MONDAY}T20:30", zone="Europe/Amsterdam", exceptional_closings=[PARTY])
    assert closed is False
    assert opened(f"{MONDAY}T19:30", zone="Europe/Amsterdam", exceptional_closings=[PARTY]) is True


def test_where_no_hours_are_stated_nothing_is_claimed() -> None:
    assert is_open(None, "UTC", parse_datetime(f"{MONDAY}T12:00:00Z")) is None
