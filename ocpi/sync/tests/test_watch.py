"""Charges from which no news comes: flagged, pulled, escalated, never closed by us."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ocpi.core import clock
from ocpi.protocol.types import format_datetime
from ocpi.sessions.models import Session
from ocpi.sync import services, watch
from ocpi.sync.models import Agreement, Pull, SessionWatch
from ocpi.sync.tasks import look_around
from tests import admin_pages, factories
from tests.callers import Caller
from tests.partner_server import PartnerServer

from .conftest import serve


def charge(partner: Any, id: str = "S1", *, silent: timedelta, status: str = "ACTIVE") -> Session:
    """A session whose last news came so long ago, in the partner's time and in ours."""
    then = clock.now() - silent
    row = admin_pages.session(partner, id=id, status=status, last_updated=format_datetime(then))
    Session.objects.filter(pk=row.pk).update(changed_at=then, received_at=then)
    return row


def stale() -> list[str]:
    return [row.session.session_id for row in SessionWatch.objects.current()]


@pytest.mark.requirement("SES-39", "AMB-19")
@pytest.mark.parametrize(
    ("status", "minutes", "flagged"),
    [
        ("ACTIVE", 119, False), ("ACTIVE", 121, True), ("PENDING", 29, False), ("PENDING", 31, True),
        ("RESERVATION", 9999, False), ("COMPLETED", 9999, False), ("INVALID", 9999, False),
    ],
)  # fmt: skip
def test_a_charge_without_news_is_flagged_and_stays_as_it_is(
    partner: Any, status: str, minutes: int, flagged: bool
) -> None:
    row = charge(partner, silent=timedelta(minutes=minutes), status=status)
    before = Session.objects.values().get()
    look_around()
    look_around()
    assert stale() == (["S1"] if flagged else [])
    assert Session.objects.values().get(pk=row.pk) == before


@pytest.mark.requirement("SES-39")
def test_the_times_are_settings_and_a_partner_may_have_its_own(partner: Any, cp2: Caller, settings: Any) -> None:
    settings.OCPI_SESSION_SILENT_MINUTES = 10
    charge(partner, "S1", silent=timedelta(minutes=20))
    charge(cp2.partner, "S2", silent=timedelta(minutes=20))
    Agreement.objects.create(partner=cp2.partner, silent_minutes=60)
    look_around()
    assert stale() == ["S1"]
    Agreement.objects.update(silent_minutes=15)
    look_around()
    assert stale() == ["S1", "S2"]


def test_a_partner_whose_clock_is_slow_is_not_silent(partner: Any) -> None:
    row = charge(partner, silent=timedelta(hours=5))
    Session.objects.filter(pk=row.pk).update(changed_at=clock.now())
    look_around()
    assert stale() == []


@pytest.mark.requirement("SES-39", "SES-28", "TRA-42")
def test_a_frozen_session_is_pulled_and_recovered(partner_server: PartnerServer, partner: Any) -> None:
    """The CPO's last pushes were lost. Its list knows better."""
    mark = clock.now() - timedelta(minutes=1)
    Pull.objects.create(partner=partner, module="sessions", high_water=mark, due_at=clock.now() + timedelta(hours=6))
    frozen = charge(partner, silent=timedelta(hours=3))
    ended = format_datetime(clock.now() - timedelta(hours=2))
    serve(partner_server, [factories.session(status="COMPLETED", kwh=21, end_date_time=ended, last_updated=ended)])
    look_around()
    assert (stale(), (partner.pk, "sessions") in services.due()) == (["S1"], True)

    services.pull(partner=partner, module="sessions")
    [call] = partner_server.calls("GET", "sessions")
    assert f"{frozen.last_updated - timedelta(minutes=5):%Y-%m-%dT%H%%3A%M%%3A%S}" in call.path
    frozen.refresh_from_db()
    assert (frozen.status, frozen.kwh, stale()) == ("COMPLETED", 21, [])
    look_around()
    assert not SessionWatch.objects.exists()
    assert Pull.objects.get().look_back_to is None


@pytest.mark.requirement("SES-39")
def test_news_clears_the_flag_at_once_and_silence_raises_it_again(partner: Any, cpo: Caller) -> None:
    charge(partner, silent=timedelta(hours=3))
    look_around()
    news = {"kwh": 9, "last_updated": format_datetime(clock.now())}
    assert cpo.patch("sessions", "NL", "CPO", "S1", body=news).status[1] == 1000
    assert stale() == []
    then = clock.now() - timedelta(hours=3)
    Session.objects.update(last_updated=then, changed_at=then)
    look_around()
    assert stale() == ["S1"]
    assert SessionWatch.objects.get().last_news == then


@pytest.mark.requirement("SES-39")
def test_whoever_stays_silent_is_escalated_once(
    partner_server: PartnerServer, partner: Any, later: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    row = charge(partner, silent=timedelta(hours=3))
    serve(partner_server, [row.payload])  # the list says what we know
    look_around()
    services.pull(partner=partner, module="sessions")
    assert stale() == ["S1"]
    later(hours=11)
    look_around()
    assert SessionWatch.objects.get().escalated_at is None
    later(hours=2)
    with caplog.at_level(logging.ERROR):
        look_around()
        look_around()
    assert SessionWatch.objects.get().escalated_at is not None
    assert len([record for record in caplog.records if "no news since" in record.message]) == 1
    assert "04AABBCCDD" not in caplog.text
    assert Session.objects.get().status == "ACTIVE"


def test_a_round_costs_the_same_however_many_are_silent(partner: Any, django_assert_max_num_queries: Any) -> None:
    for n in range(20):
        charge(partner, f"S{n}", silent=timedelta(hours=3))
    with django_assert_max_num_queries(15):
        watch.look()
    with django_assert_max_num_queries(8):
        watch.look()
    assert len(stale()) == 20
