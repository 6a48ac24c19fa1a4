"""What is remarked about a tariff, and that a plain one has no remark."""

from typing import Any

import pytest

from ocpi.protocol.pricing import explain, lint
from ocpi.protocol.pricing.tests.builders import billed, element, energy, flat, parking, tariff, time
from ocpi.protocol.tariffs import Tariff

ALL_DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
REST = element(energy(1))


def remarks(found: Tariff) -> set[tuple[str, str]]:
    return {(one.code, one.path) for one in lint(found)}


def restricted(**restrictions: Any) -> Tariff:
    return tariff(element(energy(2), **restrictions), REST)


AT = "elements[0].restrictions"
REMARKS: list[tuple[str, str, Tariff]] = [
    ("contradictory", f"{AT}.max_kwh", restricted(min_kwh=10, max_kwh=10)),
    ("contradictory", f"{AT}.max_power", restricted(min_power=20, max_power=10)),
    ("contradictory", f"{AT}.max_duration", restricted(max_duration=0)),
    ("contradictory", f"{AT}.end_date", restricted(start_date="2024-02-01", end_date="2024-01-01")),
    ("redundant", f"{AT}.min_kwh", restricted(min_kwh=0, max_kwh=5)),
    ("redundant", f"{AT}.start_time", restricted(start_time="00:00", end_time="00:00", max_kwh=1)),
    ("redundant", f"{AT}.day_of_week", restricted(day_of_week=ALL_DAYS, max_kwh=5)),
    ("redundant", AT, tariff({"price_components": [energy(1)], "restrictions": {}})),
    ("equal_times", f"{AT}.end_time", restricted(start_time="08:00", end_time="08:00")),
    ("wrapped_weekday", f"{AT}.day_of_week", restricted(start_time="22:00", end_time="06:00", day_of_week=["FRIDAY"])),
    ("never_applies", "elements[1].price_components[0]", tariff(REST, element(energy(2), max_kwh=5))),
    (
        "never_applies",
        "elements[1].price_components[0]",
        tariff(
            element(energy(1), max_kwh=10, start_time="08:00", end_time="20:00"),
            element(energy(2), max_kwh=5, start_time="09:00", end_time="10:00", day_of_week=["MONDAY"]),
            REST,
        ),
    ),
    ("second_component", "elements[0].price_components[1]", tariff(energy(1), energy(2))),
    (
        "not_for_reservation",
        "elements[0].price_components[0]",
        tariff(element(energy(1), reservation="RESERVATION"), REST),
    ),
    ("step_size", "elements[0].price_components[0].step_size", tariff(energy(1, 500))),
    ("step_size_zero", "elements[0].price_components[0].step_size", tariff(energy(1, 0))),
    ("negative_price", "elements[0].price_components[0].price", tariff(energy(-1))),
    ("odd_vat", "elements[0].price_components[0].vat", tariff(energy(1, vat=120))),
    ("no_fallback", "elements", tariff(element(energy(1), max_kwh=5), element(time(1)))),
    ("min_above_max", "min_price", tariff(energy(1), min_price=billed(6, 7), max_price=billed(5, 8))),
    ("min_above_max", "min_price", tariff(energy(1), min_price=billed(4, 9), max_price=billed(5, 8))),
    ("limit_without_vat", "max_price", tariff(energy(1), max_price={"excl_vat": 5})),
    ("limit_vat_negative", "max_price", tariff(energy(1), max_price=billed(5, 4))),
    ("max_price_zero", "max_price", tariff(energy(1), max_price=billed(0, 0))),
    (
        "never_valid",
        "end_date_time",
        tariff(energy(1), start_date_time="2024-02-01T00:00:00Z", end_date_time="2024-01-01T00:00:00Z"),
    ),
    ("unknown_field", f"{AT}.dayOfWeek", restricted(max_kwh=5, dayOfWeek=["MONDAY"])),
    ("unknown_field", "minPrice", tariff(energy(1), minPrice=5)),
]


@pytest.mark.requirement("TAR-18", "TCS-31")
@pytest.mark.parametrize(("code", "path", "found"), REMARKS, ids=[f"{code} {path}" for code, path, _ in REMARKS])
def test_a_fault_is_remarked_where_it_is(code: str, path: str, found: Tariff) -> None:
    assert (code, path) in remarks(found)
    assert all(one.sentence.endswith(".") for one in lint(found))


@pytest.mark.parametrize(
    "found",
    [
        tariff(flat(1), energy(1, vat=20), time(2), parking(3)),
        tariff(element(energy(2), start_time="08:00", end_time="20:00"), REST),
        tariff(element(energy(2), max_kwh=5), element(energy(3), max_kwh=9), REST),
        tariff(element(time(2), reservation="RESERVATION"), element(time(1), energy(1))),
        tariff(energy(1), min_price=billed(1, 1.2), max_price=billed(50, 60)),
    ],
)
def test_a_plain_tariff_has_no_remark(found: Tariff) -> None:
    assert lint(found) == []


@pytest.mark.requirement("R10")
def test_midnight_as_an_end_is_the_end_of_the_day() -> None:
    whole_day = lint(tariff(element(energy(1), end_time="00:00")))
    assert {"redundant"} <= {one.code for one in whole_day}
    assert "between 18:00 and 24:00" in explain(tariff(element(energy(1), start_time="18:00", end_time="00:00")))[0]
