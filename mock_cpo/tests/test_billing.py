"""The bill of a session: worked examples, and the rules that they leave open."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mock_cpo.billing import Money, Period, price_session, quantity
from mock_cpo.tests.vectors import VECTORS, Element, Vector

BERLIN = ZoneInfo("Europe/Berlin")


def tariff_of(elements: list[Element], limits: dict[str, Any] | None = None) -> dict[str, Any]:
    wire = [
        {"price_components": [component(*each) for each in components], "restrictions": restrictions}
        for components, restrictions in elements
    ]
    return {"id": "T1", "currency": "EUR", "elements": wire} | (limits or {})


def component(kind: str, price: float, vat: float | None, step_size: int) -> dict[str, Any]:
    given = {} if vat is None else {"vat": vat}
    return {"type": kind, "price": price, "step_size": step_size} | given


def local(text: str, day: int = 7) -> datetime:
    hours, minutes = text.split(":")
    return datetime(2019, 1, day, int(hours), int(minutes), tzinfo=BERLIN).astimezone(UTC)


def bill_of(vector: Vector) -> Any:
    periods = [
        Period(local(start, vector.day), {kind: Decimal(str(volume)) for kind, volume in volumes.items()})
        for start, volumes in vector.periods
    ]
    end = local(vector.end, vector.day)
    end += timedelta(days=1 if end < periods[-1].start else 0)
    return price_session([tariff_of(vector.elements, vector.limits)], periods, end, BERLIN, vector.expired)


@pytest.mark.requirement("TCS-32", "TCS-23", "TCS-24", "TCS-25", "TCS-27", "TCS-35", "TCS-36", "TCS-47", "TCS-49")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_the_worked_examples_cost_what_the_specification_says(vector: Vector) -> None:
    wire = bill_of(vector).to_wire()
    assert wire["total_cost"] == {"excl_vat": pytest.approx(vector.excl), "incl_vat": pytest.approx(vector.incl)}
    for part, excl in vector.parts.items():
        assert wire[f"total_{part}_cost"]["excl_vat"] == pytest.approx(excl)


@pytest.mark.requirement("TCS-29")
@pytest.mark.parametrize(("hours", "seconds"), [("0.1167", 420), ("0.0833", 300), ("0.0834", 300), ("1.973", "7102.8")])
def test_four_decimals_of_an_hour_stand_for_whole_seconds(hours: str, seconds: str) -> None:
    expected = 7103 if hours == "1.973" else seconds
    assert quantity("TIME", Decimal(hours)) == expected


@pytest.mark.requirement("TCS-33")
def test_the_start_fee_is_due_even_when_nothing_was_delivered() -> None:
    period = Period(local("10:00"), {"ENERGY": Decimal(0), "TIME": Decimal(0)})
    bill = price_session([tariff_of([([("FLAT", 1, None, 1)], {})])], [period], local("10:01"), BERLIN)
    assert bill.total == Money(Decimal(1), Decimal(1))


def test_a_limit_without_vat_moves_the_price_with_vat_in_proportion() -> None:
    tariff = tariff_of([([("ENERGY", 1, 20, 1)], {})], {"max_price": {"excl_vat": 5}})
    bill = price_session([tariff], [Period(local("10:00"), {"ENERGY": Decimal(10)})], local("11:00"), BERLIN)
    assert bill.total == Money(Decimal(5), Decimal(6))


def test_an_expired_reservation_is_not_lifted_to_the_minimum_price() -> None:
    elements: list[Element] = [([("TIME", 1, None, 1)], {"reservation": "RESERVATION"})]
    tariff = tariff_of(elements, {"min_price": {"excl_vat": 50}})
    bill = price_session(
        [tariff], [Period(local("10:00"), {"RESERVATION_TIME": Decimal(1)})], local("11:00"), BERLIN, True
    )
    assert bill.total.excl == 1


def test_each_period_is_priced_by_the_tariff_it_names() -> None:
    tariffs = [tariff_of([([("ENERGY", price, None, 1)], {})]) | {"id": name} for name, price in (("A", 1), ("B", 2))]
    periods = [Period(local("10:00"), {"ENERGY": Decimal(1)}, "a"), Period(local("11:00"), {"ENERGY": Decimal(1)}, "b")]
    assert price_session(tariffs, periods, local("12:00"), BERLIN).total.excl == 3


def test_parts_that_are_not_priced_are_not_claimed() -> None:
    bill = price_session(
        [tariff_of([([("ENERGY", 1, None, 1)], {})])],
        [Period(local("10:00"), {"TIME": Decimal(1)})],
        local("11:00"),
        BERLIN,
    )
    assert bill.to_wire() == {"total_cost": {"excl_vat": 0.0, "incl_vat": 0.0}}
