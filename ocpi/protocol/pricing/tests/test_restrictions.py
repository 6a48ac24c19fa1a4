"""R10 to R13: times, dates and weekdays on the wall clock, energy, duration, power and current."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ocpi.protocol.pricing import Policy
from ocpi.protocol.pricing.tests.builders import (
    charging,
    codes,
    element,
    energy,
    excl,
    parked,
    parking,
    period,
    priced,
    reserved,
    tariff,
    time,
)


def applies(at: str, *, kwh: float = 1, **restrictions: Any) -> bool:
    """Whether a restricted element applies to a period that starts at this moment in Berlin winter time."""
    start = datetime.fromisoformat(f"{at}:00+01:00").astimezone(UTC)
    found = excl([charging(1, kwh=kwh)], tariff(element(energy(1), **restrictions), element(energy(0))), start=start)
    return found > 0


@pytest.mark.requirement("R10", "TCS-13", "TAMB-16")
@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        ("08:00", "17:00", ("08:00", "16:59"), ("07:59", "17:00")),
        ("22:00", "06:00", ("22:00", "23:59", "00:00", "05:59"), ("06:00", "21:59")),
        ("20:00", "00:00", ("20:00", "23:59"), ("19:59", "00:00")),
        ("00:00", "00:00", ("00:00", "12:00", "23:59"), ()),
        ("08:00", "08:00", ("07:59", "08:00", "12:00"), ()),
        ("18:00", None, ("18:00", "23:59"), ("17:59", "00:00")),
        (None, "06:00", ("00:00", "05:59"), ("06:00", "23:59")),
        (None, "00:00", ("00:00", "23:59"), ()),
    ],
)
def test_r10_a_window_has_its_start_and_not_its_end(
    start: str | None, end: str | None, inside: tuple[str, ...], outside: tuple[str, ...]
) -> None:
    window = {name: value for name, value in (("start_time", start), ("end_time", end)) if value}
    assert [applies(f"2024-01-15T{at}", **window) for at in inside] == [True] * len(inside)
    assert [applies(f"2024-01-15T{at}", **window) for at in outside] == [False] * len(outside)


@pytest.mark.requirement("R10", "TCS-13")
def test_r10_times_of_day_are_local() -> None:
    """09:00 UTC is 10:00 in Berlin and 04:00 in New York."""
    prices = tariff(element(energy(1), start_time="10:00", end_time="11:00"), element(energy(2)))
    assert excl([charging(60, kwh=1)], prices) == 1
    assert excl([charging(60, kwh=1)], prices, zone="America/New_York") == 2


@pytest.mark.requirement("R10", "TCS-14")
def test_r10_dates_are_local_with_the_first_day_and_without_the_last() -> None:
    dates = {"start_date": "2024-01-15", "end_date": "2024-01-16"}
    assert applies("2024-01-15T00:00", **dates)
    assert applies("2024-01-15T23:59", **dates)
    assert not applies("2024-01-14T23:59", **dates)
    assert not applies("2024-01-16T00:00", **dates)


@pytest.mark.requirement("R10", "TCS-15", "TAMB-15")
def test_r10_after_midnight_a_wrapping_window_needs_the_next_weekday() -> None:
    night = {"start_time": "22:00", "end_time": "06:00"}
    assert applies("2024-01-15T23:00", **night, day_of_week=["MONDAY"])
    assert not applies("2024-01-16T01:00", **night, day_of_week=["MONDAY"])
    assert applies("2024-01-16T01:00", **night, day_of_week=["MONDAY", "TUESDAY"])


@pytest.mark.requirement("R10")
def test_r10_an_operator_may_let_the_night_belong_to_the_day_before() -> None:
    night = tariff(element(energy(1), start_time="22:00", end_time="06:00", day_of_week=["MONDAY"]))
    tuesday = datetime(2024, 1, 16, 0, tzinfo=UTC)
    policy = Policy(wrapped_weekday="first_day")
    assert excl([charging(60, kwh=1)], night, start=tuesday) == 0
    assert excl([charging(60, kwh=1)], night, start=tuesday, policy=policy) == 1


@pytest.mark.requirement("R11", "TCS-16")
def test_r11_energy_counts_before_the_period_from_min_on_and_below_max() -> None:
    prices = tariff(element(energy(1), max_kwh=10), element(energy(2), min_kwh=10, max_kwh=20), element(energy(3)))
    found = priced([charging(10, kwh=kwh) for kwh in (9.9999, 0.0001, 10, 1)], prices)
    assert [one.price for one in found.segments if one.dimension == "ENERGY"] == [1, 1, 2, 3]


@pytest.mark.requirement("R11")
def test_r11_unpriced_energy_counts_as_delivered() -> None:
    assert excl([charging(10, kwh=10), charging(10, kwh=1)], tariff(element(energy(2), min_kwh=10))) == 2


@pytest.mark.requirement("R12", "TCS-19", "TAMB-21")
def test_r12_duration_runs_from_the_session_start_for_parking_too() -> None:
    prices = tariff(element(parking(0), max_duration=7200), element(parking(6)), element(energy(1)))
    assert excl([charging(60, kwh=1), parked(60), parked(60)], prices) == 1 + 6
    assert excl([charging(120, kwh=1), parked(60)], prices) == 1 + 6


@pytest.mark.requirement("R12")
def test_r12_the_clock_starts_after_a_reservation() -> None:
    prices = tariff(element(time(1), max_duration=3600), element(time(10)))
    assert excl([reserved(90), charging(60), charging(60)], prices) == 11


@pytest.mark.requirement("R12")
def test_r12_an_hour_aligned_first_period_does_not_move_the_clock() -> None:
    prices = tariff(element(energy(1), min_duration=0, max_duration=1800), element(energy(2)))
    early = period(60, kwh=1, at=datetime(2024, 1, 15, 9, tzinfo=UTC))
    found = priced([early, period(10, kwh=1)], prices, start=datetime(2024, 1, 15, 9, 40, tzinfo=UTC))
    assert [one.price for one in found.segments] == [1, 1]


@pytest.mark.requirement("R12", "CDR-30")
def test_r12_without_a_known_start_the_clock_starts_with_the_first_period() -> None:
    prices = tariff(element(energy(1), max_duration=3600), element(energy(10)))
    found = priced([charging(60, kwh=1), charging(60, kwh=1)], prices, start_date_time="1970-01-01T00:00:00Z")
    assert [one.price for one in found.segments if one.dimension == "ENERGY"] == [1, 10]
    assert codes(found) == {"session_start_unknown"}


POWER = tariff(element(energy(5), min_power=22), element(energy(1), max_power=22), element(energy(100)))
CURRENT = tariff(element(energy(5), min_current=32), element(energy(1), max_current=32), element(energy(100)))


@pytest.mark.requirement("R13", "TCS-18", "TAMB-12")
@pytest.mark.parametrize(
    ("flow", "price", "doubts"),
    [
        ({"min_power": 22, "max_power": 50}, 5, set()),
        ({"min_power": 1, "max_power": 21.9}, 1, set()),
        ({"min_power": 30}, 5, set()),
        ({"max_power": 10}, 1, set()),
        ({"min_power": 10, "max_power": 50}, 5, {"power_averaged"}),
        ({"max_power": 50}, 5, {"power_averaged"}),
        ({"max_power": 22}, 5, {"power_averaged"}),
        ({}, 5, {"power_averaged"}),
    ],
)
def test_r13_power_is_decided_by_the_bounds_and_else_by_the_average(
    flow: dict[str, float], price: float, doubts: set[str]
) -> None:
    """30 kWh in an hour are 30 kW on average."""
    found = priced([period(60, kwh=30, **flow)], POWER)
    assert found.segments[0].price == price
    assert codes(found) == doubts
    assert found.confidence == ("low" if doubts else "high")


@pytest.mark.requirement("R13", "TCS-17", "TCS-21")
@pytest.mark.parametrize(
    ("flow", "price", "doubts"),
    [
        ({"min_current": 32, "max_current": 48}, 5, set()),
        ({"min_current": 6, "max_current": 31}, 1, set()),
        ({"min_current": 16, "max_current": 40}, 100, {"current_unknown"}),
        ({"min_current": 16}, 100, {"current_unknown"}),
        ({}, 100, {"current_unknown"}),
    ],
)
def test_r13_an_undecided_current_matches_nothing(flow: dict[str, float], price: float, doubts: set[str]) -> None:
    found = priced([period(60, kwh=30, **flow)], CURRENT)
    assert found.segments[0].price == price
    assert codes(found) == doubts


@pytest.mark.requirement("R13")
def test_r13_power_that_nobody_can_know_matches_nothing() -> None:
    found = priced([charging(60)], tariff(element(time(5), min_power=1), element(time(6), max_power=1)))
    assert found.segments[0].price is None
    assert codes(found) == {"power_unknown"}


@pytest.mark.requirement("R13")
def test_r13_an_operator_may_distrust_averages() -> None:
    policy = Policy(unknown_power="no_match")
    found = priced([period(60, kwh=30)], POWER, policy=policy)
    assert found.segments[0].price == 100


@pytest.mark.requirement("R13")
def test_r13_no_doubt_where_another_restriction_has_decided() -> None:
    prices = tariff(element(energy(5), min_current=32, min_kwh=50), element(energy(1)))
    assert not codes(priced([period(60, kwh=30)], prices))
