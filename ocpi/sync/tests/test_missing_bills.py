"""Charges without a bill: found, pulled, reported, and closed when the CDR comes."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ocpi.cdrs.models import CDR
from ocpi.core import clock
from ocpi.protocol.types import format_datetime
from ocpi.sessions.models import Session
from ocpi.sync import bills, services
from ocpi.sync.models import Agreement, MissingBill, Pull
from ocpi.sync.tasks import chase_bills
from tests import admin_pages, factories
from tests.callers import Caller
from tests.partner_server import PartnerServer

from .conftest import serve


def ended(partner: Any, id: str = "S1", *, hours: float = 73, **changes: Any) -> Session:
    """A charge that was completed so long ago."""
    at = format_datetime(clock.now() - timedelta(hours=hours))
    return admin_pages.session(
        partner, **{"id": id, "status": "COMPLETED", "kwh": 10, "end_date_time": at, "last_updated": at, **changes}
    )


def bill(**changes: Any) -> dict[str, Any]:
    now = format_datetime(clock.now() - timedelta(hours=1))
    return factories.cdr(**{"last_updated": now, **changes})


def missing() -> list[str]:
    return [row.session.session_id for row in MissingBill.objects.filter(closed_at=None)]


@pytest.mark.requirement("FLD-28")
@pytest.mark.long
def test_three_lost_bills_of_fifty_are_found_and_filled(
    partner_server: PartnerServer, partner: Any, cpo: Caller
) -> None:
    made = [bill(id=f"D{n}", session_id=f"S{n}") for n in range(50)]
    for n, cdr in enumerate(made):
        ended(partner, f"S{n}")
        if n not in {7, 23, 48}:
            assert cpo.post("cdrs", body=cdr).status == (201, 1000)
    Pull.objects.create(
        partner=partner, module="cdrs", high_water=clock.now() - timedelta(minutes=30),
        due_at=clock.now() + timedelta(hours=6),
    )  # fmt: skip
    chase_bills()
    assert sorted(missing()) == ["S23", "S48", "S7"]
    assert (partner.pk, "cdrs") in services.due()

    serve(partner_server, made[:20], made[20:40], made[40:])
    row = services.pull(partner=partner, module="cdrs")
    assert (row.received, row.changed) == (50, 3)
    assert CDR.objects.count() == 50
    chase_bills()
    assert missing() == []
    closed = MissingBill.objects.order_by("session__session_id")
    assert [(row.session.session_id, row.cdr.wire_id) for row in closed] == [
        ("S23", "D23"), ("S48", "D48"), ("S7", "D7"),
    ]  # fmt: skip


@pytest.mark.requirement("FLD-28", "SES-14")
@pytest.mark.parametrize(
    ("changes", "owed"),
    [
        ({}, True),
        ({"kwh": 0}, False),
        ({"kwh": 0, "total_cost": {"excl_vat": 0}}, False),
        ({"kwh": 0, "total_cost": {"excl_vat": 2}}, True),  # parking, or a reservation that nobody used
        ({"status": "INVALID"}, False),
        ({"status": "ACTIVE"}, False),
        ({"hours": 71}, False),
        ({"hours": 24 * 66}, False),
    ],
)
def test_a_bill_is_owed_for_a_completed_charge_with_energy_or_cost(
    partner: Any, changes: dict[str, Any], owed: bool
) -> None:
    ended(partner, **changes)
    chase_bills()
    assert missing() == (["S1"] if owed else [])


@pytest.mark.requirement("CDR-17", "SES-22")
@pytest.mark.parametrize(
    ("cdr", "found"),
    [
        ({}, True),
        ({"session_id": "s1"}, True),
        ({"session_id": "S2"}, False),
        ({"session_id": None, "authorization_reference": "R1"}, True),
        ({"session_id": None, "authorization_reference": "R2"}, False),
        ({"session_id": "S2", "authorization_reference": "R1"}, False),
        ({"credit": True, "credit_reference_id": "D0"}, False),
    ],
)
@pytest.mark.parametrize("first", ["bill", "gap"])
def test_a_bill_names_its_session_or_the_authorization_of_both(
    partner: Any, cpo: Caller, cdr: dict[str, Any], found: bool, first: str
) -> None:
    ended(partner, authorization_reference="R1")
    if first == "gap":
        chase_bills()
        assert missing() == ["S1"]
    body = {name: value for name, value in bill(**cdr).items() if value is not None}
    assert cpo.post("cdrs", body=body).status == (201, 1000)
    chase_bills()
    assert missing() == ([] if found else ["S1"])


def test_a_charge_without_a_reference_is_not_matched_by_its_absence(partner: Any, cpo: Caller) -> None:
    ended(partner)
    body = {name: value for name, value in bill().items() if name != "session_id"}
    cpo.post("cdrs", body=body)
    chase_bills()
    chase_bills()
    assert missing() == ["S1"]


def test_the_bill_of_another_platform_is_another_bill(partner: Any, cp2: Caller) -> None:
    ended(partner)
    cp2.post("cdrs", body=bill(country_code="DE", party_id="CP2"))
    chase_bills()
    assert missing() == ["S1"]


@pytest.mark.requirement("CDR-34")
def test_who_bills_once_a_month_is_given_that_time(partner: Any, settings: Any) -> None:
    ended(partner, hours=100)
    agreed = Agreement.objects.create(partner=partner, bill_hours=24 * 31)
    chase_bills()
    assert missing() == []
    agreed.bill_hours = 48
    agreed.save()
    settings.OCPI_CDR_LATE_HOURS = 9999
    chase_bills()
    assert missing() == ["S1"]


@pytest.mark.requirement("FLD-28")
def test_pulling_is_tried_twice_and_then_the_bill_is_reported_per_partner(
    partner: Any, later: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    first = ended(partner, "S1")
    ended(partner, "S2", hours=80)
    steps = []
    with caplog.at_level(logging.ERROR):
        for hours in (0, 0.9, 0.2, 5.8, 0.3, 100):
            later(hours=hours)
            chase_bills()
            row = MissingBill.objects.get(session=first)
            steps.append((row.tries, row.reported_at is not None))
    assert steps == [(1, False), (1, False), (2, False), (2, False), (2, True), (2, True)]
    assert [record.message for record in caplog.records] == [f"2 charges at {partner} ended without a bill"]
    oldest = Session.objects.get(session_id="S2")
    assert Pull.objects.get(module="cdrs").look_back_to == oldest.end_date_time


def test_a_reported_bill_closes_itself_when_it_comes_after_all(
    partner: Any, cpo: Caller, later: Callable[..., Any]
) -> None:
    ended(partner)
    for hours in (0, 2, 7):
        later(hours=hours)
        chase_bills()
    assert MissingBill.objects.get().reported_at is not None
    cpo.post("cdrs", body=bill())
    chase_bills()
    row = MissingBill.objects.get()
    assert (row.closed_at is not None, row.cdr.wire_id, row.next_try_at) == (True, "D1", None)
    chase_bills()
    assert MissingBill.objects.count() == 1


@pytest.mark.requirement("SES-14", "SES-15")
def test_a_charge_that_is_declared_invalid_owes_nothing_any_more(partner: Any, cpo: Caller) -> None:
    ended(partner)
    chase_bills()
    changed = {"last_updated": format_datetime(clock.now())}
    assert cpo.patch("sessions", "NL", "CPO", "S1", body=changed | {"status": "INVALID"}).status[1] == 1000
    chase_bills()
    assert not MissingBill.objects.exists()
    assert cpo.patch("sessions", "NL", "CPO", "S1", body=changed | {"status": "COMPLETED"}).status[1] == 1000
    Session.objects.update(last_updated=clock.now() - timedelta(hours=73))
    chase_bills()
    assert missing() == ["S1"]


def test_a_round_costs_the_same_however_much_is_missing(
    partner: Any, later: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    for n in range(20):
        ended(partner, f"S{n}")
    for hours in (0, 2, 7, 1):  # found, pulled again, reported, left alone
        later(hours=hours)
        with django_assert_max_num_queries(20):
            bills.chase()
    assert len(missing()) == 20
