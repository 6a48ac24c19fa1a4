"""R22 to R24: how far apart amounts may be, whether a CDR agrees with itself, and credits."""

from typing import Any

import pytest

from ocpi.protocol.pricing import Policy
from ocpi.protocol.pricing.tests.builders import (
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

TEN = [charging(60, kwh=10)]
EUR_10 = tariff(energy(1, vat=20))


def verdict(total: dict[str, float], **fields: Any) -> str:
    return judged(TEN, EUR_10, total_cost=total, **fields).verdict


@pytest.mark.requirement("R22", "TCS-37")
@pytest.mark.parametrize(
    ("excl", "incl", "expected"),
    [
        (10, 12, "match"),
        (10.01, 12.01, "match"),
        (9.99, 11.99, "match"),
        (10, 11.985, "rounding"),
        (10.02, 12, "rounding"),
        (10.021, 12, "mismatch"),
        (10, 11.9, "mismatch"),
        (0, 0, "mismatch"),
    ],
)
def test_r22_a_cent_is_a_match_two_are_rounding_more_is_a_mismatch(excl: float, incl: float, expected: str) -> None:
    assert verdict(billed(excl, incl)) == expected


@pytest.mark.requirement("R22")
@pytest.mark.parametrize(
    ("currency", "off", "expected"), [("JPY", 1, "match"), ("JPY", 3, "mismatch"), ("KWD", 0.005, "mismatch")]
)
def test_r22_the_minor_unit_is_that_of_the_currency(currency: str, off: float, expected: str) -> None:
    prices = tariff(energy(1), currency=currency)
    assert judged(TEN, prices, currency=currency, total_cost=billed(10 + off)).verdict == expected


@pytest.mark.requirement("R22")
def test_r22_an_operator_may_be_stricter_or_more_generous() -> None:
    assert verdict(billed(10.01, 12), policy=Policy(tolerance=0, rounding=0)) == "mismatch"
    assert verdict(billed(10.04, 12), policy=Policy(tolerance=5)) == "match"


@pytest.mark.requirement("R23", "CDR-27")
def test_r23_only_what_the_cdr_carries_is_compared() -> None:
    assert verdict({"excl_vat": 10}) == "match"
    found = judged(TEN, EUR_10, total_cost={"excl_vat": 10}, total_energy_cost=billed(10, 13))
    assert [one.field for one in found.differences] == [
        "total_cost.excl_vat",
        "total_energy_cost.excl_vat",
        "total_energy_cost.incl_vat",
    ]
    assert (found.verdict, codes(found) & {"total_energy_cost_differs"}) == ("mismatch", {"total_energy_cost_differs"})


@pytest.mark.requirement("R23")
def test_r23_a_difference_says_theirs_ours_and_the_rest() -> None:
    difference = judged(TEN, EUR_10, total_cost=billed(11.5, 12)).differences[0]
    assert (difference.theirs, difference.ours, difference.delta) == (11.5, 10, 1.5)


@pytest.mark.requirement("R23", "TCS-45")
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("total_energy", 12, "total_energy_inconsistent"),
        ("total_energy", 10000, "total_energy_inconsistent"),
        ("total_time", 3, "total_time_inconsistent"),
        ("total_parking_time", 0.1, "total_parking_time_inconsistent"),
    ],
)
def test_r23_a_cdr_that_contradicts_itself_is_no_match(field: str, value: float, code: str) -> None:
    periods = [*TEN, parked(30)]
    assert judged(periods, EUR_10, total_cost=billed(10, 12)).verdict == "match"
    found = judged(periods, EUR_10, total_cost=billed(10, 12), **{field: value})
    assert (found.verdict, codes(found), found.explanation) == ("mismatch", {code}, None)
    lenient = Policy(inconsistent_volumes="warning")
    assert judged(periods, EUR_10, total_cost=billed(10, 12), policy=lenient, **{field: value}).verdict == "match"


@pytest.mark.requirement("R23", "TAMB-09")
@pytest.mark.parametrize("hours", [1, 1.5])
def test_r23_total_time_may_include_the_reservation_or_not(hours: float) -> None:
    assert judged([reserved(30), *TEN], EUR_10, total_cost=billed(10, 12), total_time=hours).verdict == "match"


@pytest.mark.requirement("R23")
def test_r23_without_energy_in_any_period_the_total_is_not_compared() -> None:
    found = judged([charging(60)], tariff(time(1)), total_cost=billed(1), total_energy=15)
    assert found.verdict == "match"


@pytest.mark.requirement("R23", "TCS-44")
def test_r23_parts_that_do_not_add_up_are_found() -> None:
    parts = {"total_energy_cost": billed(10), "total_fixed_cost": billed(5)}
    found = judged(TEN, tariff(energy(1), flat(5)), total_cost=billed(10), **parts)
    assert "parts_do_not_add_up" in codes(found)
    limited = tariff(energy(1), flat(5), max_price=billed(10, 10))
    assert judged(TEN, limited, total_cost=billed(10), **parts).verdict == "match"


