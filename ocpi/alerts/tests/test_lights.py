"""A look at all partners: their colours, what changed, and what it costs."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocpi.alerts import lights, tasks
from ocpi.alerts.models import Light, LightChange
from ocpi.core import clock
from ocpi.partners.models import Outage, Partner, PartnerToken
from ocpi.sync import quarantine
from ocpi.sync.models import MissingBill, Pull
from ocpi.sync.taking import Bad
from ocpi.tokens.models import TokenPush
from tests import admin_pages, factories
from tests.callers import Caller


def look(partner: Partner) -> tuple[str, list[str]]:
    """The colour after a look, and the codes of its reasons."""
    lights.look()
    row = Light.objects.get(partner=partner)
    return row.colour, [reason["code"] for reason in row.reasons]


def test_a_partner_without_trouble_is_green(cpo: Caller) -> None:
    assert look(cpo.partner) == ("GREEN", [])


def test_each_partner_has_its_own_light(cpo: Caller, cp2: Caller) -> None:
    Outage.objects.create(partner=cp2.partner, failures=5, paused_at=clock.now(), probe_at=clock.now(), reason="gone")
    assert look(cpo.partner) == ("GREEN", [])
    assert look(cp2.partner) == ("RED", ["CALLS_PAUSED"])


def test_what_the_journal_says_of_the_last_hour_counts(cpo: Caller) -> None:
    for n in range(10):
        admin_pages.exchange(cpo.partner, http_status=500 if n < 2 else 200)
    assert look(cpo.partner) == ("AMBER", ["ERRORS_OUT"])
    for _ in range(10):
        admin_pages.exchange(cpo.partner, direction="IN", method="PUT", status_code=2001)
    assert look(cpo.partner) == ("RED", ["ERRORS_IN", "ERRORS_OUT"])
    assert Light.objects.get().reasons[0]["text"] == (
        "100% of their calls were invalid pushes in the last hour (10 of 10)"
    )


def test_what_is_older_than_an_hour_does_not(cpo: Caller) -> None:
    for _ in range(20):
        admin_pages.exchange(cpo.partner, http_status=500, started_at=clock.now() - timedelta(minutes=61))
    assert look(cpo.partner) == ("GREEN", [])


def test_a_driver_whom_nobody_knows_is_no_fault_of_the_partner(cpo: Caller) -> None:
    for _ in range(20):
        admin_pages.exchange(cpo.partner, direction="IN", method="POST", http_status=404, status_code=2004)
    assert look(cpo.partner) == ("GREEN", [])


def test_pulls_pushes_bills_and_objects_left_out(cpo: Caller) -> None:
    now = clock.now()
    Pull.objects.create(partner=cpo.partner, module="cdrs", error="HTTP 500", due_at=now)
    Pull.objects.create(partner=cpo.partner, module="locations", withheld=7, due_at=now - timedelta(hours=25))
    factories.token()
    TokenPush.objects.update(next_try_at=now - timedelta(minutes=20))
    factories.token(uid="04AABBCCDE")
    TokenPush.objects.filter(token__uid="04AABBCCDE").update(state="FAILED")
    charge = admin_pages.session(cpo.partner, status="COMPLETED")
    MissingBill.objects.create(session=charge, partner=cpo.partner, found_at=now, reported_at=now)
    quarantine.keep(partner=cpo.partner, module="cdrs", bad=[Bad({"id": 5}, ["id: must be a string"])])
    assert look(cpo.partner) == ("RED", [
        "PULL_OVERDUE", "PULL_FAILED", "PULL_HELD", "PUSHES_LATE", "PUSHES_FAILED", "MISSING_BILLS", "LEFT_OUT",
    ])  # fmt: skip


def test_a_pull_that_runs_is_not_overdue(cpo: Caller) -> None:
    now = clock.now()
    Pull.objects.create(partner=cpo.partner, module="cdrs", due_at=now - timedelta(days=2), running_since=now)
    assert look(cpo.partner) == ("GREEN", [])


def test_a_token_that_was_shown_after_its_end_makes_it_red(cpo: Caller) -> None:
    PartnerToken.objects.update(late_use_at=clock.now() - timedelta(days=1))
    assert look(cpo.partner) == ("RED", ["TOKEN_LEAKED"])


def test_a_change_of_colour_is_an_event_and_a_change_of_reasons_is_none(cpo: Caller) -> None:
    look(cpo.partner)
    since = Light.objects.get().since
    Partner.objects.update(last_error="no answer")
    look(cpo.partner)
    Partner.objects.update(last_error="HTTP 500")
    look(cpo.partner)
    Partner.objects.update(last_error="")
    look(cpo.partner)
    events = list(LightChange.objects.order_by("pk"))
    assert [(event.before, event.after) for event in events] == [("", "GREEN"), ("GREEN", "AMBER"), ("AMBER", "GREEN")]
    assert "no answer" in events[1].reasons[0]["text"]
    assert Light.objects.get().since == events[2].at > since


def test_nothing_is_expected_of_a_suspended_partner(cpo: Caller) -> None:
    Partner.objects.update(status="SUSPENDED", last_error="no answer")
    assert look(cpo.partner) == ("OFF", ["SUSPENDED"])


def test_old_events_are_forgotten(cpo: Caller, settings: Any) -> None:
    look(cpo.partner)
    tasks.forget_old()
    assert LightChange.objects.exists()
    LightChange.objects.update(at=clock.now() - timedelta(days=settings.JOURNAL_RETENTION_DAYS + 1))
    tasks.forget_old()
    assert not LightChange.objects.exists()


def queries() -> int:
    with CaptureQueriesContext(connection) as seen:
        lights.look()
    return len(seen)


@pytest.mark.django_db
def test_a_look_at_thirty_partners_takes_as_many_queries_as_at_three() -> None:
    def troubled(n: int) -> None:
        partner = factories.partner(name=f"P{n}", party=("NL", f"P{n:02d}"), token=f"token {n}", last_error="no answer")
        Outage.objects.create(partner=partner, failures=2)
        Pull.objects.create(partner=partner, module="cdrs", error="HTTP 500")
        admin_pages.exchange(partner)

    for n in range(3):
        troubled(n)
    lights.look()
    few = queries()
    for n in range(3, 30):
        troubled(n)
    lights.look()
    assert queries() == few <= 12
    assert Light.objects.filter(colour="AMBER").count() == 30
