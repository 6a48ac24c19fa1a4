"""R16 to R21: step_size, costs, VAT, and the limits of a tariff."""

from decimal import Decimal

import pytest

from ocpi.protocol.pricing import Policy
from ocpi.protocol.pricing.tests.builders import (
    billed,
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


@pytest.mark.requirement("R16", "TCS-22", "TCS-28", "TCS-30", "TAR-10")
@pytest.mark.parametrize(
    ("kwh", "step", "expected"),
    [(0.5, 500, 0.5), (0.501, 500, 1.0), (20.45, 100, 20.5), (0.1152, 1, 0.116), (0.1152, 0, 0.1152), (1.2, -5, 1.2)],
)
def test_r16_energy_is_rounded_up_to_steps_of_watt_hours(kwh: float, step: int, expected: float) -> None:
    assert excl([period(kwh=kwh)], tariff(energy(1, step))) == pytest.approx(expected)


@pytest.mark.requirement("R16", "TCS-28")
@pytest.mark.parametrize(("minutes", "step", "expected"), [(45, 900, 45), (46, 900, 60), (7, 60, 7), (1, 0, 1)])
def test_r16_time_is_rounded_up_to_steps_of_seconds(minutes: int, step: int, expected: int) -> None:
    assert excl([charging(minutes)], tariff(time(60, step))) == pytest.approx(expected)


@pytest.mark.requirement("R17", "TCS-23", "TCS-24", "TCS-25")
def test_r17_energy_is_rounded_once_by_the_last_priced_step_and_billed_there() -> None:
    prices = tariff(element(energy(1, 10000), max_kwh=4), element(energy(10, 500), max_kwh=8), element(time(0)))
    found = priced([charging(30, kwh=4.2), charging(30, kwh=3.9), charging(30, kwh=5)], prices)
    priced_lines = [one for one in found.segments if one.price is not None and one.dimension == "ENERGY"]
    assert [float(one.surplus) for one in priced_lines] == [0, pytest.approx(0.4)]
    assert float(found.total_energy_cost.excl_vat) == pytest.approx(4.2 + 43)


@pytest.mark.requirement("R17", "TCS-27", "TAMB-03")
def test_r17_energy_without_a_price_is_not_part_of_what_is_rounded() -> None:
    prices = tariff(element(energy(1, 1000), min_kwh=5))
    assert excl([charging(30, kwh=5.4), charging(30, kwh=2.8)], prices) == 3
    assert excl([charging(30, kwh=5.4), charging(30, kwh=2.8)], prices, policy=Policy(rounded_volume="all")) == 3.6


@pytest.mark.requirement("R17", "TAMB-04")
def test_r17_nothing_is_rounded_when_the_tariff_switches() -> None:
    day, night = tariff(energy(1, 1000), id="D"), tariff(energy(10, 1000), id="N")
    periods = [charging(30, kwh=1.3, tariff_id="D"), charging(30, kwh=1.4, tariff_id="N")]
    assert excl(periods, day, night) == pytest.approx(1.3 + 17)


@pytest.mark.requirement("R17", "TAMB-23")
def test_r17_energy_given_back_is_netted_before_it_is_rounded() -> None:
    found = priced([period(kwh=3.3), period(kwh=-2)], tariff(energy(1, 500)))
    assert float(found.total_cost.excl_vat) == pytest.approx(1.5)
    assert codes(found) == {"negative_energy"}
    assert found.confidence == "low"


@pytest.mark.requirement("R18", "TCS-23", "TCS-26")
def test_r18_parking_is_rounded_and_charging_time_then_is_not() -> None:
    found = priced([charging(21), parked(7)], tariff(time(60, 300), parking(60, 300)))
    assert (float(found.billed.time_h) * 60, float(found.billed.parking_h) * 60) == (pytest.approx(21), 10)


@pytest.mark.requirement("R18", "TAMB-02")
def test_r18_charging_after_parking_is_not_rounded_either() -> None:
    found = priced([charging(21), parked(7), charging(4)], tariff(time(60, 300), parking(60, 300)))
    assert (float(found.billed.time_h) * 60, float(found.billed.parking_h) * 60) == (pytest.approx(25), 10)


@pytest.mark.requirement("R18", "TCS-27")
@pytest.mark.parametrize("last", [parked(0), parked(30)], ids=["no volume", "no price"])
def test_r18_parking_without_volume_or_price_does_not_keep_time_from_being_rounded(last: dict[str, object]) -> None:
    prices = tariff(element(time(60, 300)), element(parking(60, 300), min_kwh=99))
    if last["minutes"] == 0:
        prices = tariff(time(60, 300), parking(60, 300))
    found = priced([charging(21), last], prices)
    assert float(found.billed.time_h) * 60 == pytest.approx(25)


@pytest.mark.requirement("R18", "TCS-50")
def test_r18_reserved_time_is_rounded_on_its_own() -> None:
    prices = tariff(element(time(60, 600), reservation="RESERVATION"), element(time(6, 300)))
    found = priced([reserved(13), charging(21)], prices)
    assert float(found.total_reservation_cost.excl_vat) == pytest.approx(20)
    assert float(found.total_time_cost.excl_vat) == pytest.approx(2.5)


@pytest.mark.requirement("R19", "TCS-38", "TCS-39", "TCS-40", "TCS-41", "TCS-42", "TCS-43")
def test_r19_each_cost_has_its_field_and_the_total_is_their_sum() -> None:
    prices = tariff(
        element(flat(7), time(60), reservation="RESERVATION"), element(flat(1), energy(2), time(3), parking(4))
    )
    found = priced([reserved(10), charging(60, kwh=5), parked(30)], prices)
    assert float(found.total_fixed_cost.excl_vat) == 1
    assert float(found.total_energy_cost.excl_vat) == 10
    assert float(found.total_time_cost.excl_vat) == 3
    assert float(found.total_parking_cost.excl_vat) == 2
    assert float(found.total_reservation_cost.excl_vat) == 17
    assert float(found.total_cost.excl_vat) == 33


@pytest.mark.requirement("R19", "R22", "TCS-37")
def test_r19_nothing_is_rounded_inside() -> None:
    assert priced([period(kwh=1.2345)], tariff(energy(0.1234, 0))).total_cost.excl_vat == Decimal("0.15233730")


@pytest.mark.requirement("R20", "TCS-34", "TAR-16", "TAMB-07")
def test_r20_vat_is_per_component_and_absent_means_none() -> None:
    found = priced([charging(60, kwh=10), parked(60)], tariff(energy(1, vat=20), time(10), parking(10, vat=0)))
    assert (found.total_cost.excl_vat, found.total_cost.incl_vat) == (30, 32)
    assert [one.vat for one in found.segments] == [20, None, 0]


@pytest.mark.requirement("R21", "TCS-35", "TCS-36")
def test_r21_limits_act_on_both_totals_independently_and_leave_the_parts() -> None:
    limits = {"min_price": billed(2, 2), "max_price": billed(10, 10.5)}
    found = priced([period(kwh=9.8)], tariff(energy(1, vat=20), **limits))
    assert (float(found.total_cost.excl_vat), float(found.total_cost.incl_vat)) == (9.8, 10.5)
    assert float(found.total_energy_cost.incl_vat) == pytest.approx(11.76)
    assert found.limit == "max_price"
    assert float(found.adjustment.incl_vat) == pytest.approx(-1.26)
    low = priced([period(kwh=1)], tariff(energy(1, vat=20), **limits))
    assert (float(low.total_cost.excl_vat), low.limit) == (2, "min_price")


@pytest.mark.requirement("R21")
def test_r21_a_limit_that_does_not_bite_is_not_named() -> None:
    found = priced([period(kwh=5)], tariff(energy(1), min_price=billed(2, 2), max_price=billed(10, 10)))
    assert (found.limit, found.adjustment) == (None, None)


@pytest.mark.requirement("R21")
def test_r21_without_its_own_vat_a_limit_moves_the_vat_in_proportion() -> None:
    prices = tariff(energy(1, vat=20), max_price={"excl_vat": 10})
    found = priced([period(kwh=20)], prices)
    assert (found.total_cost.excl_vat, found.total_cost.incl_vat) == (10, 12)
    assert codes(found) == {"limit_without_vat"}
    left = priced([period(kwh=20)], prices, policy=Policy(limit_vat="unchanged"))
    assert (left.total_cost.excl_vat, left.total_cost.incl_vat) == (10, 24)
    nothing = priced([period(kwh=0)], tariff(energy(1, vat=20), min_price={"excl_vat": 1}))
    assert (nothing.total_cost.excl_vat, nothing.total_cost.incl_vat) == (1, 1)


@pytest.mark.requirement("R21", "TAMB-05")
def test_r21_the_tariff_of_the_first_charging_period_limits_the_total() -> None:
    tariffs = [tariff(energy(1), id="A", max_price=billed(3, 3)), tariff(energy(1), id="B", max_price=billed(5, 5))]
    periods = [charging(30, kwh=5, tariff_id="A"), charging(30, kwh=5, tariff_id="B")]
    found = priced(periods, *tariffs)
    assert found.total_cost.excl_vat == 3
    assert codes(found) == {"limits_of_several_tariffs"}
    assert excl(periods, *tariffs, policy=Policy(limits_of="last")) == 5


@pytest.mark.requirement("R21", "TAMB-05")
def test_r21_an_expired_reservation_pays_no_minimum() -> None:
    prices = tariff(element(time(1), reservation="RESERVATION"), element(energy(1)), min_price=billed(5, 5))
    found = priced([reserved(60)], prices)
    assert found.total_cost.excl_vat == 1
    assert "min_price_not_applied" in codes(found)
    assert excl([reserved(60)], prices, policy=Policy(min_price_after_expiry=True)) == 5
