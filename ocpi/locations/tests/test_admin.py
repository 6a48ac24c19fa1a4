"""Locations, EVSEs and connectors in the admin."""

import pytest
from django.test import Client

from ocpi.core import admin as core
from tests import admin_pages, factories
from tests.callers import Caller


def test_a_location_shows_its_evses_and_leads_to_them(admin_client: Client, cpo: Caller) -> None:
    row = admin_pages.location(cpo.partner, opening_times={"twentyfourseven": True})
    html = admin_pages.page(admin_client, core.page(row))
    for evse in row.evses.all():
        assert f'href="{core.page(evse)}"' in html
    assert "24 hours, every day" in html
    assert "Type 2 11.04 kW" in html
    assert core.list_page("ocpi_sessions.session", at=row.pk) in html


def test_opening_hours_are_said_in_words(admin_client: Client, cpo: Caller) -> None:
    hours = [{"weekday": 1, "period_begin": "08:00", "period_end": "20:00"}]
    opening = {"twentyfourseven": False, "regular_hours": hours}
    row = admin_pages.location(cpo.partner, opening_times=opening)
    assert "Mon 08:00–20:00" in admin_pages.page(admin_client, core.page(row))


def test_an_evse_shows_its_connectors_with_power_and_tariff(admin_client: Client, cpo: Caller) -> None:
    evse = admin_pages.location(cpo.partner).evses.first()
    html = admin_pages.page(admin_client, core.page(evse))
    assert "11.04 kW (AC 3 PHASE, 230 V, 16 A)" in html
    assert core.list_page("ocpi_tariffs.tariff", q="T1") in html


@pytest.mark.requirement("LOC-22")
def test_an_evse_that_left_the_list_is_still_found(admin_client: Client, cpo: Caller) -> None:
    admin_pages.location(cpo.partner)
    admin_pages.location(cpo.partner, evses=[factories.evse()])
    url = core.list_page("ocpi_locations.evse")
    listed = [admin_client.get(f"{url}?listed={value}").context["cl"].result_count for value in ("yes", "no")]
    assert listed == [1, 1]


@pytest.mark.parametrize("words", ["stationsplein", "utr", "l1"])
def test_a_location_is_found_by_name_city_and_id(words: str, admin_client: Client, cpo: Caller) -> None:
    admin_pages.location(cpo.partner)
    admin_pages.location(cpo.partner, id="X", name="Elsewhere", address="Kade 1", city="Delft")
    found = admin_client.get(f"{core.list_page('ocpi_locations.location')}?q={words}").context["cl"]
    assert [row.location_id for row in found.result_list] == ["L1"]


@pytest.mark.parametrize(("name", "at_most"), [("location", 7), ("evse", 7), ("connector", 5)])
def test_lists_cost_the_same_however_long(name: str, at_most: int, admin_client: Client, cpo: Caller) -> None:
    url = core.list_page(f"ocpi_locations.{name}")
    admin_pages.assert_cost_is_constant(
        admin_client, url, lambda n: admin_pages.location(cpo.partner, id=f"L{n}"), at_most
    )
