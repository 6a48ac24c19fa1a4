"""Locations, EVSEs and connectors in the admin."""

from typing import Any

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


def picture(name: str, category: str, **fields: Any) -> dict[str, Any]:
    return {"url": f"https://img.example/{name}.png", "category": category, "type": "png", **fields}


def company(name: str, logo: dict[str, Any] | None = None) -> dict[str, object]:
    return {"name": name} | ({"logo": logo} if logo else {})


@pytest.mark.requirement("LOC-46")
def test_all_pictures_are_shown_several_of_one_category_too(admin_client: Client, cpo: Caller) -> None:
    images = [picture(name, "CHARGER") for name in ("one", "two")]
    images += [picture("door", "ENTRANCE", width=800, height=600), picture("odd", "DRONE")]
    html = admin_pages.page(admin_client, core.page(admin_pages.location(cpo.partner, images=images)))
    for image in images:
        assert f'href="{image["url"]}"' in html
    assert "entrance 800 × 600" in html
    assert "<img" not in html.split("ocpi-pictures")[1], "a page of ours asks no other host"


@pytest.mark.requirement("LOC-46")
@pytest.mark.parametrize(
    ("fields", "logo"),
    [
        ({"operator": company("Op", picture("network", "NETWORK")), "images": [picture("op", "OPERATOR")]}, "network"),
        (
            {"operator": company("Op", picture("op", "OPERATOR")), "owner": company("O", picture("net", "NETWORK"))},
            "net",
        ),
        ({"operator": company("Op", picture("op", "OPERATOR"))}, "op"),
        ({"images": [picture("op", "OPERATOR"), picture("two", "OPERATOR")]}, "op"),
        ({"images": [picture("door", "ENTRANCE"), picture("owner", "OWNER")]}, None),
        ({}, None),
    ],
)
def test_the_logo_is_the_networks_or_else_the_operators(
    admin_client: Client, cpo: Caller, fields: dict[str, object], logo: str | None
) -> None:
    row = admin_pages.location(cpo.partner, **fields)
    found = row.logo()
    assert (found and found["url"]) == (f"https://img.example/{logo}.png" if logo else None)
    html = admin_pages.page(admin_client, core.page(row))
    assert html.count(", the logo") == (1 if logo else 0)
    shown = html.split("ocpi-pictures")[1] if fields else ""
    assert logo is None or shown.index(f"{logo}.png") == shown.index("https://img.example/") + len(
        "https://img.example/"
    )


@pytest.mark.requirement("LOC-46", "TYP-12")
def test_a_picture_without_scheme_leads_to_the_web_and_not_into_our_page(admin_client: Client, cpo: Caller) -> None:
    row = admin_pages.location(cpo.partner, images=[picture("x", "CHARGER") | {"url": "img.example/x.png"}])
    assert 'href="https://img.example/x.png"' in admin_pages.page(admin_client, core.page(row))
