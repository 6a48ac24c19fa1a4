"""The map of all stations: clusters by the database, filters, who may look."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.locations.models import Location
from ocpi.operations.map import STALE, Box, Filters, points
from tests import admin_pages, factories
from tests.callers import Caller

WORLD = Box(-85, -180, 85, 180)
ALWAYS = {"twentyfourseven": True}
NEVER = {"twentyfourseven": True, "exceptional_closings": [
    {"period_begin": "2020-01-01T00:00:00Z", "period_end": "2099-01-01T00:00:00Z"}
]}  # fmt: skip


def station(cpo: Caller, id: str, lat: str = "52.08950", lon: str = "5.11000", **changes: Any) -> Location:
    return admin_pages.location(cpo.partner, id=id, name=id, coordinates={"latitude": lat, "longitude": lon}, **changes)


def names(**filters: Any) -> set[str]:
    """The stations that are shown, each close enough to be one of its own."""
    return {point["name"] for point in points(WORLD, 18, Filters(**filters))}


def test_far_out_neighbours_are_one_point_and_close_up_two(cpo: Caller) -> None:
    station(cpo, "L1")
    station(cpo, "L2", lat="52.10000")
    station(cpo, "L3", lat="41.90000", lon="12.50000")
    far = sorted((each["stations"], each["evses"]) for each in points(WORLD, 3, Filters()))
    assert far == [(1, 2), (2, 4)]
    assert [each["stations"] for each in points(WORLD, 16, Filters())] == [1, 1, 1]


def test_two_stations_at_one_place_can_be_told_apart_closest_up(cpo: Caller, cp2: Caller) -> None:
    station(cpo, "L1")
    station(cp2, "L1")
    assert [each["stations"] for each in points(WORLD, 17, Filters())] == [2]
    assert [(each["stations"], each["name"]) for each in points(WORLD, 18, Filters())] == [(1, "L1"), (1, "L1")]


def test_one_station_is_described(cpo: Caller) -> None:
    row = station(cpo, "L1", evses=[factories.evse(), factories.evse(uid="E2", status="OUTOFORDER")])
    [point] = points(WORLD, 5, Filters())
    assert (point["name"], point["url"], point["available"], point["broken"]) == ("L1", core.page(row), 1, 1)
    assert point["partner"] == row.partner.name
    assert [badge["text"] for badge in point["badges"]] == ["1 available", "1 out of order"]
    assert (round(point["lat"], 4), round(point["lon"], 4)) == (52.0895, 5.11)


def test_what_has_vanished_or_was_removed_is_not_shown(cpo: Caller) -> None:
    station(cpo, "L1", evses=[factories.evse(status="REMOVED")])
    Location.objects.filter(pk=station(cpo, "L2").pk).update(gone_at=clock.now())
    assert points(WORLD, 18, Filters()) == []


@pytest.mark.parametrize(
    ("box", "shown"),
    [
        (Box(52, 5, 53, 6), {"L1"}),
        (Box(50, 5, 52, 6), set()),
        (Box(-20, 170, 0, -170), {"FIJI-W", "FIJI-E"}),  # across the date line
    ],
)
def test_only_the_rectangle_is_looked_at(box: Box, shown: set[str], cpo: Caller) -> None:
    (
        station(cpo, "L1"),
        station(cpo, "FIJI-W", "-17.00000", "178.00000"),
        station(cpo, "FIJI-E", "-17.00000", "-178.00000"),
    )
    assert {point["name"] for point in points(box, 18, Filters())} == shown


def test_filters_narrow_what_is_shown(cpo: Caller, cp2: Caller) -> None:
    fast = factories.connector(max_electric_power=150_000, standard="IEC_62196_T2_COMBO", tariff_ids=['T"2', "T3"])
    station(cpo, "SLOW")
    station(cpo, "FAST", lat="52.20000", evses=[factories.evse(connectors=[fast])])
    assert names() == {"SLOW", "FAST"}
    assert names(partner=cp2.partner.pk) == set()
    assert names(partner=cpo.partner.pk) == {"SLOW", "FAST"}
    assert names(min_power_kw=50) == {"FAST"}
    assert names(connector="IEC_62196_T2") == {"SLOW"}
    assert names(tariff="t3") == {"FAST"}
    assert names(tariff='T"2') == {"FAST"}
    assert names(tariff="T") == set()
    assert names(connector="IEC_62196_T2", min_power_kw=50) == set()


@pytest.mark.requirement("LOC-30")
def test_open_now_leaves_out_what_is_closed_and_keeps_what_states_nothing(cpo: Caller) -> None:
    station(cpo, "ALWAYS", lat="52.10000", opening_times=ALWAYS)
    station(cpo, "NEVER", lat="52.20000", opening_times=NEVER)
    station(cpo, "UNSTATED", lat="52.30000")
    assert names(open_now=True) == {"ALWAYS", "UNSTATED"}


def test_stale_is_what_nothing_was_heard_of(cpo: Caller) -> None:
    station(cpo, "NEWS", lat="52.10000")
    Location.objects.filter(pk=station(cpo, "OLD").pk).update(changed_at=clock.now() - STALE - timedelta(minutes=1))
    assert names(stale=True) == {"OLD"}


def test_it_costs_as_many_queries_for_thirty_stations_as_for_three(cpo: Caller) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            points(WORLD, 18, Filters(open_now=True, min_power_kw=1))
        return len(seen)

    for n in range(3):
        station(cpo, f"L{n}", lat=f"52.{n:05}")
    few = cost()
    for n in range(3, 30):
        station(cpo, f"L{n}", lat=f"52.{n:05}", opening_times=NEVER)
    assert cost() == few <= 4


# --- pages ------------------------------------------------------------------------------------------------------------
def test_the_points_answer_as_json(admin_client: Client, cpo: Caller) -> None:
    station(cpo, "L1")
    query = {"south": "50", "west": "0", "north": "54", "east": "10", "zoom": "7", "open_now": "on"}
    [point] = admin_client.get(reverse("map-points"), query).json()["points"]
    assert point["name"] == "L1"


@pytest.mark.parametrize("query", ["south=x", "zoom=1.5", "partner=x", "min_power_kw=x", "zoom=" + "9" * 5000])
def test_what_cannot_be_read_is_refused(query: str, admin_client: Client) -> None:
    assert admin_client.get(f"{reverse('map-points')}?{query}").status_code == 400


@pytest.mark.parametrize("query", ["south=nan", "east=inf", "min_power_kw=nan", "zoom=-5", "zoom=99"])
def test_odd_numbers_find_little_and_break_nothing(query: str, admin_client: Client) -> None:
    assert admin_client.get(f"{reverse('map-points')}?{query}").status_code in {200, 400}


@pytest.mark.parametrize("name", ["map", "map-points"])
def test_it_is_for_those_who_may_see_locations(name: str, client: Client, db: None) -> None:
    assert client.get(reverse(name)).status_code == 302
    client.force_login(User.objects.create_user("helper", is_staff=True))
    assert client.get(reverse(name)).status_code == 403


def test_the_map_is_in_the_sidebar(admin_client: Client) -> None:
    assert f'href="{reverse("map")}"' in admin_pages.page(admin_client, reverse("admin:index"))
