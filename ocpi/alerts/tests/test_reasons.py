"""Each rule at its limits."""

from datetime import timedelta
from typing import Any

import pytest

from ocpi.alerts import facts, reasons
from ocpi.alerts.facts import Facts, Traffic
from ocpi.alerts.models import Contact
from ocpi.core import clock
from ocpi.partners.models import Outage, Partner
from ocpi.sync.models import Pull

NOW = clock.now()
LONG_AGO = NOW - timedelta(days=1)


def partner(**fields: Any) -> Partner:
    """As `gather` reads it: with all that was selected along, which is nothing."""
    known = {"registered_at": LONG_AGO, "created_at": LONG_AGO, "last_seen_at": NOW}
    row = Partner(**{"pk": 1, "name": "CPO", "status": "REGISTERED", **known, **fields})
    row._state.fields_cache |= {"outage": None, "contact": None}
    return row


def judged(who: Partner | None = None, **known: Any) -> dict[str, str]:
    """Code → colour."""
    _, found = reasons.judge(Facts(who or partner(), NOW, **known))
    return {reason.code: reason.colour for reason in found}


@pytest.mark.parametrize(("fields", "expected"), [
    ({"status": "NEW", "created_at": NOW}, {"HANDSHAKE_MISSING": "OFF"}),
    ({"status": "NEW", "created_at": NOW - timedelta(days=2)}, {"HANDSHAKE_MISSING": "AMBER"}),
    ({"status": "NEW", "last_error": "HTTP 404"}, {"HANDSHAKE_FAILED": "AMBER"}),
    ({"status": "UNKNOWN", "last_error": "no answer"}, {"HANDSHAKE_UNCLEAR": "RED"}),
    ({"status": "SUSPENDED"}, {"SUSPENDED": "OFF"}),
    ({"status": "UNREGISTERED"}, {"UNREGISTERED": "OFF"}),
    ({}, {}),
    ({"last_error": "HTTP 500"}, {"HANDSHAKE_FAILED": "AMBER"}),
    ({"registered_at": NOW - timedelta(days=26)}, {}),
    ({"registered_at": NOW - timedelta(days=28)}, {"TOKEN_DUE": "AMBER"}),
    ({"token_out_before": "x"}, {"TOKEN_UNPROVEN": "AMBER"}),
    ({"token_out_before": "x", "registered_at": NOW}, {}),
    ({"push_all_at": NOW - timedelta(minutes=16)}, {"PUSHES_LATE": "AMBER"}),
])  # fmt: skip
def test_what_stands_in_the_partner_s_own_row(fields: dict[str, Any], expected: dict[str, str]) -> None:
    assert judged(partner(**fields)) == expected


@pytest.mark.parametrize(("hours", "expected"), [
    (11, {}), (13, {"NO_CONTACT": "AMBER"}), (25, {"NO_CONTACT": "RED"}),
])  # fmt: skip
def test_silence(hours: int, expected: dict[str, str], settings: Any) -> None:
    settings.OCPI_PULL_INTERVAL = 6 * 3600
    silent = NOW - timedelta(hours=hours)
    assert judged(partner(last_seen_at=silent, registered_at=NOW - timedelta(days=5))) == expected
    answering = partner(last_seen_at=silent, registered_at=NOW - timedelta(days=5))
    answering.contact = Contact(partner=answering, answered_at=NOW)
    assert judged(answering) == {}


@pytest.mark.parametrize(("failures", "paused", "expected"), [
    (1, False, {}), (2, False, {"CALLS_UNANSWERED": "AMBER"}), (5, True, {"CALLS_PAUSED": "RED"}),
])  # fmt: skip
def test_the_circuit_breaker(failures: int, paused: bool, expected: dict[str, str]) -> None:
    who = partner()
    moment = NOW if paused else None
    who.outage = Outage(partner=who, failures=failures, paused_at=moment, probe_at=moment, reason="refused")
    assert judged(who) == expected


@pytest.mark.parametrize(("failed", "of", "expected"), [
    (9, 9, {}), (0, 100, {}), (9, 100, {}), (10, 100, {"ERRORS_OUT": "AMBER"}), (50, 100, {"ERRORS_OUT": "RED"}),
])  # fmt: skip
def test_the_share_of_errors(failed: int, of: int, expected: dict[str, str]) -> None:
    assert judged(traffic=Traffic(calls=of, failed=failed)) == expected


@pytest.mark.parametrize(("seconds", "expected"), [
    (30, {}), (-31, {"CLOCK_SKEW": "AMBER"}), (301, {"CLOCK_SKEW": "RED"}),
])  # fmt: skip
def test_clocks_that_differ(seconds: int, expected: dict[str, str]) -> None:
    who = partner()
    who.contact = Contact(partner=who, answered_at=NOW, skew_seconds=seconds, skew_at=NOW)
    assert judged(who) == expected
    who.contact.skew_at = NOW - timedelta(days=2)
    assert judged(who) == {}


def test_a_clock_is_described_in_words() -> None:
    assert reasons.skew_in_words(-45) == "45 seconds behind"
    assert reasons.skew_in_words(600) == "10 minutes ahead of"


@pytest.mark.parametrize(("late", "expected"), [
    (facts.PULL_LATE, {}),
    (timedelta(hours=2), {"PULL_OVERDUE": "AMBER"}),
    (timedelta(days=2), {"PULL_OVERDUE": "RED"}),
])  # fmt: skip
def test_overdue_pulls(late: timedelta, expected: dict[str, str]) -> None:
    assert judged(pulls=[Pull(module="cdrs", due_at=NOW - late)]) == expected


@pytest.mark.parametrize(("minutes", "expected"), [
    (14, {}), (16, {"PUSHES_LATE": "AMBER"}), (121, {"PUSHES_LATE": "RED"}),
])  # fmt: skip
def test_late_pushes(minutes: int, expected: dict[str, str]) -> None:
    assert judged(push_due_at=NOW - timedelta(minutes=minutes)) == expected


def test_a_leak_is_told_for_a_week() -> None:
    assert judged(late_use_at=NOW - timedelta(days=6)) == {"TOKEN_LEAKED": "RED"}
    assert judged(late_use_at=NOW - timedelta(days=8)) == {}


def test_the_gravest_reason_comes_first_and_makes_the_colour() -> None:
    colour, found = reasons.judge(Facts(partner(last_error="x"), NOW, missing_bills=3, late_use_at=NOW))
    assert colour == "RED"
    assert [reason.code for reason in found] == ["TOKEN_LEAKED", "HANDSHAKE_FAILED", "MISSING_BILLS"]
