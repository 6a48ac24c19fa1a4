"""A month of bills in figures."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocpi.cdrs import checks, months, reviews
from ocpi.cdrs.models import CDR
from tests import admin_pages, factories
from tests.callers import Caller


def test_a_month_adds_up_by_state_and_never_over_currencies(cpo: Caller) -> None:
    factories.token()
    for n in range(3):
        admin_pages.cdr(cpo.partner, id=f"D{n}", session_id="")
    admin_pages.cdr(cpo.partner, id="CHF", session_id="", currency="CHF", tariffs=[factories.tariff(currency="CHF")])
    admin_pages.cdr(cpo.partner, id="APRIL", end_date_time="2026-04-01T11:00:00Z")
    CDR.objects.exclude(cdr_id="D0").update(verdict="match", our_cost=Decimal(3), difference=Decimal("0.5"))
    review = reviews.open_for(CDR.objects.get(cdr_id="D1"))
    reviews.dispute([review.pk], by=None, reason="x", amount=Decimal("0.5"))
    with CaptureQueriesContext(connection) as seen:
        swiss, euro = months.accounts(2026, 3)
    assert len(seen) == 2
    assert (swiss.currency, swiss.total.count, set(swiss.by_state)) == ("CHF", 1, {"PASSED"})
    assert {state: total.count for state, total in euro.by_state.items()} == {"WAITING": 1, "DISPUTED": 1, "PASSED": 1}
    total = euro.total
    assert (total.kwh, total.theirs, total.ours, total.difference) == (30, Decimal("10.5"), 6, 1)
    assert (total.unpriced, total.claimed) == (1, Decimal("0.5"))
    assert months.accounts(2026, 3, cpo.partner.pk + 1) == []


def test_a_bill_and_its_credit_leave_nothing(cpo: Caller) -> None:
    admin_pages.cdr(cpo.partner)
    admin_pages.cdr(cpo.partner, id="D1-C", credit=True, credit_reference_id="D1",
                    total_cost={"excl_vat": -3.5, "incl_vat": -4.235})  # fmt: skip
    for row in CDR.objects.all():
        checks.recheck(row.pk)
    (account,) = months.accounts(2026, 3)
    assert (account.total.kwh, account.total.theirs, account.total.ours) == (0, 0, 0)


@pytest.mark.parametrize(("year", "month"), [(2026, 13), (2026, 0), (0, 1), (99999, 1)])
def test_there_is_no_such_month(year: int, month: int) -> None:
    with pytest.raises((ValueError, OverflowError)):
        months.begin_and_end(year, month)


def test_december_ends_with_january() -> None:
    begin, end = months.begin_and_end(2026, 12)
    assert (begin.month, end.year, end.month) == (12, 2027, 1)
