"""What a charge would cost, cut wherever its price changes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ocpi.protocol.pricing import Priced, estimate
from ocpi.protocol.pricing.tests.builders import (
    BERLIN,
    START,
    billed,
    element,
    energy,
    flat,
    parking,
    tariff,
    time,
)


def cost(found: Priced) -> float:
    assert found.total_cost is not None
    return round(float(found.total_cost.excl_vat), 4)


def test_thirty_kwh_in_forty_five_minutes() -> None:
    found = estimate(tariff(flat(1), energy(0.5, vat=20), time(4)), start=START, minutes=45, kwh=30, time_zone=BERLIN)
    assert (cost(found), float(found.total_cost.incl_vat)) == (19, 22)


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ({"end_time": "10:15"}, 10 + 40),
        ({"max_kwh": 6}, 6 + 48),
        ({"max_duration": 900}, 10 + 40),
        ({"end_date": "2024-01-15"}, 60),
        ({"day_of_week": ["TUESDAY"]}, 60),
        ({"min_kwh": 24}, 48 + 6),
    ],
)
def test_the_price_changes_at_each_kind_of_bound(bound: dict[str, object], expected: float) -> None:
    """30 kWh in 45 minutes: 10 kWh each quarter of an hour."""
    prices = tariff(element(energy(1), **bound), element(energy(2)))
    found = estimate(prices, start=START, minutes=45, kwh=30, time_zone=BERLIN)
    assert cost(found) == expected
    assert not found.warnings


def test_it_is_cut_at_local_midnight_when_the_weekday_decides() -> None:
    prices = tariff(element(energy(1), day_of_week=["MONDAY"]), element(energy(2)))
    start = datetime(2024, 1, 15, 22, 30, tzinfo=UTC)
    assert cost(estimate(prices, start=start, minutes=60, kwh=10, time_zone=BERLIN)) == 15


def test_with_a_power_the_rest_of_the_time_is_parking() -> None:
    prices = tariff(energy(1), time(6), parking(12))
    found = estimate(prices, start=START, minutes=60, kwh=20, time_zone=BERLIN, power_kw=40)
    assert (float(found.billed.time_h), float(found.billed.parking_h)) == (0.5, 0.5)
    assert cost(found) == 20 + 3 + 6


def test_power_decides_where_the_tariff_asks_for_it() -> None:
    prices = tariff(element(energy(5), min_power=50), element(energy(1)))
    assert cost(estimate(prices, start=START, minutes=60, kwh=30, time_zone=BERLIN)) == 30
    assert cost(estimate(prices, start=START, minutes=60, kwh=30, time_zone=BERLIN, power_kw=50)) == 150


def test_no_energy_at_a_power_is_parking_only() -> None:
    found = estimate(tariff(time(6), parking(12)), start=START, minutes=30, kwh=0, time_zone=BERLIN, power_kw=11)
    assert cost(found) == 6


def test_step_size_and_limits_count() -> None:
    prices = tariff(time(6, 3600), max_price=billed(5, 5))
    assert cost(estimate(prices, start=START, minutes=45, kwh=0, time_zone=BERLIN)) == 5


def test_the_start_may_be_in_any_zone_and_fractions_are_exact() -> None:
    start = START.astimezone(datetime.now(UTC).astimezone().tzinfo)
    found = estimate(tariff(energy(1, 0)), start=start, minutes=Decimal("0.5"), kwh=Decimal("0.1"), time_zone=None)
    assert found.segments[0].end - START == timedelta(seconds=30)
    assert found.total_cost.excl_vat == Decimal("0.1")


@pytest.mark.parametrize(
    "charge", [{"minutes": 0, "kwh": 1}, {"minutes": 1, "kwh": -1}, {"minutes": 10, "kwh": 50, "power_kw": 11}]
)
def test_an_impossible_charge_is_the_callers_mistake(charge: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="takes"):
        estimate(tariff(energy(1)), start=START, time_zone=BERLIN, **charge)