@pytest.mark.requirement("R23", "TCS-39", "TCS-42")
def test_r23_a_flat_may_stand_in_fixed_or_in_parking() -> None:
    prices = tariff(energy(1), flat(5), parking(2))
    periods = [*TEN, parked(60)]
    total = billed(17)
    usual = judged(periods, prices, total_cost=total, total_fixed_cost=billed(5), total_parking_cost=billed(2))
    moved = judged(periods, prices, total_cost=total, total_parking_cost=billed(7))
    assert (usual.verdict, moved.verdict) == ("match", "match")
    assert codes(moved) == {"flat_counted_as_parking"}
    wrong = judged(periods, prices, total_cost=total, total_fixed_cost=billed(5), total_parking_cost=billed(7))
    assert wrong.verdict == "mismatch"
    dear = judged(periods, prices, total_cost=billed(18), total_fixed_cost=billed(5), total_parking_cost=billed(2))
    assert {one.field for one in dear.differences if one.delta} == {"total_cost.excl_vat", "total_cost.incl_vat"}


def original_and_credit(**fields: Any) -> tuple[Any, Any]:
    first = cdr(TEN, EUR_10, total_cost=billed(10, 12), total_energy_cost=billed(10, 12))
    wire = {**first.to_wire(), "id": "C1-C", "credit": True, "credit_reference_id": "C1"}
    return first, type(first).from_wire({**wire, "total_cost": billed(-10, -12), **fields})


def credited(credit: Any, original: Any) -> Any:
    from ocpi.protocol.pricing import check

    return check(credit, time_zone=None, original=original)


@pytest.mark.requirement("R24", "CDR-11", "CDR-12", "TAMB-08")
def test_r24_a_credit_takes_back_exactly_the_original_and_is_not_priced() -> None:
    original, credit = original_and_credit()
    found = credited(credit, original)
    assert (found.verdict, found.findings, found.priced) == ("credit", (), None)
    assert found.expected.excl_vat == -10


@pytest.mark.requirement("R24", "CDR-13")
def test_r24_a_credit_of_an_unknown_original_is_held() -> None:
    _, credit = original_and_credit()
    found = credited(credit, None)
    assert found.verdict == "credit"
    assert [(one.code, one.severity) for one in found.findings] == [("credit_original_unknown", "hold")]
    assert found.expected is None


@pytest.mark.requirement("R24", "CDR-14")
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"total_cost": billed(-9.99, -12)}, "credit_amount_differs"),
        ({"total_cost": billed(-10, -11.99)}, "credit_amount_differs"),
        ({"total_cost": billed(10, 12)}, "credit_amount_differs"),
        ({"total_energy_cost": billed(-10, -12)}, "credit_differs_from_original"),
        ({"total_energy": 9}, "credit_differs_from_original"),
        ({"credit_reference_id": "C7"}, "credit_refers_elsewhere"),
    ],
)
def test_r24_a_credit_that_takes_back_something_else_is_a_mismatch(fields: dict[str, Any], code: str) -> None:
    original, credit = original_and_credit(**fields)
    found = credited(credit, original)
    assert (found.verdict, codes(found)) == ("mismatch", {code})


@pytest.mark.requirement("R24")
def test_r24_a_credit_takes_back_no_other_credit() -> None:
    _, credit = original_and_credit()
    assert "credit_of_a_credit" in codes(credited(credit, credit))


@pytest.mark.requirement("R24", "CDR-13")
def test_r24_a_credit_that_is_not_negative_is_remarked_while_it_waits() -> None:
    _, credit = original_and_credit(total_cost=billed(10, 12))
    assert "credit_not_negative" in codes(credited(credit, None))


@pytest.mark.requirement("R2", "TAR-01")
def test_a_published_tariff_that_cannot_price_the_cdr_is_told_without_an_amount() -> None:
    other = tariff(energy(1), currency="SEK")
    found = judged(TEN, EUR_10, stored=[other], total_cost=billed(10, 12))
    assert [(one.code, one.amount) for one in found.findings] == [("tariff_differs_from_published", None)]


def test_an_unpriceable_cdr_is_neither_a_match_nor_a_number() -> None:
    found = judged([period(kwh=1, tariff_id="T9")], EUR_10)
    assert (found.verdict, found.expected, found.differences) == ("unpriceable", None, ())
    assert found.unpriceable.code == "unknown_tariff"


def test_a_mismatch_that_rests_on_an_assumption_says_so() -> None:
    prices = tariff(element(energy(1), max_current=32), element(energy(2)))
    assert "low_confidence" in codes(judged(TEN, prices, total_cost=billed(5)))
