"""R8, R9, R14, R15: which price component applies in which period."""

import pytest

from ocpi.protocol.pricing import Policy
from ocpi.protocol.pricing.tests.builders import (
    charging,
    codes,
    element,
    energy,
    excl,
    flat,
    parked,
    parking,
    period,
    priced,
    reserved,
    tariff,
    time,
)


@pytest.mark.requirement("R8", "TCS-01", "TCS-02")
def test_r08_each_dimension_looks_for_its_own_element() -> None:
    prices = tariff(element(energy(1), max_kwh=100), element(energy(5), time(10)))
    found = priced([charging(60, kwh=1)], prices)
    assert [(one.dimension, one.element) for one in found.segments] == [("ENERGY", 0), ("TIME", 1)]
    assert float(found.total_cost.excl_vat) == 11


@pytest.mark.requirement("R8", "TCS-03")
def test_r08_the_first_element_whose_restrictions_all_hold_wins() -> None:
    prices = tariff(
        element(energy(1), min_duration=0, min_kwh=5), element(energy(2), min_duration=0), element(energy(3))
    )
    assert excl([charging(60, kwh=1)], prices) == 2


@pytest.mark.requirement("R8", "TCS-04", "TCS-05")
def test_r08_no_element_means_free() -> None:
    found = priced([charging(60, kwh=1), parked(60)], tariff(element(parking(5), min_kwh=50), element(energy(1))))
    assert float(found.total_cost.excl_vat) == 1
    assert found.segments[-1].element is None
    assert found.segments[-1].why == "No element of tariff T1 prices parking time at Mon 11:00: it is free."


@pytest.mark.requirement("R8", "TAMB-17")
def test_r08_of_two_components_of_one_dimension_the_first_counts() -> None:
    assert excl([charging(60, kwh=1)], tariff(energy(1), energy(7))) == 1


@pytest.mark.requirement("R9", "TAMB-11")
def test_r09_the_start_of_a_period_decides_for_all_of_it() -> None:
    """From 10:00 to 12:00 local, the price doubles at 11:00; the CPO did not split."""
    found = priced([charging(120, kwh=10)], tariff(element(energy(1), end_time="11:00"), element(energy(2))))
    assert float(found.total_cost.excl_vat) == 10
    (warning,) = [one for one in found.warnings if one.code == "period_spans_price_change"]
    assert warning.period == 0
    assert warning.amount is not None
    assert float(warning.amount.excl_vat) == pytest.approx(5)


@pytest.mark.requirement("R9")
@pytest.mark.parametrize("bound", [{"end_time": "11:00"}, {"max_kwh": 10}, {"max_duration": 3600}])
def test_r09_a_period_that_ends_exactly_at_the_change_is_well_split(bound: dict[str, object]) -> None:
    found = priced(
        [charging(60, kwh=10), charging(60, kwh=10)], tariff(element(energy(1), **bound), element(energy(2)))
    )
    assert not codes(found)
    assert float(found.total_cost.excl_vat) == 30


@pytest.mark.requirement("R9")
@pytest.mark.parametrize("bound", [{"end_time": "10:30"}, {"max_kwh": 5}, {"max_duration": 1800}])
def test_r09_each_kind_of_bound_inside_a_period_is_remarked(bound: dict[str, object]) -> None:
    found = priced([charging(60, kwh=10)], tariff(element(energy(1), **bound), element(energy(2))))
    (warning,) = found.warnings
    assert warning.code == "period_spans_price_change"
    assert float(warning.amount.excl_vat) == pytest.approx(5, abs=1e-3)


@pytest.mark.requirement("R14", "TCS-20", "TCS-48")
def test_r14_reservation_elements_price_reserved_time_and_nothing_else() -> None:
    prices = tariff(element(time(60), flat(7), reservation="RESERVATION"), element(time(1), flat(2)))
    found = priced([reserved(30), charging(60)], prices)
    assert float(found.total_reservation_cost.excl_vat) == 37
    assert float(found.total_time_cost.excl_vat) == 1
    assert float(found.total_fixed_cost.excl_vat) == 2


@pytest.mark.requirement("R14")
def test_r14_other_elements_never_price_reserved_time() -> None:
    assert excl([reserved(30), charging(60)], tariff(time(1), flat(2))) == 3


@pytest.mark.requirement("R14", "TCS-49", "TCS-51", "TAMB-19")
def test_r14_an_expired_reservation_looks_for_its_own_elements_first_and_pays_no_start_fee() -> None:
    prices = tariff(
        element(time(1), flat(4), reservation="RESERVATION"),
        element(time(10), reservation="RESERVATION_EXPIRES"),
        element(flat(100), energy(1)),
    )
    found = priced([reserved(60)], prices)
    assert float(found.total_cost.excl_vat) == 14
    assert found.confidence == "low"
    assert excl([reserved(60), charging(60, kwh=1)], prices) == 1 + 4 + 100 + 1


@pytest.mark.requirement("R14")
def test_r14_reserved_and_charged_time_in_one_period_are_looked_up_apart() -> None:
    both = period(60, kwh=3, reserved=30, time=30)
    prices = tariff(element(time(10), reservation="RESERVATION"), element(time(2), energy(1), flat(1)))
    found = priced([both], prices)
    assert float(found.total_reservation_cost.excl_vat) == 5
    assert float(found.total_cost.excl_vat) == 5 + 1 + 3 + 1


@pytest.mark.requirement("R15", "TCS-33", "TAMB-01")
def test_r15_a_session_pays_one_flat() -> None:
    found = priced([charging(30, kwh=1), charging(30, kwh=1), parked(30)], tariff(flat(2)))
    assert [one.dimension for one in found.segments].count("FLAT") == 1
    assert float(found.total_fixed_cost.excl_vat) == 2
    assert not codes(found)


@pytest.mark.requirement("R15")
def test_r15_the_first_flat_that_is_active_in_any_period_is_taken_and_a_later_one_reported() -> None:
    prices = tariff(
        element(flat(5), min_duration=3600, max_duration=7200), element(flat(9), min_duration=7200), element(energy(1))
    )
    found = priced([charging(60, kwh=1), charging(60, kwh=1), charging(60, kwh=1)], prices)
    assert float(found.total_fixed_cost.excl_vat) == 5
    assert codes(found) == {"further_flat_not_billed"}


@pytest.mark.requirement("R15")
def test_r15_an_operator_may_bill_every_different_flat() -> None:
    prices = tariff(element(flat(5), max_duration=3600), element(flat(9)))
    periods = [charging(60), charging(60), charging(60)]
    assert excl(periods, prices, policy=Policy(several_flats="each")) == 14


def test_the_reason_names_the_element_the_condition_and_the_rounding() -> None:
    found = priced([charging(50, kwh=1)], tariff(element(time(1, 900), end_time="17:00", day_of_week=["MONDAY"])))
    assert found.segments[-1].why == (
        "Element 1 of tariff T1 applied at Mon 10:00: on Mon, between 00:00 and 17:00; "
        "the session's total is rounded up to steps of 15 min, which adds 10 min here."
    )
    by_energy = priced([charging(50, kwh=1.2)], tariff(energy(1, 500)))
    assert by_energy.segments[0].why == (
        "Element 1 of tariff T1 applies without conditions; "
        "the session's total is rounded up to steps of 0.5 kWh, which adds 0.3 kWh here."
    )
    assert found.segments[0].why == "No element of tariff T1 prices energy at Mon 10:00: it is free."
