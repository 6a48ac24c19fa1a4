"""By what the queue of bills is narrowed."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from ocpi.cdrs import months
from ocpi.cdrs.admin import FINDINGS
from ocpi.cdrs.models import Finding, Review
from ocpi.core import admin as core
from ocpi.core import clock

from .bill_forms import AssignForm

_PRICES = {"total_cost_differs": "total cost differs", "total_energy_cost_differs": "energy cost differs",
          "total_time_cost_differs": "time cost differs", "total_parking_cost_differs": "parking cost differs",
          "total_fixed_cost_differs": "flat fee differs", "no_tariff": "no tariff is known",
          "unknown_tariff": "an unknown tariff"}  # fmt: skip
FOUND = {**_PRICES, **FINDINGS}
_MONTHS = 24
_MOST_CURRENCIES = 30


class StateFilter(SimpleListFilter):
    """What waits for a decision, unless one asks for something else."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("all", "all"),
            *((value, core.label("review", value)) for value in Review.State.values if value != "OPEN"),
        ]

    def choices(self, changelist: Any) -> Any:
        found = list(super().choices(changelist))
        return [{**found[0], "display": "open"}, *found[1:]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        asked = self.value() or "OPEN"
        return queryset if asked == "all" else queryset.filter(state=asked)


class MonthFilter(SimpleListFilter):
    title, parameter_name = "month", "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        now = clock.now()
        last = [divmod(now.year * 12 + now.month - 1 - n, 12) for n in range(_MONTHS)]
        return [(f"{year}-{month + 1:02d}",) * 2 for year, month in last]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        try:
            begin, end = months.begin_and_end(*months.read(str(self.value())))
        except ValueError:
            return queryset
        return queryset.filter(ended_at__gte=begin, ended_at__lt=end)


class CurrencyFilter(SimpleListFilter):
    """The currencies that there are, each found by one look into the index."""

    title, parameter_name = "currency", "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(each, each) for each in currencies()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        return queryset.filter(currency=self.value()) if self.value() else queryset


def currencies() -> list[str]:
    found: list[str] = []
    rows = Review.objects.order_by("currency").values_list("currency", flat=True)
    while len(found) < _MOST_CURRENCIES and (each := rows.filter(currency__gt=found[-1] if found else "").first()):
        found.append(each)
    return found


class AssigneeFilter(SimpleListFilter):
    title, parameter_name = "assigned", "assigned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        people = AssignForm.people().values_list("pk", "username")
        return [("me", "to me"), ("nobody", "to nobody"), *((str(pk), name) for pk, name in people[:50])]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        match self.value():
            case None:
                return queryset
            case "nobody":
                return queryset.filter(assignee=None)
            case "me":
                return queryset.filter(assignee=request.user.pk)
            case pk:
                return queryset.filter(assignee=core.key(str(pk)))


FindingFilter = core.choices("finding", "finding", {
    code: (text, Q(cdr__in=Finding.objects.filter(code=code).values("cdr"))) for code, text in FOUND.items()
})  # fmt: skip
