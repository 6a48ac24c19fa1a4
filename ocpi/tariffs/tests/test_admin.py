"""Tariffs in the admin: prices in words."""

from django.test import Client

from ocpi.core import admin as core
from tests import admin_pages
from tests.callers import Caller

TARIFFS = core.list_page("ocpi_tariffs.tariff")


def test_prices_and_conditions_are_said_in_words(admin_client: Client, cpo: Caller) -> None:
    night = {
        "price_components": [{"type": "PARKING_TIME", "price": 2, "step_size": 300}],
        "restrictions": {"start_time": "22:00", "day_of_week": ["SUNDAY"]},
    }
    day = {"price_components": [{"type": "ENERGY", "price": 0.35, "vat": 21, "step_size": 1}]}
    row = admin_pages.tariff(cpo.partner, elements=[night, day], max_price={"excl_vat": 20})
    html = admin_pages.page(admin_client, core.page(row))
    assert "0.35 EUR per kWh + 21.0 % VAT" in html or "0.35 EUR per kWh + 21 % VAT" in html
    assert "start time: 22:00, day of week: SUNDAY" in html
    assert "at most 20 EUR" in html
    assert "(and 1 more)" in admin_pages.page(admin_client, TARIFFS)


def test_the_list_costs_the_same_however_long(admin_client: Client, cpo: Caller) -> None:
    admin_pages.assert_cost_is_constant(
        admin_client, TARIFFS, lambda n: admin_pages.tariff(cpo.partner, id=f"T{n}"), at_most=6
    )
