"""What the answers of a partner tell of its clock and its presence."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.db import DatabaseError

from ocpi.alerts import contacts
from ocpi.alerts.models import Contact
from ocpi.core import client, clock
from ocpi.core.exchange import Exchange
from ocpi.protocol.errors import PartnerError
from tests.partner_server import PartnerServer

ASKED = datetime(2026, 3, 1, 12, 0, 0, 900_000, UTC)
ANSWERED = ASKED + timedelta(seconds=2)


@pytest.mark.parametrize(("seconds", "expected"), [
    (-60.9, -59), (-0.9, 0), (0, 0), (2, 0), (3, 0), (62, 59), (3602, 3599),
])  # fmt: skip
def test_a_clock_is_off_when_its_time_cannot_lie_between_question_and_answer(seconds: float, expected: int) -> None:
    theirs = format_datetime((ASKED + timedelta(seconds=seconds)).replace(microsecond=0), usegmt=True)
    assert contacts.skew({"date": theirs}, ASKED, ANSWERED) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 01 Mar 2026 12:00:00 -0000"])
def test_a_date_that_cannot_be_read_tells_nothing(date: str) -> None:
    assert contacts.skew({"Date": date}, ASKED, ANSWERED) is None


def test_an_absurd_date_fits_into_the_column() -> None:
    assert abs(contacts.skew({"Date": "Sat, 01 Mar 9999 12:00:00 GMT"}, ASKED, ANSWERED) or 0) < 2**31


@pytest.mark.django_db
def test_a_call_that_is_answered_is_noted(partner_server: PartnerServer) -> None:
    partner = partner_server.registered()
    client.call(partner.peer(), "GET", partner.versions_url, module="versions")
    contact = Contact.objects.get(partner=partner)
    assert clock.now() - contact.answered_at < timedelta(minutes=1)
    assert contact.skew_seconds == 0  # the same clock
    assert contact.skew_at == contact.answered_at


@pytest.mark.django_db
def test_one_that_is_not_answered_is_not(partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "versions", drop=True)
    partner = partner_server.registered()
    with pytest.raises(PartnerError):
        client.call(partner.peer(), "GET", partner.versions_url, module="versions")
    assert not Contact.objects.exists()


def exchange(partner: Any, **fields: Any) -> Exchange:
    found = Exchange("OUT", "GET", "http://cpo.test/", "versions", clock.now(), partner_id=partner and partner.pk)
    found.http_status, found.duration_ms = 200, 10
    for name, value in fields.items():
        setattr(found, name, value)
    return found


def test_a_busy_partner_costs_a_write_in_half_a_minute(cpo: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        for _ in range(50):
            contacts.watch(exchange=exchange(cpo.partner))
    contacts.watch(exchange=exchange(None))
    assert Contact.objects.count() == 1


def test_an_answer_without_a_date_keeps_what_the_one_before_told(cpo: Any) -> None:
    late = format_datetime((clock.now() - timedelta(hours=1)).replace(microsecond=0), usegmt=True)
    contacts.note(exchange(cpo.partner, response_headers={"Date": late}))
    contacts.note(exchange(cpo.partner, duration_ms=5_000))
    contact = Contact.objects.get()
    assert contact.skew_seconds == pytest.approx(-3599, abs=60)
    assert contact.answered_at > contact.skew_at


def test_a_database_that_fails_does_not_spoil_the_call(cpo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(exchange: Exchange) -> None:
        raise DatabaseError

    monkeypatch.setattr(contacts, "note", fail)
    contacts.watch(exchange=exchange(cpo.partner))
    assert not Contact.objects.exists()
