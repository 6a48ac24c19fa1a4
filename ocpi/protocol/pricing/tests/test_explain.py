"""What a tariff costs, in sentences."""

import pytest

from ocpi.protocol.pricing import explain
from ocpi.protocol.pricing.tests.builders import billed, component, element, energy, flat, parking, tariff, time

WEEK = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]


def test_prices_are_told_with_vat_and_without() -> None:
    assert explain(tariff(flat(0.5, 20), energy(0.25, vat=10), parking(2, 900, 20))) == [
        "Fee per session: 0.60 EUR including 20 % VAT (0.50 EUR without).",
        "Energy: 0.275 EUR including 10 % VAT (0.25 EUR without) per kWh.",
        "Parking after charging: 2.40 EUR including 20 % VAT (2.00 EUR without) per hour, billed in steps of 15 min.",
    ]


def test_conditions_come_first_and_the_rest_is_told() -> None:
    prices = tariff(
        element(time(1), max_current=32),
        element(time(2, 600), min_current=32, day_of_week=WEEK, start_time="09:00", end_time="18:00"),
    )
    assert explain(prices) == [
        "Charging time: below 32 A: 1.00 EUR (no VAT applies) per hour; "
        "on Mon–Fri, between 09:00 and 18:00, at 32 A or more: 2.00 EUR (no VAT applies) per hour, "
        "billed in steps of 10 min; otherwise free."
    ]


def test_every_condition_has_words() -> None:
    bounds = {"start_date": "2024-01-01", "end_date": "2025-01-01", "min_kwh": 1, "max_kwh": 2.5, "min_power": 3}
    more = {"max_power": 4, "min_duration": 5400, "max_duration": 7200, "day_of_week": ["MONDAY", "SUNDAY"]}
    assert explain(tariff(element(energy(1), **bounds, **more), element(energy(2, 500)))) == [
        "Energy: on Mon, Sun, from 2024-01-01 on, before 2025-01-01, from 1 kWh on, for the first 2.5 kWh, "
        "at 3 kW or more, below 4 kW, from 90 min after the start on, during the first 2 h: "
        "1.00 EUR (no VAT applies) per kWh; otherwise 2.00 EUR (no VAT applies) per kWh, billed in steps of 0.5 kWh."
    ]


def test_equal_times_mean_the_whole_day() -> None:
    prices = tariff(element(energy(1), start_time="08:00", end_time="08:00", max_kwh=5))
    assert explain(prices) == ["Energy: for the first 5 kWh: 1.00 EUR (no VAT applies) per kWh; otherwise free."]


def test_reservations_have_their_own_sentences() -> None:
    prices = tariff(
        element(flat(4), reservation="RESERVATION_EXPIRES"),
        element(time(2, 45), reservation="RESERVATION"),
        element(energy(1)),
    )
    assert [sentence.split(":")[0] for sentence in explain(prices)] == [
        "Energy",
        "Fee for a reservation that expires unused",
        "Reservation",
    ]


def test_limits_and_validity_come_last() -> None:
    prices = tariff(
        energy(1),
        min_price=billed(0.5, 0.55),
        max_price={"excl_vat": 10},
        start_date_time="2024-01-01T00:00:00Z",
        end_date_time="2025-01-01T00:00:00Z",
    )
    assert explain(prices)[1:] == [
        "A session costs at least 0.55 EUR including VAT (0.50 EUR without).",
        "A session costs at most 10.00 EUR without VAT.",
        "Valid from 2024-01-01 00:00 UTC.",
        "Valid until 2025-01-01 00:00 UTC.",
    ]


@pytest.mark.requirement("TAR-11")
def test_free_is_said() -> None:
    assert explain(tariff(component("FLAT", 0, 0))) == ["Charging is free."]
    assert explain(tariff(component("FLAT", 0, 0)), "de") == ["Laden ist kostenlos."]


def test_german_and_a_language_that_is_not_there() -> None:
    prices = tariff(energy(0.25, vat=19))
    assert explain(prices, "de") == ["Energie: 0,2975 EUR inkl. 19 % USt. (0,25 EUR ohne) je kWh."]
    assert explain(prices, "xx") == explain(prices)


def test_a_currency_without_minor_units() -> None:
    assert explain(tariff(energy(50), currency="JPY")) == ["Energy: 50 JPY (no VAT applies) per kWh."]
