"""The hour that is skipped and the hour that comes twice: Berlin, 31 March and 27 October 2024."""

from datetime import UTC, datetime, timedelta

import pytest

from ocpi.protocol.pricing import estimate
from ocpi.protocol.pricing.tests.builders import BERLIN, charging, element, energy, excl, priced, tariff, time

SPRING = datetime(2024, 3, 31, 0, 30, tzinfo=UTC)  # 01:30 in Berlin; 02:00 becomes 03:00 at 01:00 UTC
AUTUMN = datetime(2024, 10, 27, 0, 30, tzinfo=UTC)  # 02:30 in Berlin; 03:00 becomes 02:00 at 01:00 UTC
AT_NIGHT = tariff(element(energy(1), start_time="02:00", end_time="03:00"), element(energy(10)))


@pytest.mark.requirement("R10", "TAMB-14")
def test_a_window_in_the_skipped_hour_never_applies() -> None:
    quarters = [charging(15, kwh=1) for _ in range(4)]
    assert excl(quarters, AT_NIGHT, start=SPRING) == 40


@pytest.mark.requirement("R10", "TAMB-14")
def test_a_window_in_the_repeated_hour_applies_twice() -> None:
    hours = [charging(30, kwh=1) for _ in range(4)]
    found = priced(hours, AT_NIGHT, start=AUTUMN)
    assert [one.price for one in found.segments if one.dimension == "ENERGY"] == [1, 1, 1, 10]


@pytest.mark.requirement("R12")
def test_duration_is_elapsed_time_not_wall_clock_time() -> None:
    prices = tariff(element(time(1), max_duration=3600), element(time(10)))
    for start in (SPRING, AUTUMN):
        assert excl([charging(60), charging(60)], prices, start=start) == 11


@pytest.mark.requirement("R10", "TCS-14")
def test_the_local_date_changes_at_local_midnight_in_summer_and_winter() -> None:
    summer, winter = (
        tariff(element(energy(1), start_date="2024-07-02")),
        tariff(element(energy(1), start_date="2024-01-02")),
    )
    assert excl([charging(1, kwh=1)], summer, start=datetime(2024, 7, 1, 22, tzinfo=UTC)) == 1
    assert excl([charging(1, kwh=1)], winter, start=datetime(2024, 1, 1, 22, tzinfo=UTC)) == 0
    assert excl([charging(1, kwh=1)], winter, start=datetime(2024, 1, 1, 23, tzinfo=UTC)) == 1


@pytest.mark.requirement("R9")
@pytest.mark.parametrize(("start", "cheap_minutes"), [(SPRING, 0), (AUTUMN, 90)])
def test_an_estimate_is_cut_where_the_wall_clock_jumps(start: datetime, cheap_minutes: int) -> None:
    found = estimate(AT_NIGHT, start=start, minutes=120, kwh=12, time_zone=BERLIN)
    cheap = [one for one in found.segments if one.price == 1]
    assert sum((one.end - one.start for one in cheap), timedelta()) == timedelta(minutes=cheap_minutes)
    assert sum(one.volume for one in found.segments if one.dimension == "ENERGY") == 12


@pytest.mark.requirement("R9")
def test_a_window_that_ends_in_the_skipped_hour_ends_with_the_jump() -> None:
    until_half_past = tariff(element(energy(1), end_time="02:30"), element(energy(10)))
    found = estimate(until_half_past, start=SPRING, minutes=120, kwh=12, time_zone=BERLIN)
    assert float(found.total_cost.excl_vat) == 3 + 90


@pytest.mark.requirement("R9")
def test_a_period_across_the_jump_is_told_what_a_split_would_have_cost() -> None:
    from_one = tariff(element(energy(1), end_time="03:00"), element(energy(2)))
    found = priced([charging(60, kwh=10)], from_one, start=SPRING)
    (warning,) = found.warnings
    assert float(warning.amount.excl_vat) == pytest.approx(5)
