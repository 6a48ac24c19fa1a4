"""Lists that do not die of their length: pages that count to a limit, filters whose choices cost no query."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any, TypeAlias

from django.contrib.admin import SimpleListFilter
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from . import clock
from .badges import TONES, label


class BoundedPaginator(Paginator):
    """Counts to 10,000 and no further: an exact count of a million rows costs more than the page itself."""

    limit = 10_000
    template_name = "ocpi_core/pagination.html"

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return int(rows.order_by()[: self.limit].count()) if isinstance(rows, QuerySet) else len(rows)

    @property
    def capped(self) -> bool:
        return self.count >= self.limit


def counted(rows: QuerySet[Any]) -> str:
    """How many rows there are, as a list of them would say it."""
    pages = BoundedPaginator(rows.order_by("pk"), 1)
    return f"{pages.count:,}{' or more' if pages.capped else ''}"


Condition: TypeAlias = Q | Callable[[], Q]


def choices(title: str, parameter: str, options: Mapping[str, tuple[str, Condition]]) -> type[SimpleListFilter]:
    """A filter whose choices are known beforehand: no query to find them, however long the list is."""

    class Choices(SimpleListFilter):
        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(value, text) for value, (text, _) in options.items()]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            if self.value() not in options:
                return queryset
            condition = options[str(self.value())][1]
            return queryset.filter(condition() if callable(condition) else condition)

    Choices.title, Choices.parameter_name = title, parameter
    return Choices


def states(kind: str, field: str = "status") -> type[SimpleListFilter]:
    """By status; the names are those of the badges."""
    return choices(field, field, {value: (label(kind, value), Q(**{field: value})) for value in TONES[kind]})


def values(title: str, field: str, known: Iterable[str]) -> type[SimpleListFilter]:
    return choices(title, field, {str(value): (str(value), Q(**{field: str(value)})) for value in known})


def recent(title: str, field: str) -> type[SimpleListFilter]:
    spans = {"1h": ("the last hour", 1), "24h": ("the last 24 hours", 24), "7d": ("the last 7 days", 7 * 24),
             "30d": ("the last 30 days", 30 * 24)}  # fmt: skip

    def since(hours: int) -> Callable[[], Q]:
        return lambda: Q(**{f"{field}__gte": clock.now() - timedelta(hours=hours)})

    return choices(title, field, {value: (text, since(hours)) for value, (text, hours) in spans.items()})


def pointed(title: str, parameter: str, condition: Callable[[str], Q]) -> type[SimpleListFilter]:
    """A filter that links set and nobody picks; it shows only while it is in force."""

    class Pointed(SimpleListFilter):
        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            value = request.GET.get(parameter)
            return [(value, value)] if value else []

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(condition(str(self.value()))) if self.value() else queryset

    Pointed.title, Pointed.parameter_name = title, parameter
    return Pointed


def key(text: str) -> int:
    """A primary key as links carry it; 0, which no row has, for what cannot be one."""
    return int(text) if text.isdecimal() and len(text) < 18 else 0
