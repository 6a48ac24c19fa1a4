"""Bills that are hard to get right, each computed by hand; the sums stand beside the case."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ocpi.protocol.pricing import check
from ocpi.protocol.pricing.tests.builders import (
    BERLIN,
    START,
    Wire,
    billed,
    cdr,
    charging,
    codes,
    element,
    energy,
    flat,
    judged,
    parked,
    parking,
    period,
    reserved,
    tariff,
    time,
)


def at(text: str, one: Wire) -> Wire:
    """The period at this moment of Berlin; the offset is part of the text."""
    return {**one, "at": datetime.fromisoformat(text).astimezone(UTC)}


EVENING = tariff(
    element(time(6, 600, vat=20), end_time="18:00"),
    element(time(12, 900, vat=10), start_time="18:00", end_time="20:00"),
    element(parking(3, 1800, vat=20), end_time="20:00"),
)
NIGHT = tariff(element(energy(1), start_time="02:00", end_time="03:00"), element(energy(10)))
FRIDAY_NIGHT = tariff(
    element(energy(1), start_time="22:00", end_time="06:00", day_of_week=["FRIDAY"]),
    element(energy(2), start_time="22:00", end_time="06:00", day_of_week=["SATURDAY"]),
    element(energy(9)),
)
TIERS = tariff(
    element(energy(0.5, 100), max_kwh=10),
    element(energy(0.4, 1000), min_kwh=10, max_kwh=20),
    element(energy(0.3, 500), min_kwh=20),
)
BY_POWER = tariff(
    element(energy(0.6), min_power=50), element(energy(0.4), min_power=11, max_power=50), element(energy(0.2))
)
PENALTY = tariff(element(energy(1)), element(parking(0), max_duration=5400), element(parking(6, 60), min_duration=5400))
HOLD = tariff(
    element(flat(1, vat=20), time(6, 600, vat=20), reservation="RESERVATION"),
    element(flat(4, vat=20), reservation="RESERVATION_EXPIRES"),
    element(flat(9), energy(1, vat=10)),
    min_price=billed(20, 24),
)
DAY = tariff(energy(0.3, 1000, vat=20), flat(1, vat=20), id="DAY", min_price=billed(5, 6))
LATE = tariff(energy(0.2, 500, vat=10), flat(7), id="LATE", max_price=billed(1, 1))
STEPLESS = tariff(energy(0.3333, 0), time(0.7777, 0))

# name: periods, tariffs, total without and with VAT, other fields
CASES: dict[str, tuple[list[Wire], list[Any], tuple[float, float], dict[str, Any]]] = {
    # 25 min before and 8 min after 18:00 make 33, the last step is 15 min: 45, the surplus of 12 at 12.00.
    # 25/60 * 6 = 2.50, 20/60 * 12 = 4.00; with VAT 3.00 + 4.40
    "the step of the last component rounds the time of both": (
        [at("2024-01-15T17:35+01:00", charging(25)), charging(8)],
        [EVENING],
        (6.5, 7.4),
        {"start": datetime(2024, 1, 15, 16, 35, tzinfo=UTC)},
    ),
    # Parking was priced, so time stays 33 min: 2.50 + 8/60 * 12 = 1.60. 7 min parked before 20:00 become 30: 1.50.
    # with VAT 3.00 + 1.76 + 1.80
    "parking that is rounded leaves the time as it is": (
        [at("2024-01-15T17:35+01:00", charging(25)), charging(8), parked(7)],
        [EVENING],
        (5.6, 6.56),
        {"start": datetime(2024, 1, 15, 16, 35, tzinfo=UTC)},
    ),
    # The last 40 min are free and do not count: 25 + 15 min of charging are 40, rounded by 15 min to 45.
    # 2.50 + 20/60 * 12 = 4.00; with VAT 3.00 + 4.40
    "what is free at the end is neither billed nor rounded": (
        [at("2024-01-15T17:35+01:00", charging(25)), charging(15), at("2024-01-15T20:00+01:00", charging(40))],
        [EVENING],
        (6.5, 7.4),
        {"start": datetime(2024, 1, 15, 16, 35, tzinfo=UTC)},
    ),
    # 10 kWh at 0.50, 10 at 0.40, then 2.3 at 0.30: 22.3 by 500 Wh are 22.5. 5 + 4 + 2.5 * 0.30
    "tiers by energy, rounded by the last of them": (
        [charging(30, kwh=10), charging(30, kwh=10), charging(30, kwh=2.3)],
        [TIERS],
        (9.75, 9.75),
        {},
    ),
    # 31 March 2024: 02:00 does not exist. 01:30 and 03:00 local follow each other.
    "the night that loses an hour": (
        [charging(30, kwh=1), charging(30, kwh=1)],
        [NIGHT],
        (20, 20),
        {"start": datetime(2024, 3, 31, 0, 30, tzinfo=UTC)},
    ),
    # 27 October 2024: 02:00 to 03:00 comes twice. 01:30 at 10, then 02:00, 02:30, 02:00, 02:30 at 1, then 03:00 at 10.
    "the night that has an hour twice": (
        [charging(30, kwh=1) for _ in range(6)],
        [NIGHT],
        (10 + 4 + 10, 24),
        {"start": datetime(2024, 10, 26, 23, 30, tzinfo=UTC)},
    ),
    # Friday 23:00 at 1; Saturday 00:00 is Saturday's night at 2; Saturday 06:00 and 21:00 at 9.
    "a night across the end of the week": (
        [
            at("2024-01-19T23:00+01:00", charging(60, kwh=1)),
            at("2024-01-20T00:00+01:00", charging(60, kwh=1)),
            at("2024-01-20T06:00+01:00", charging(60, kwh=1)),
            at("2024-01-20T21:00+01:00", charging(60, kwh=1)),
        ],
        [FRIDAY_NIGHT],
        (1 + 2 + 9 + 9, 21),
        {"start": datetime(2024, 1, 19, 22, tzinfo=UTC)},
    ),
    # 50 kW is "from 50 on", 11 kW is "from 11 on", 10.9 is neither. 10 * 0.6 + 5 * 0.4 + 1 * 0.2
    "power exactly at the limits": (
        [
            period(60, kwh=10, min_power=50, max_power=60),
            period(60, kwh=5, min_power=11, max_power=49.9),
            period(60, kwh=1, min_power=0, max_power=10.9),
        ],
        [BY_POWER],
        (8.2, 8.2),
        {},
    ),
    # Parked from minute 60 on: until 90 free, from 90 on 6.00 an hour; 45 min make 4.50
    "a penalty that begins ninety minutes after the start, not after parking": (
        [charging(60, kwh=3), parked(30), parked(45)],
        [PENALTY],
        (3 + 4.5, 7.5),
        {},
    ),
    # The expired reservation: FLAT of EXPIRES (4), no FLAT of RESERVATION, TIME of RESERVATION: 25 min by 10 are 30: 3.
    # No start fee, and no minimum of 20.
    "a reservation that expired": ([reserved(25)], [HOLD], (7, 8.4), {}),
    # Reserved in two periods: FLAT 4 once, TIME of both, 10 + 15 min by 10 are 30: 3.
    "a reservation of two periods has one fee": ([reserved(10), reserved(15)], [HOLD], (7, 8.4), {}),
    # Followed: FLAT 1 + 30 min 3.00 for the reservation, start fee 9 without VAT, 2 kWh: 4 + 9 + 2 = 15, raised to 20.
    # With VAT 4.80 + 9 + 2.20 = 16, raised to 24.
    "a reservation that was used, below the minimum": ([reserved(25), charging(30, kwh=2)], [HOLD], (20, 24), {}),
    # DAY 2.3 kWh at 0.30 = 0.69, start fee 1; LATE 1.9 kWh; 4.2 kWh in all by 500 Wh are 4.5: 2.2 * 0.20 = 0.44.
    # 2.13, raised to DAY's minimum of 5; with VAT 0.828 + 1.20 + 0.484 = 2.512, raised to 6. LATE's maximum is not it.
    "two tariffs in one bill": (
        [charging(30, kwh=2.3, tariff_id="day"), charging(30, kwh=1.9, tariff_id="late")],
        [DAY, LATE],
        (5, 6),
        {},
    ),
    # The reservation was made under DAY and costs nothing there; the charge is LATE's, 9 kWh: 1.80 + 7, cut at 1.
    "limits are those of the charge, not of the reservation before it": (
        [reserved(30, tariff_id="day"), charging(30, kwh=9, tariff_id="late")],
        [DAY, LATE],
        (1, 1),
        {},
    ),
    # 1.2345 * 0.3333 + 20/60 * 0.7777 = 0.41145885 + 0.25923333
    "no step at all": ([charging(20, kwh=1.2345)], [STEPLESS], (0.67069218, 0.67069218), {}),
    # +6.6 and -2.4 kWh net to 4.2, by 500 Wh are 4.5, the surplus of 0.3 in the last: 6.6 - 2.1
    "energy given back": ([period(kwh=6.6), period(kwh=-2.4)], [tariff(energy(1, 500))], (4.5, 4.5), {}),
    # More given back than taken: nothing is rounded. 1 - 3.3
    "more given back than taken": ([period(kwh=1), period(kwh=-3.3)], [tariff(energy(1, 500))], (-2.3, -2.3), {}),
    # A cap of 5 / 5.50 on 4.80 / 5.76: only the amount with VAT is cut
    "a maximum that cuts the amount with VAT alone": (
        [period(kwh=4.8)],
        [tariff(energy(1, vat=20), max_price=billed(5, 5.5))],
        (4.8, 5.5),
        {},
    ),
    # Half an hour at exactly 1800 s is no longer "below 1800", and 5 kWh at exactly 5 is "from 5 on". 5 * 1 + 5 * 2
    "limits are met exactly": (
        [charging(30, kwh=5), charging(30, kwh=5)],
        [tariff(element(energy(1), max_duration=1800, max_kwh=5), element(energy(2), min_duration=1800, min_kwh=5))],
        (15, 15),
        {},
    ),
}


@pytest.mark.requirement("R1", "R4", "R10", "R11", "R12", "R13", "R14", "R15", "R16", "R17", "R18", "R20", "R21")
@pytest.mark.parametrize("name", CASES)
def test_a_hard_bill_comes_out_as_by_hand(name: str) -> None:
    periods, tariffs, (excl, incl), fields = CASES[name]
    found = judged(periods, *tariffs, total_cost=billed(excl, incl), **fields)
    assert (float(found.expected.excl_vat), float(found.expected.incl_vat)) == (
        pytest.approx(excl, abs=1e-7),
        pytest.approx(incl, abs=1e-7),
    )
    assert found.verdict == "match"


@pytest.mark.requirement("R1")
@pytest.mark.parametrize("name", CASES)
def test_a_hard_bill_whose_periods_are_in_disorder_comes_out_alike(name: str) -> None:
    periods, tariffs, (excl, incl), fields = CASES[name]
    bill = cdr(periods, *tariffs, total_cost=billed(excl, incl), **fields)
    random.Random(name).shuffle(bill.charging_periods)
    found = check(bill, time_zone=BERLIN)
    assert (found.verdict, round(float(found.expected.excl_vat), 7)) == ("match", round(excl, 7))


def test_two_thousand_periods_across_a_price_change_come_out_as_by_hand() -> None:
    """2,000 minutes from 10:00 on Monday: until 20:00 600 at 1, over night 720 at 2, until 19:20 680 at 1; 0.01 kWh."""
    prices = tariff(element(energy(1), start_time="08:00", end_time="20:00"), element(energy(2), flat(3)))
    found = judged([charging(1, kwh=0.01) for _ in range(2000)], prices, total_cost=billed(6 + 14.4 + 6.8 + 3))
    assert (found.verdict, float(found.expected.excl_vat)) == ("match", pytest.approx(30.2))


@pytest.mark.requirement("R6")
def test_dimensions_that_nobody_knows_and_a_missing_zone_leave_the_price_alone() -> None:
    odd = charging(60, kwh=10, smell=7, state_of_charge=80, power=11)
    found = judged([odd], tariff(energy(0.3, vat=20)), zone=None, total_cost=billed(3, 3.6))
    assert found.verdict == "match"
    assert [warning.code for warning in found.priced.warnings] == ["dimension_ignored"] * 3


@pytest.mark.requirement("R23")
def test_a_dimension_with_a_price_that_no_period_lists_is_missing() -> None:
    """R6 prices what is listed: nothing. What the totals would cost is told: 10 kWh, and an hour at 6.00."""
    prices = tariff(energy(0.3), time(6))
    found = judged([period(60, kwh=0.0001)], prices, total_cost=billed(0))
    (missing,) = [one for one in found.findings if one.code == "missing_dimension"]
    assert (missing.severity, float(missing.amount)) == ("warning", 6)
    assert "TIME" in missing.sentence
    unlisted = [{**period(60), "dimensions": [{"type": "TIME", "volume": 1}]}]
    by_energy = judged(unlisted, prices, total_cost=billed(6), total_energy=10)
    assert [float(one.amount) for one in by_energy.findings if one.code == "missing_dimension"] == [3]
    assert "missing_dimension" not in codes(judged([charging(60, kwh=10)], prices, total_cost=billed(9)))
    parked_only = judged([charging(60)], tariff(parking(4)), total_cost=billed(0), total_parking_time=0.5)
    assert [float(one.amount) for one in parked_only.findings if one.code == "missing_dimension"] == [2]


def test_a_missing_dimension_of_absurd_size_is_told_too() -> None:
    absurd = {"total_time": 10**12, "total_parking_time": -(10**12)}
    found = judged([period(60, kwh=1)], tariff(energy(1), time(6)), total_cost=billed(1), **absurd)
    assert [float(one.amount) for one in found.findings if one.code == "missing_dimension"] == [12 * 10**12]


@pytest.mark.requirement("R23", "TCS-45")
def test_more_time_than_passed_is_found_even_where_the_price_is_right() -> None:
    """Five hours of charging within one: four of them, at 2.00, cannot have been."""
    found = judged([period(60, kwh=1, time=300)], tariff(time(2)), total_cost=billed(10))
    (finding,) = found.findings
    assert (finding.code, finding.severity, float(finding.amount)) == ("more_time_than_passed", "warning", 8)


def test_an_end_that_nobody_knows_is_remarked_and_priced() -> None:
    prices = tariff(element(energy(1), end_time="12:00"), element(energy(2)))
    found = judged([charging(60, kwh=5)], prices, zone="Asia/Tokyo", end_date_time="9999-12-31T23:59:59Z")
    assert {"session_end_unknown"} <= {warning.code for warning in found.priced.warnings}
    assert float(found.expected.excl_vat) == 10  # 18:00 in Tokyo


@pytest.mark.requirement("R13")
def test_bounds_of_power_that_contradict_each_other_prove_nothing() -> None:
    found = judged([period(60, kwh=30, min_power=60, max_power=10)], BY_POWER)
    assert {warning.code for warning in found.priced.warnings} == {"power_averaged"}
    assert float(found.priced.segments[0].price) == 0.4


@pytest.mark.requirement("R2", "R4")
def test_a_period_without_tariff_is_priced_by_the_newest_version_that_was_known() -> None:
    old, new = (tariff(energy(price), last_updated=f"202{price}-01-01T00:00:00Z") for price in (1, 3))
    stored = [old, new, tariff(energy(5), last_updated="2025-01-01T00:00:00Z")]
    found = judged([charging(60, kwh=10, tariff_id=None)], stored=stored, total_cost=billed(30))
    assert (found.verdict, float(found.expected.excl_vat)) == ("match", 30)


@pytest.mark.requirement("R25")
def test_a_unit_price_is_not_told_where_there_is_no_volume() -> None:
    back_and_forth = [period(kwh=2), period(kwh=-2)]
    found = judged(back_and_forth, tariff(energy(1)), total_cost=billed(5), total_energy_cost=billed(5))
    assert (found.verdict, found.explanation) == ("mismatch", None)


def test_the_hour_of_the_start_is_local_everywhere() -> None:
    """09:00 UTC is 14:30 in India: half-hour zones count too."""
    prices = tariff(element(energy(1), start_time="14:30", end_time="14:31"), element(energy(2)))
    assert float(judged([charging(1, kwh=1)], prices, zone="Asia/Kolkata").expected.excl_vat) == 1
    assert float(judged([charging(1, kwh=1)], prices, start=START - timedelta(minutes=1)).expected.excl_vat) == 2
