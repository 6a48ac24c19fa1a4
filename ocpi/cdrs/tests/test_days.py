"""Bills counted by day: right, also twice, in any order, and never two currencies in one sum."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from ocpi.cdrs import days, tasks
from ocpi.cdrs.models import CDR, BillDay
from ocpi.core import clock
from ocpi.protocol.types import format_datetime
from tests import admin_pages
from tests.callers import Caller

NOON = clock.now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


def bill(partner: Any, id: str, ago: float = 0, **changes: Any) -> CDR:
    end = NOON - timedelta(days=ago)
    at = {"end_date_time": format_datetime(end), "last_updated": format_datetime(end)}
    return admin_pages.cdr(partner, id=id, start_date_time=format_datetime(end - timedelta(hours=1)), **at, **changes)


def counted() -> list[tuple[int, str, int, Decimal, Decimal]]:
    """Days before yesterday, currency, bills, kWh, cost."""
    rows = BillDay.objects.order_by("-day", "currency", "partner")
    return [((NOON.date() - row.day).days, row.currency, row.bills, row.energy, row.cost) for row in rows]


def test_a_day_has_a_row_for_each_partner_and_currency(cpo: Caller) -> None:
    bill(cpo.partner, "D1")
    bill(cpo.partner, "D2", total_energy=4, total_cost={"excl_vat": 2})
    bill(cpo.partner, "D3", currency="GBP", total_cost={"excl_vat": 9})
    bill(cpo.partner, "D4", ago=3)
    tasks.count_days()
    assert counted() == [
        (0, "EUR", 2, 14, Decimal("5.5")), (0, "GBP", 1, 10, 9), (3, "EUR", 1, 10, Decimal("3.5")),
    ]  # fmt: skip


def test_a_credit_takes_energy_and_cost_back(cpo: Caller) -> None:
    bill(cpo.partner, "D1")
    bill(cpo.partner, "D1-C", credit=True, credit_reference_id="D1", total_cost={"excl_vat": -3.5})
    days.count()
    assert counted() == [(0, "EUR", 2, 0, 0)]


def test_what_arrives_late_is_added_to_its_day(cpo: Caller) -> None:
    bill(cpo.partner, "D1", ago=2)
    bill(cpo.partner, "D2")
    days.count()
    late = bill(cpo.partner, "D3", ago=2)
    assert (late.end_date_time - timedelta(days=0)).date() in days.count()
    assert [(ago, bills) for ago, _, bills, _, _ in counted()] == [(0, 1), (2, 2)]


def test_counting_again_changes_nothing(cpo: Caller) -> None:
    bill(cpo.partner, "D1")
    days.count()
    before = counted()
    days.count()
    assert counted() == before


def test_one_that_was_committed_late_is_found(cpo: Caller) -> None:
    """Its key is lower than one that was counted already."""
    first = bill(cpo.partner, "D1")
    CDR.objects.filter(pk=first.pk).delete()
    bill(cpo.partner, "D2")
    days.count()
    first.save(force_insert=True)
    days.count()
    assert [(ago, bills) for ago, _, bills, _, _ in counted()] == [(0, 2)]


def test_one_that_is_stopped_halfway_goes_on(cpo: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(days, "_SLACK", 0)
    for n in range(4):
        bill(cpo.partner, f"D{n}", ago=(0, 5, 2, 90)[n])
    real, done = days._count, []

    def stop(day: Any) -> None:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(day)
        real(day)

    monkeypatch.setattr(days, "_count", stop)
    with pytest.raises(KeyboardInterrupt):
        days.count()
    monkeypatch.setattr(days, "_count", real)
    assert len(days.count()) == 2
    assert [ago for ago, *_ in counted()] == [0, 2, 5, 90]


def test_a_learner_s_bills_are_none(cpo: Caller) -> None:
    bill(cpo.partner, "D1")
    cpo.partner.sandbox = True
    cpo.partner.save()
    assert days.count() == []
