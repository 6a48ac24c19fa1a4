"""R25: for each way in which CPOs count otherwise, a bill that only this deviation explains."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ocpi.protocol.pricing.deviations import DEVIATIONS
from ocpi.protocol.pricing.tests.builders import (
    billed,
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

DAY_NIGHT = tariff(element(energy(1), start_time="10:00", end_time="11:00"), element(energy(3)))
MORNING = tariff(element(energy(1), end_time="11:00"), element(energy(3)))
TWO_FLATS = tariff(element(flat(2), energy(1), max_duration=3600), element(flat(7), energy(1)))
VAT = tariff(energy(1, vat=25))
LIMITED = tariff(energy(1, vat=20), min_price=billed(15, 18))
CAPPED = tariff(energy(1, vat=20), max_price={"excl_vat": 4})
NIGHT = tariff(element(energy(1), start_time="22:00", end_time="06:00", day_of_week=["MONDAY"]), element(energy(3)))
TEN = [charging(60, kwh=10)]
SIX_ODD = [period(10, kwh=1) for _ in range(6)]
ODD_HOURS = period(5)
ODD_HOURS["dimensions"].append({"type": "TIME", "volume": 0.0834})
UNSPLIT = period(120, kwh=20)
EXPIRING = tariff(element(time(6), reservation="RESERVATION"), element(energy(1)), min_price=billed(9, 9))
TWO = (tariff(energy(1), id="A"), tariff(energy(3), id="B", min_price=billed(45, 45)))
IN_TWO = [charging(60, kwh=10, tariff_id="A"), charging(60, kwh=10, tariff_id="B")]

# code: periods, tariffs, the CPO's total, other fields of the CDR
CLAIMS: dict[str, tuple[Any, Any, dict[str, float], dict[str, Any]]] = {
    "no_step_size": ([charging(50)], [tariff(time(6, 3600))], billed(5), {}),
    "step_size_on_time_too": ([charging(20), parked(20)], [tariff(time(60, 1800), parking(60, 1800))], billed(60), {}),
    "step_size_per_period": ([charging(20), charging(35)], [tariff(time(60, 1800))], billed(90), {}),
    "step_size_per_element": (
        [charging(20), charging(5), charging(25)],
        [tariff(element(time(60, 1800), max_duration=1500), element(time(120, 1800)))],
        billed(30 + 60),
        {},
    ),
    "step_size_on_free_volume": (
        [charging(30, kwh=5.4), charging(30, kwh=2.8)],
        [tariff(element(energy(1, 1000), min_kwh=5))],
        billed(3.6),
        {},
    ),
    "step_size_rounded_down": ([charging(50)], [tariff(time(60, 1800))], billed(30), {}),
    "utc": (TEN, [DAY_NIGHT], billed(30), {}),
    "other_tariff_version": (TEN, [tariff(energy(1))], billed(14), {"stored": [tariff(energy(1.4))]}),
    "one_tariff_for_all": (IN_TWO, [tariff(energy(1), id="A"), tariff(energy(3), id="B")], billed(60), {}),
    "flat_per_period": ([*TEN, *TEN], [tariff(flat(2), energy(1))], billed(24), {}),
    "every_flat": ([*TEN, *TEN, *TEN], [TWO_FLATS], billed(39), {}),
    "no_flat": (TEN, [tariff(flat(2), energy(1))], billed(10), {}),
    "limits_ignored": (TEN, [LIMITED], billed(10, 12), {}),
    "max_price_ignored": (
        TEN,
        [tariff(energy(1, vat=20), min_price=billed(0, 15), max_price=billed(5, 20))],
        billed(10, 15),
        {},
    ),
    "min_price_ignored": (
        TEN,
        [tariff(energy(1, vat=20), min_price=billed(0, 15), max_price=billed(5, 20))],
        billed(5, 12),
        {},
    ),
    "limit_vat_unchanged": (TEN, [CAPPED], billed(4, 12), {}),
    "limits_of_last_tariff": (IN_TWO, list(TWO), billed(45), {}),
    "min_price_after_expiry": ([reserved(60)], [EXPIRING], billed(9), {}),
    "vat_inside_price": (TEN, [VAT], billed(8, 10), {}),
    "vat_left_out": (TEN, [VAT], billed(10, 10), {}),
    "duration_from_timestamps": ([period(60, time=40)], [tariff(time(6))], billed(6), {}),
    "whole_session_as_time": ([charging(60), parked(30)], [tariff(time(6))], billed(9), {}),
    "energy_from_total": ([charging(60)], [tariff(energy(1))], billed(20), {"total_energy": 20}),
    "truncated": (SIX_ODD, [tariff(energy(0.1299))], billed(0.72), {}),
    "rounded_per_line": (SIX_ODD, [tariff(energy(0.1251))], billed(0.78), {}),
    "decided_at_period_end": ([UNSPLIT], [MORNING], billed(60), {}),
    "decided_at_session_start": ([charging(60, kwh=10), charging(60, kwh=10)], [DAY_NIGHT], billed(20), {}),
    "split_evenly": ([UNSPLIT], [DAY_NIGHT], billed(40), {}),
    "hours_not_snapped": ([ODD_HOURS], [tariff(time(6, 300))], billed(1), {}),
    "duration_from_parking": (
        [charging(60, kwh=1), parked(30), parked(30)],
        [tariff(element(parking(10), max_duration=1800), element(parking(2)), element(energy(1)))],
        billed(7),
        {},
    ),
    "wrapped_weekday": (TEN, [NIGHT], billed(10), {"start": datetime(2024, 1, 16, 0, tzinfo=UTC)}),
    "unknown_power": (TEN, [tariff(element(energy(5), max_power=50), element(energy(1)))], billed(10), {}),
    "restrictions_ignored": (TEN, [tariff(element(energy(5), min_kwh=99), element(energy(1)))], billed(50), {}),
    "reservation_left_out": (
        [reserved(30), *TEN],
        [tariff(element(time(6), reservation="RESERVATION"), element(energy(1)))],
        billed(10),
        {},
    ),
    "energy_left_out": (TEN, [tariff(energy(1), time(3))], billed(3), {}),
    "time_left_out": (TEN, [tariff(energy(1), time(3))], billed(10), {}),
    "parking_left_out": ([*TEN, parked(60)], [tariff(energy(1), parking(3))], billed(10), {}),
}


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("code", CLAIMS)
def test_r25_the_deviation_that_yields_the_bill_is_named(code: str) -> None:
    periods, tariffs, total, fields = CLAIMS[code]
    found = judged(periods, *tariffs, total_cost=total, **fields)
    assert found.verdict == "mismatch"
    assert found.explanation is not None
    assert found.explanation.code == code
    assert float(found.explanation.total_cost.excl_vat) == pytest.approx(total["excl_vat"], abs=0.01)
    (finding,) = [one for one in found.findings if one.code == f"deviation_{code}"]
    effect = found.explanation.total_cost - found.expected
    assert (finding.severity, finding.amount) == ("info", effect.excl_vat or effect.incl_vat)
    assert finding.amount


@pytest.mark.requirement("R25")
def test_r25_every_deviation_of_the_table_has_such_a_bill() -> None:
    assert set(CLAIMS) == {deviation.code for deviation in DEVIATIONS}


@pytest.mark.requirement("R25")
def test_r25_what_no_deviation_yields_is_called_unexplained() -> None:
    found = judged(TEN, VAT, total_cost=billed(77, 88))
    assert (found.verdict, found.explanation) == ("mismatch", None)
    assert "unexplained" in codes(found)


@pytest.mark.requirement("R25")
def test_r25_a_deviation_that_yields_every_amount_is_preferred_to_one_that_yields_the_total() -> None:
    """Without step_size the total would be 10 too; but the CPO says itself that the energy cost nothing."""
    prices = tariff(time(10, 3600), energy(0.5))
    parts = {"total_energy_cost": billed(0), "total_time_cost": billed(10)}
    half_hour = [charging(30, kwh=10)]
    found = judged(half_hour, prices, total_cost=billed(10), **parts)
    assert found.explanation.code == "energy_left_out"
    alone = judged(half_hour, prices, total_cost=billed(10)).explanation
    assert alone.code == "no_step_size"


@pytest.mark.requirement("R25")
def test_r25_a_deviation_that_contradicts_the_parts_of_the_bill_is_told_with_that_reservation() -> None:
    prices = tariff(time(10, 3600), energy(0.5))
    parts = {"total_energy_cost": billed(8), "total_time_cost": billed(2)}
    found = judged([charging(30, kwh=10)], prices, total_cost=billed(10), **parts).explanation
    assert found.code == "no_step_size"
    assert found.sentence.endswith("Its parts do not add up that way.")


@pytest.mark.requirement("R25")
def test_r25_of_two_deviations_that_fit_the_documented_order_decides() -> None:
    """Two charging periods of one element: by the period and by the element give the same number."""
    named = [deviation.code for deviation in DEVIATIONS[:10]]
    assert named == [
        "no_step_size",
        "step_size_on_time_too",
        "step_size_per_period",
        "utc",
        "other_tariff_version",
        "flat_per_period",
        "limits_ignored",
        "vat_inside_price",
        "duration_from_timestamps",
        "truncated",
    ]
    prices = tariff(element(time(60, 1800), max_duration=1500), element(time(120, 1800)))
    found = judged([charging(25), charging(25)], prices, total_cost=billed(30 + 60))
    assert found.explanation.code == "step_size_per_period"
    capped = tariff(energy(1), max_price=billed(5, 5))
    assert judged(TEN, capped, total_cost=billed(10)).explanation.code == "limits_ignored"


@pytest.mark.requirement("R25")
def test_r25_reserved_time_too_may_come_from_timestamps() -> None:
    prices = tariff(element(time(6), reservation="RESERVATION"), element(energy(1)))
    found = judged([period(60, reserved=40), *TEN], prices, total_cost=billed(16))
    assert found.explanation.code == "duration_from_timestamps"


@pytest.mark.requirement("R25")
def test_r25_a_match_needs_no_explanation() -> None:
    assert judged(TEN, VAT, total_cost=billed(10, 12.5)).explanation is None


@pytest.mark.requirement("R25")
def test_r25_each_deviation_has_a_sentence_of_its_own() -> None:
    assert len({deviation.sentence for deviation in DEVIATIONS}) == len(DEVIATIONS)
