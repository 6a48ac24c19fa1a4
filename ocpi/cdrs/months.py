"""A month of bills in figures: by partner, currency and what became of them. Currencies are never added up."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from ocpi.core.fields import MoneyField
from ocpi.partners.models import Partner
from ocpi.partners.sandboxes import real

from .models import CDR

# The states of a review, and before them those of a bill that has none.
STATES = ("PASSED", "WAITING", "OPEN", "DISPUTED", "CREDITED", "ACCEPTED", "CLEARED")
_NO_REVIEW = Case(When(verdict=CDR.Verdict.WAITING, then=Value("WAITING")), default=Value("PASSED"))
# A credit repeats the energy of the bill that it takes back; only its cost is negative (CDR-12).
_KWH = Case(When(credit=True, then=-F("total_energy")), default=F("total_energy"), output_field=MoneyField())


@dataclass
class Total:
    """Counts, kWh, and amounts excluding VAT. `ours` and `difference` are about the bills that have a price of ours."""

    count: int = 0
    kwh: Decimal = Decimal(0)
    theirs: Decimal = Decimal(0)
    ours: Decimal = Decimal(0)
    difference: Decimal = Decimal(0)
    unpriced: int = 0
    claimed: Decimal = Decimal(0)

    def add(self, row: dict[str, Any]) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + (row[each.name] or 0))


@dataclass
class Account:
    """What one partner bills in one currency in a month."""

    partner_id: int
    partner: str
    currency: str
    by_state: dict[str, Total] = field(default_factory=dict)
    total: Total = field(default_factory=Total)


def begin_and_end(year: int, month: int) -> tuple[datetime, datetime]:
    """In the platform's time zone, the end excluded. ValueError where there is no such month."""
    begin = timezone.make_aware(datetime(year, month, 1))
    return begin, timezone.make_aware(datetime(year + month // 12, month % 12 + 1, 1))


def read(text: str) -> tuple[int, int]:
    """Year and month of `2026-03`. ValueError for what is no month."""
    year, month = map(int, text.split("-"))
    try:
        begin_and_end(year, month)
    except OverflowError as error:
        raise ValueError(text) from error
    return year, month


def accounts(year: int, month: int, partner_id: int | None = None) -> list[Account]:
    """By partner's name and currency, of the charges that ended in the month."""
    found: dict[tuple[int, str], Account] = {}
    names = dict(Partner.objects.values_list("pk", "name"))  # within the sum they would be sorted with every bill
    for row in _sums(year, month, partner_id):
        key = (row["partner"], row["currency"])
        account = found.setdefault(key, Account(row["partner"], names[row["partner"]], row["currency"]))
        account.by_state.setdefault(row["state"], Total()).add(row)
        account.total.add(row)
    return sorted(found.values(), key=lambda account: (account.partner.casefold(), account.currency))


def _sums(year: int, month: int, partner_id: int | None) -> Iterator[dict[str, Any]]:
    begin, end = begin_and_end(year, month)
    rows = CDR.objects.filter(real(), end_date_time__gte=begin, end_date_time__lt=end).order_by()
    if partner_id is not None:
        rows = rows.filter(partner=partner_id)
    grouped = rows.values("partner", "currency", state=Coalesce("review__state", _NO_REVIEW))
    yield from grouped.annotate(
        count=Count("pk"), kwh=Sum(_KWH, output_field=MoneyField()), theirs=Sum("total_cost"), ours=Sum("our_cost"),
        difference=Sum("difference"), unpriced=Count("pk", filter=Q(our_cost=None)), claimed=Sum("review__claimed"),
    )  # fmt: skip
