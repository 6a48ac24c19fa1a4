"""The page of a charge: curves, our price so far, and what was exchanged about it."""

import json
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.journal.models import Exchange
from ocpi.operations.curves import chart, curve
from ocpi.operations.session_desk import exchanges, priced
from ocpi.protocol.sessions import Session as Wire
from ocpi.sessions.models import Session
from tests import admin_pages, factories
from tests.callers import Caller

PERIODS = [
    factories.period(start="2026-03-01T10:30:00Z", kwh=3, dimensions=[
        {"type": "ENERGY", "volume": 3}, {"type": "POWER", "volume": 7.5}, {"type": "STATE_OF_CHARGE", "volume": 40},
    ]),
    factories.period(start="2026-03-01T10:00:00Z", kwh=5),
]  # fmt: skip
CHANGES: dict[str, Any] = {
    "charging_periods": PERIODS, "end_date_time": "2026-03-01T11:00:00Z", "status": "COMPLETED", "kwh": 8,
}  # fmt: skip


def charge(cpo: Caller, **changes: Any) -> Session:
    admin_pages.location(cpo.partner)
    admin_pages.tariff(cpo.partner)
    return admin_pages.session(cpo.partner, **{**CHANGES, **changes})


def test_energy_adds_up_and_power_is_stated_or_average(cpo: Caller) -> None:
    row = charge(cpo)
    points = curve(Wire.from_wire(row.to_wire()), priced(row))
    assert [f"{point.at:%H:%M}" for point in points] == ["10:00", "10:30", "11:00"]
    assert [point.kwh for point in points] == [0, 5, 8]
    assert [point.kw for point in points] == [None, 10, Decimal("7.5")]
    assert [point.percent for point in points] == [None, None, 40]
    assert points[-1].cost == Decimal("2.8")


def test_a_last_report_that_is_older_than_the_last_period_runs_no_curve_back(cpo: Caller) -> None:
    periods = [factories.period("2026-03-01T10:00:00Z", 2), factories.period("2026-03-01T10:30:00Z", 0)]
    row = admin_pages.session(cpo.partner, charging_periods=periods, last_updated="2026-03-01T10:00:09Z")
    moments = [point.at for point in curve(Wire.from_wire(row.to_wire()), priced(row))]
    assert moments == sorted(moments)


def test_curves_show_only_what_is_known(cpo: Caller) -> None:
    row = charge(cpo, charging_periods=[factories.period(kwh=5)])
    data, options = chart(curve(Wire.from_wire(row.to_wire()), priced(row)), "EUR", UTC)
    labels = [line["label"] for line in json.loads(data)["datasets"]]
    assert labels == ["energy, kWh", "power, kW", "cost by our price, EUR"]
    assert set(json.loads(options)["scales"]) == {"x", "y", "y1"}


def test_a_charge_without_a_known_tariff_has_no_price_and_says_why(admin_client: Client, cpo: Caller) -> None:
    row = admin_pages.session(cpo.partner, **CHANGES)
    assert priced(row).total_cost is None
    html = admin_pages.page(admin_client, core.page(row))
    assert priced(row).unpriceable.reason in html.replace("&#x27;", "'")


def test_without_periods_nothing_is_drawn(admin_client: Client, cpo: Caller) -> None:
    row = charge(cpo, charging_periods=[], kwh=0, status="PENDING")
    assert "no charging periods have come yet" in admin_pages.page(admin_client, core.page(row))


def test_a_later_price_is_not_taken_for_an_earlier_charge(cpo: Caller) -> None:
    row = charge(cpo)
    dear = factories.tariff(last_updated="2026-05-01T00:00:00Z")
    dear["elements"][0]["price_components"][0]["price"] = 9
    admin_pages.tariff(cpo.partner, **dear)
    assert priced(row).total_cost.excl_vat == Decimal("2.8")


# --- what was exchanged -----------------------------------------------------------------------------------------------
BASE = "/ocpi/emsp/2.2.1"


def said(cpo: Caller, row: Session, url: str, **fields: Any) -> Exchange:
    fields = {"direction": "IN", "correlation_id": "other", "started_at": row.start_date_time, "url": url} | fields
    return admin_pages.exchange(fields.pop("partner", cpo.partner), **fields)


def test_all_that_belongs_to_a_charge_is_found_and_nothing_else(cpo: Caller, cp2: Caller) -> None:
    token = factories.token()
    admin_pages.location(cpo.partner)
    command = admin_pages.start(token)
    client = factories.api_client()
    command.api_client = client
    command.save()
    row = charge(
        cpo, start_date_time=clock.now().isoformat()[:19] + "Z", end_date_time=None, status="ACTIVE",
        authorization_reference=command.request["authorization_reference"],
    )  # fmt: skip
    reference = f'{{"authorization_reference":"{command.request["authorization_reference"]}"}}'
    own = {
        said(cpo, row, f"{BASE}/tokens/1/authorize", module="tokens", response_body=reference).pk,
        said(cpo, row, f"{BASE}/commands/START_SESSION", partner=None, api_client=client, method="POST",
             response_body=f'{{"id":"{command.pk}"}}', started_at=command.created_at).pk,
        said(cpo, row, "http://cpo.test/START_SESSION", direction="OUT", correlation_id=command.correlation_id).pk,
        said(cpo, row, f"{BASE}/sessions/NL/CPO/S1", module="sessions").pk,
        said(cpo, row, f"{BASE}/cdrs", module="cdrs", method="POST", request_body='{"session_id":"S1"}').pk,
    }  # fmt: skip
    said(cpo, row, f"{BASE}/sessions/NL/CPO/S12", module="sessions")
    said(cpo, row, f"{BASE}/sessions/NL/CPO/S1", module="sessions", partner=cp2.partner)
    said(cpo, row, f"{BASE}/sessions/NL/CPO/S1", module="sessions", started_at=clock.now() - timedelta(days=2))
    said(cpo, row, f"{BASE}/cdrs", module="cdrs", method="POST", request_body='{"session_id":"S12"}')
    assert {each.pk for each in exchanges(row)} == own


def test_the_page_of_a_long_charge_costs_as_much_as_that_of_a_short_one(admin_client: Client, cpo: Caller) -> None:
    def cost(row: Session) -> int:
        with CaptureQueriesContext(connection) as seen:
            admin_pages.page(admin_client, core.page(row))
        return len(seen)

    short = charge(cpo)
    cost(short)
    many = [factories.period(start=f"2026-03-01T10:{n:02}:00Z", kwh=0.1) for n in range(40)]
    long = charge(cpo, id="S2", charging_periods=many, kwh=4)
    assert cost(long) == cost(short)
