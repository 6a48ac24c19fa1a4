"""What was billed day by day: a few rows for each partner, so that a chart of a month reads no CDR at all.

A day is counted anew, whole, whenever a bill of it arrives: to count twice, or in two workers at once, gives the same.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Case, Count, F, Max, Sum, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from ocpi.core.fields import MoneyField
from ocpi.partners.sandboxes import real

from .models import CDR, BillDay

_SLACK = 200  # a transaction that began early may commit late: so many of the newest bills are looked at again
# A credit CDR repeats the energy of the bill that it takes back; only its cost is negative (CDR-12).
ENERGY = Sum(
    Case(When(credit=True, then=-F("total_energy")), default=F("total_energy"), output_field=MoneyField()),
    output_field=MoneyField(),
)


def count() -> list[date]:
    """Count the days of which bills have come since the last time; returns them."""
    touched = _touched()
    for day in touched:
        _count(day)
    return touched


def begin_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def _touched() -> list[date]:
    """By the newest bill of each: whoever is stopped halfway goes on there."""
    known = BillDay.objects.aggregate(newest=Max("newest"))["newest"] or 0
    rows = CDR.objects.filter(real(), pk__gt=known - _SLACK).order_by()
    days = rows.annotate(day=TruncDate("end_date_time")).values("day").annotate(last=Max("pk")).order_by("last")
    return list(days.values_list("day", flat=True))


@transaction.atomic
def _count(day: date) -> None:
    begin = begin_of(day)
    end = begin_of(day + timedelta(days=1))
    rows = CDR.objects.filter(real(), end_date_time__gte=begin, end_date_time__lt=end).order_by()
    found = rows.values("partner_id", "currency").annotate(
        bills=Count("pk"), energy=ENERGY, cost=Sum("total_cost"), newest=Max("pk")
    )
    BillDay.objects.bulk_create(
        [BillDay(day=day, **row) for row in found],
        update_conflicts=True, unique_fields=["day", "partner", "currency"],
        update_fields=["bills", "energy", "cost", "newest"],
    )  # fmt: skip
