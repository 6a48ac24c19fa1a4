"""Sessions that run, but of which nobody has heard for long: marked, and never ended by us (SES-39)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.protocol.types import format_datetime
from ocpi.sessions.models import Session
from ocpi.sessions.watchdog import silent
from tests import admin_pages, factories
from tests.callers import Caller

S1 = ("sessions", "NL", "CPO", "S1")


def put(cpo: Caller, minutes: float = 121, heard: float | None = None, **changes: Any) -> Session:
    """A session whose last news is so old in the CPO's time, and came so long ago in ours."""
    moment = format_datetime(clock.now() - timedelta(minutes=minutes))
    cpo.put(*S1, body=factories.session(last_updated=moment, **changes))
    ago = clock.now() - timedelta(minutes=minutes if heard is None else heard)
    Session.objects.update(changed_at=ago)
    return Session.objects.get()


@pytest.mark.requirement("SES-39")
@pytest.mark.parametrize(
    ("status", "minutes", "stale"),
    [("ACTIVE", 121, True), ("ACTIVE", 119, False), ("PENDING", 31, True), ("PENDING", 29, False),
     ("COMPLETED", 999, False), ("INVALID", 999, False), ("RESERVATION", 999, False)],
)  # fmt: skip
def test_apps_and_operators_see_that_there_is_no_news(
    cpo: Caller, app: Caller, admin_client: Client, status: str, minutes: float, stale: bool
) -> None:
    row = put(cpo, minutes, status=status)
    assert app.get(*S1).data.get("stale", False) is stale
    assert app.get("sessions").data[0].get("stale", False) is stale
    for url in (core.list_page("ocpi_sessions.session"), core.page(row)):
        assert ("no news" in admin_pages.page(admin_client, url)) is stale
    assert Session.objects.filter(silent()).exists() is row.stale is stale


@pytest.mark.requirement("SES-39")
def test_a_cpo_with_a_slow_clock_is_not_silent(cpo: Caller) -> None:
    assert put(cpo, minutes=600).stale
    assert not put(cpo, minutes=599, heard=1).stale


@pytest.mark.requirement("SES-39")
def test_the_cpo_gets_its_session_as_it_put_it_and_goes_on_when_it_likes(cpo: Caller, app: Caller) -> None:
    put(cpo, minutes=60 * 24 * 30)
    assert "stale" not in cpo.get(*S1).data
    assert cpo.get(*S1).data["status"] == "ACTIVE"
    now = format_datetime(clock.now())
    assert cpo.patch(*S1, body={"kwh": 9, "last_updated": now}).status == (200, 1000)
    assert "stale" not in app.get(*S1).data
    assert app.get(*S1).data["kwh"] == 9


@pytest.mark.requirement("SES-39")
def test_how_long_is_long_can_be_set(cpo: Caller, app: Caller, settings: Any) -> None:
    put(cpo)
    settings.OCPI_SESSION_SILENT_MINUTES = 180
    assert "stale" not in app.get(*S1).data


def test_the_flag_costs_no_query(cpo: Caller, django_assert_num_queries: Any) -> None:
    row = put(cpo)
    with django_assert_num_queries(0):
        assert row.stale
