"""What a charge would cost: for apps, before it begins."""

from typing import Any

import pytest
from django.test import Client

from ocpi.core import admin as core
from ocpi.locations.models import Connector
from tests import admin_pages, factories
from tests.callers import Caller

L1_E1 = "location_id=L1&evse_uid=E1&connector_id=C1"


@pytest.fixture
def world(cpo: Caller) -> Caller:
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location())
    cpo.put("tariffs", "NL", "CPO", "T1", body=factories.tariff())
    return cpo


def test_thirty_kilowatt_hours_in_forty_five_minutes(world: Caller, app: Caller) -> None:
    [found] = app.get("tariffs", "estimate", query=L1_E1).data
    assert (found["tariff_id"], found["currency"]) == ("T1", "EUR")
    assert found["total_cost"] == {"excl_vat": 10.5, "incl_vat": 12.705}
    assert found["parts"][0]["why"]
    assert found["in_words"]


def test_the_charge_can_be_described(world: Caller, app: Caller) -> None:
    [found] = app.get("tariffs", "estimate", query=f"{L1_E1}&kwh=10&minutes=120&start=2026-03-01T12:00:00Z").data
    assert found["total_cost"]["excl_vat"] == 3.5


def test_ad_hoc_and_expired_tariffs_are_not_for_drivers_with_a_contract(world: Caller, app: Caller) -> None:
    world.put("tariffs", "NL", "CPO", "T1", body=factories.tariff(type="AD_HOC_PAYMENT"))
    assert app.get("tariffs", "estimate", query=L1_E1).data == []
    world.put("tariffs", "NL", "CPO", "T1", body=factories.tariff(end_date_time="2026-03-02T00:00:00Z"))
    assert app.get("tariffs", "estimate", query=L1_E1).data == []


@pytest.mark.requirement("LOC-36", "LOC-37")
def test_an_unknown_tariff_is_no_price_and_not_free(world: Caller, app: Caller) -> None:
    world.delete("tariffs", "NL", "CPO", "T1")
    assert app.get("tariffs", "estimate", query=L1_E1).data == []


@pytest.mark.requirement("LOC-35")
def test_of_two_tariffs_with_other_dates_the_one_that_is_valid_now_is_taken(world: Caller, app: Caller) -> None:
    plug = factories.connector(tariff_ids=["T1", "T2"])
    world.put("locations", "NL", "CPO", "L1", body=factories.location(evses=[factories.evse(connectors=[plug])]))
    world.put("tariffs", "NL", "CPO", "T1", body=factories.tariff(end_date_time="2026-06-01T00:00:00Z"))
    world.put("tariffs", "NL", "CPO", "T2", body=factories.tariff(id="T2", start_date_time="2026-06-01T00:00:00Z"))
    for start, valid in (("2026-05-31T23:59:59Z", "T1"), ("2026-06-01T00:00:00Z", "T2")):
        [found] = app.get("tariffs", "estimate", query=f"{L1_E1}&start={start}").data
        assert found["tariff_id"] == valid


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", (200, 2001)),
        ("location_id=L1", (200, 2001)),
        ("location_id=L9&evse_uid=E1", (200, 2003)),
        (f"{L1_E1}&kwh=much", (200, 2001)),
        (f"{L1_E1}&kwh=NaN", (200, 2001)),
        (f"{L1_E1}&kwh=-1", (200, 2001)),
        (f"{L1_E1}&minutes=0", (200, 2001)),
        (f"{L1_E1}&start=tomorrow", (200, 2001)),
        (f"{L1_E1}&power_kw=1", (200, 2001)),
        (f"{L1_E1}&power_kw=0", (200, 2001)),
        (f"{L1_E1}&minutes=44641", (200, 2001)),
        (f"{L1_E1}&kwh=Infinity", (200, 2001)),
        (f"{L1_E1}&start=9999-12-31T23:59:59Z", (200, 2001)),
        (f"{L1_E1}&start=0001-01-01T00:00:00Z", (200, 2001)),
    ],
)
def test_an_impossible_question_gets_a_clear_answer(
    world: Caller, app: Caller, query: str, status: tuple[int, int]
) -> None:
    assert app.get("tariffs", "estimate", query=query).status == status


@pytest.mark.parametrize(
    "evses", [[factories.evse(uid="E2")], [factories.evse(status="REMOVED")]], ids=["gone", "removed"]
)
def test_a_charger_that_is_gone_has_no_price(world: Caller, app: Caller, evses: list[Any]) -> None:
    world.put("locations", "NL", "CPO", "L1", body=factories.location(evses=evses))
    assert app.get("tariffs", "estimate", query=L1_E1).status == (200, 2003)


def test_where_several_connectors_fit_the_app_must_say_which(world: Caller, app: Caller) -> None:
    plugs = [factories.connector(), factories.connector(id="C2")]
    world.put("locations", "NL", "CPO", "L1", body=factories.location(evses=[factories.evse(connectors=plugs)]))
    answer = app.get("tariffs", "estimate", query="location_id=L1&evse_uid=E1")
    assert answer.status == (200, 2001)
    assert "connector_id" in answer.message


def test_it_is_for_apps_only(world: Caller) -> None:
    assert world.get("tariffs", "estimate", query=L1_E1).status == (404, 2001)


def test_what_the_connector_cannot_give_is_said(world: Caller, app: Caller) -> None:
    """Three phases of 230 V and 16 A give 11 kW; 30 kWh in 45 minutes take 40."""
    [usual] = app.get("tariffs", "estimate", query=L1_E1).data
    assert usual["warnings"] == ["This takes 40 kW, but the connector gives 11.04 kW at most."]
    [slow] = app.get("tariffs", "estimate", query=f"{L1_E1}&kwh=8&minutes=60").data
    assert (slow["warnings"], slow["unpriceable"]) == ([], None)
    [by_power] = app.get("tariffs", "estimate", query=f"{L1_E1}&kwh=8&minutes=60&power_kw=22").data
    assert by_power["warnings"][0].startswith("This takes 22 kW")


def test_the_admin_shows_on_the_connector_what_a_charge_costs_now(admin_client: Client, world: Caller) -> None:
    plug = Connector.objects.get(evse__uid="E1")
    html = admin_pages.page(admin_client, core.page(plug))
    assert "30 kWh in 45 minutes" in html
    assert "10.50 EUR" in html
    assert "12.71 EUR" in html or "12.70 EUR" in html
