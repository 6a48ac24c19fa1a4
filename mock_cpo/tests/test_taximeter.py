"""Charging periods begin wherever the price may change."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mock_cpo.billing import Period, price_session
from mock_cpo.taximeter import Kind, Slice, Taximeter, to_wire
from mock_cpo.tests.test_billing import tariff_of

BERLIN = ZoneInfo("Europe/Berlin")
FLAT_KWH = ("ENERGY", 0.3, None, 1)
DEAR_KWH = ("ENERGY", 0.5, None, 1)


def charged(start: datetime, minutes: int, kwh: float, kw: float = 11) -> Slice:
    return Slice(start, start + timedelta(minutes=minutes), Kind.CHARGING, Decimal(str(kwh)), Decimal(str(kw)))


def periods_of(elements: Any, *slices: Slice) -> list[Period]:
    return Taximeter(tariff_of(elements), BERLIN).periods(slices)


def energies(periods: list[Period]) -> list[float]:
    return [float(period.volumes.get("ENERGY", 0)) for period in periods]


@pytest.mark.requirement("CDR-21")
def test_a_tariff_switch_at_17_local_time_begins_a_period() -> None:
    start = datetime(2026, 7, 1, 14, 30, tzinfo=UTC)
    periods = periods_of([([FLAT_KWH], {"end_time": "17:00"}), ([DEAR_KWH], {})], charged(start, 60, 11))
    assert [period.start for period in periods] == [start, datetime(2026, 7, 1, 15, tzinfo=UTC)]
    assert energies(periods) == [5.5, 5.5]


@pytest.mark.requirement("CDR-21", "TCS-16")
def test_energy_beyond_a_kwh_bound_begins_a_period_at_exactly_the_bound() -> None:
    start = datetime(2026, 7, 1, 10, tzinfo=UTC)
    tiers = [([FLAT_KWH], {"max_kwh": 10}), ([DEAR_KWH], {"min_kwh": 10})]
    periods = periods_of(tiers, charged(start, 30, 7.5), charged(start + timedelta(minutes=30), 30, 7.7))
    assert energies(periods) == [10, 5.2]
    assert periods[1].start == start + timedelta(minutes=30, seconds=584)


@pytest.mark.requirement("CDR-21", "TCS-19")
def test_a_duration_bound_counts_from_the_session_start_not_from_the_reservation() -> None:
    start = datetime(2026, 7, 1, 10, tzinfo=UTC)
    reserved = Slice(start - timedelta(minutes=20), start, Kind.RESERVED)
    after = [([FLAT_KWH], {"max_duration": 2700}), ([DEAR_KWH], {"min_duration": 2700})]
    periods = periods_of(after, reserved, charged(start, 60, 11))
    assert [period.start for period in periods] == [reserved.start, start, start + timedelta(minutes=45)]


@pytest.mark.requirement("TCS-09")
def test_a_full_car_counts_parking_time() -> None:
    start = datetime(2026, 7, 1, 10, tzinfo=UTC)
    parked = Slice(start + timedelta(hours=1), start + timedelta(hours=2), Kind.PARKING)
    periods = periods_of([([FLAT_KWH], {})], charged(start, 60, 11), parked)
    assert [set(period.volumes) for period in periods] == [{"ENERGY", "TIME"}, {"PARKING_TIME"}]


def test_nothing_is_split_while_the_price_stays_the_same() -> None:
    start = datetime(2026, 7, 1, 10, tzinfo=UTC)
    slices = [charged(start + timedelta(minutes=minute), 1, 0.2, kw=minute) for minute in range(1, 30)]
    assert len(periods_of([([FLAT_KWH], {"day_of_week": ["WEDNESDAY"]})], *slices)) == 1


@pytest.mark.requirement("CDR-21")
@pytest.mark.parametrize(
    "day", [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)], ids=["spring", "autumn"]
)
def test_a_night_window_across_daylight_saving_ends_at_local_seven(day: datetime) -> None:
    start = day.replace(hour=20)
    night = [([FLAT_KWH], {"start_time": "23:00", "end_time": "07:00"}), ([DEAR_KWH], {})]
    periods = periods_of(night, charged(start, 14 * 60, 42))
    local = [period.start.astimezone(BERLIN).strftime("%d %H:%M") for period in periods[1:]]
    first = start.astimezone(BERLIN).day
    assert local == [f"{first} 23:00", f"{first + 1} 07:00"]


@pytest.mark.requirement("TCS-18")
def test_power_bounds_split_and_the_range_is_told() -> None:
    start = datetime(2026, 7, 1, 10, tzinfo=UTC)
    slices = [charged(start + timedelta(minutes=m), 1, 0.5, kw) for m, kw in enumerate([10, 12, 40, 44, 8])]
    periods = periods_of([([FLAT_KWH], {"max_power": 16}), ([DEAR_KWH], {})], *slices)
    assert [(period.volumes["MIN_POWER"], period.volumes["MAX_POWER"]) for period in periods] == [
        (10, 12),
        (40, 44),
        (8, 8),
    ]


@pytest.mark.parametrize("minutes", [7, 61, 600])
def test_the_price_does_not_depend_on_how_often_the_meter_was_read(minutes: int) -> None:
    start = datetime(2026, 7, 1, 4, 45, tzinfo=UTC)
    elements = [([("TIME", 6, 20, 60), FLAT_KWH], {"start_time": "07:00", "end_time": "11:00"}), ([DEAR_KWH], {})]
    tariff = tariff_of(elements)
    end = start + timedelta(minutes=minutes)

    def cost(slices: list[Slice]) -> Any:
        return price_session([tariff], Taximeter(tariff, BERLIN).periods(slices), end, BERLIN).total

    often = [charged(start + timedelta(minutes=m), 1, 0.2) for m in range(minutes)]
    assert cost(often) == cost([charged(start, minutes, round(minutes * 0.2, 1))])


def test_a_period_goes_over_the_wire_with_four_decimals() -> None:
    start = datetime(2026, 7, 1, 10, tzinfo=UTC)
    period = periods_of([([FLAT_KWH], {})], charged(start, 7, 1.2))[0]
    assert to_wire(period) == {
        "start_date_time": "2026-07-01T10:00:00Z",
        "dimensions": [{"type": "ENERGY", "volume": 1.2}, {"type": "TIME", "volume": 0.1167}],
        "tariff_id": "T1",
    }
