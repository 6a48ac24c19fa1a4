"""Sessions that run, but of which nobody has heard for long: marked, and never ended by us (SES-39)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.protocol.types import format_datetime
from ocpi.sessions.models import Session
from tests import admin_pages, factories
from tests.callers import Caller

S1 = ("sessions", "NL", "CPO", "S1")
LIST = core.list_page("ocpi_sessions.session", stale="yes")


def put(cpo: Caller, id: str = "S1", hours: float = 25, **changes: Any) -> None:
    moment = format_datetime(clock.now() - timedelta(hours=hours))
    cpo.put("sessions", "NL", "CPO", id, body=factories.session(id=id, last_updated=moment, **changes))


@pytest.mark.requirement("SES-39")
@pytest.mark.parametrize(
    ("status", "hours", "stale"),
    [("ACTIVE", 25, True), ("PENDING", 25, True), ("ACTIVE", 23, False), ("COMPLETED", 25, False),
     ("INVALID", 25, False), ("RESERVATION", 25, False)],
)  # fmt: skip
def test_apps_and_operators_see_that_there_is_no_news(
    cpo: Caller, app: Caller, admin_client: Client, status: str, hours: float, stale: bool
) -> None:
    put(cpo, hours=hours, status=status)
    assert app.get(*S1).data.get("stale", False) is stale
    assert app.get("sessions").data[0].get("stale", False) is stale
    assert ("S1" in admin_pages.page(admin_client, LIST)) is stale
    for url in (core.list_page("ocpi_sessions.session"), core.page(Session.objects.get())):
        assert ("no news" in admin_pages.page(admin_client, url)) is stale


@pytest.mark.requirement("SES-39")
def test_the_cpo_gets_its_session_as_it_put_it_and_goes_on_when_it_likes(cpo: Caller, app: Caller) -> None:
    put(cpo, hours=24 * 30)
    assert "stale" not in cpo.get(*S1).data
    assert cpo.get(*S1).data["status"] == "ACTIVE"
    now = format_datetime(clock.now())
    assert cpo.patch(*S1, body={"kwh": 9, "last_updated": now}).status == (200, 1000)
    assert "stale" not in app.get(*S1).data
    assert app.get(*S1).data["kwh"] == 9


@pytest.mark.requirement("SES-39")
def test_how_long_is_long_can_be_set(cpo: Caller, app: Caller, settings: Any) -> None:
    put(cpo, hours=25)
    settings.OCPI_SESSION_STALE_HOURS = 48
    assert "stale" not in app.get(*S1).data


def test_the_flag_costs_no_query(cpo: Caller, app: Caller, django_assert_num_queries: Any) -> None:
    put(cpo)
    row = Session.objects.get()
    with django_assert_num_queries(0):
        assert row.stale
