"""The base of every admin page: what partners own is read-only, badges have one palette, links lead everywhere.

Modules link to each other in both directions, but import only downwards: whatever lies above is named, `app.Model`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, TypeAlias
from urllib.parse import urlencode

from django.apps import apps
from django.contrib.admin import ShowFacets, SimpleListFilter
from django.core.paginator import Paginator
from django.db.models import Manager, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from ocpi.protocol.states import COMMAND, SESSION, Machine, Tone

from . import clock, confirm, history, search

DASH = "–"


# --- badges -----------------------------------------------------------------------------------------------------------
def _tones(machine: Machine) -> dict[str, Tone]:
    return {state: machine.tone(state) for state in machine.states}


# The colour of every status there is, by what it is the status of; unfold's labels have the same names (decision 6).
TONES: dict[str, dict[str, Tone]] = {
    "session": _tones(SESSION),
    "command": _tones(COMMAND),
    "verdict": {"waiting": "info", "match": "success", "rounding": "success", "mismatch": "danger",
                "unpriceable": "warning", "credit": "neutral"},
    "severity": {"error": "danger", "warning": "warning", "hold": "warning", "info": "info"},
    "webhook": {"WAITING": "info", "SENT": "success", "FAILED": "danger"},
    "evse": {
        "AVAILABLE": "success", "CHARGING": "info", "RESERVED": "info", "BLOCKED": "warning", "UNKNOWN": "warning",
        "INOPERATIVE": "danger", "OUTOFORDER": "danger", "PLANNED": "neutral", "REMOVED": "neutral",
    },
    "partner": {
        "NEW": "neutral", "REGISTERED": "success", "UNKNOWN": "warning", "SUSPENDED": "warning",
        "UNREGISTERED": "neutral",
    },
    "token": {
        "ACTIVE": "success", "BLOCKED": "danger", "EXPIRED": "neutral", "NO_CREDIT": "warning",
        "NOT_ALLOWED": "warning",
    },
    "allowed": {
        "ALLOWED": "success", "BLOCKED": "danger", "EXPIRED": "warning", "NO_CREDIT": "warning",
        "NOT_ALLOWED": "warning", "NO_PLACE": "info",
    },
    "rule": {"PASSED": "success", "REFUSED": "danger", "NO_LIMIT": "neutral", "NO_PLACE": "info"},
    "token_batch": {
        "DRAFT": "info", "CHECKING": "info", "CHECKED": "warning", "RUNNING": "info", "DONE": "success",
        "FAILED": "danger",
    },
    "batch_row": {"NEW": "success", "CHANGED": "info", "UNCHANGED": "neutral", "BAD": "danger"},
    "push": {"PENDING": "info", "SENDING": "info", "DONE": "success", "FAILED": "danger"},
    "pull": {"RUNNING": "info", "DONE": "success", "WAITING": "neutral", "FAILED": "danger", "HELD": "warning"},
    "quarantine": {"OPEN": "warning", "CLOSED": "success"},
    "silence": {"STALE": "warning", "ESCALATED": "danger"},
    "missing_bill": {"LOOKING": "info", "REPORTED": "danger", "CAME": "success"},
    "hub_party": {
        "": "neutral", "CONNECTED": "success", "OFFLINE": "warning", "PLANNED": "info", "SUSPENDED": "danger",
    },
    "conformance": {
        "WAITING": "info", "RUNNING": "info", "DONE": "success", "FAILED": "danger",
        "ERROR": "danger", "WARNING": "warning", "NOTE": "info",
    },
    "exchange": {"OK": "success", "FAILED": "danger"},
    "review": {
        "OPEN": "warning", "DISPUTED": "danger", "ACCEPTED": "success", "CREDITED": "success", "CLEARED": "neutral",
        "PASSED": "success", "WAITING": "info",
    },
    "invoice": {"DRAFT": "info", "DONE": "success"},
    "invoice_line": {
        "MATCHED": "success", "DIFFERS": "danger", "UNKNOWN": "danger", "TWICE": "danger", "MISSING": "warning",
        "BAD": "warning",
    },
    "bill": {"CREDIT": "warning", "BILL": "neutral"},
    "outage": {"PAUSED": "warning"},
    "light": {"GREEN": "success", "AMBER": "warning", "RED": "danger", "OFF": "neutral"},
    "handshake": {
        "QUEUED": "info", "RUNNING": "info", "WAITING": "info", "FAILED": "danger", "CONNECTED": "success",
        "CANCELLED": "neutral",
    },
    "handshake_step": {
        "DONE": "success", "RUNNING": "info", "FAILED": "danger", "AHEAD": "neutral", "ABSENT": "warning",
    },
    "switch": {"YES": "success", "NO": "neutral"},
    "act": {"ADDED": "success", "CHANGED": "info", "DELETED": "danger"},
}  # fmt: skip
_MACHINES = {"session": SESSION, "command": COMMAND}
_NAMES = {
    "OUTOFORDER": "out of order",
    "NO_CREDIT": "no credit",
    "NOT_ALLOWED": "not allowed",
    "NO_PLACE": "asked where",
    "NO_LIMIT": "does not apply",
    "NEW": "not registered",
    "": "entered by an operator",
}
# What the same word means elsewhere too, by what it is the state of.
_NAMES_OF = {
    "review": {
        "PASSED": "passed our check", "WAITING": "waiting for our check", "CLEARED": "cleared by a later check",
    },
    "invoice": {"DRAFT": "to be confirmed", "DONE": "reconciled"},
    "token_batch": {
        "DRAFT": "columns to be confirmed", "CHECKING": "being read", "CHECKED": "to be confirmed",
        "RUNNING": "being written", "FAILED": "cannot be read",
    },
    "batch_row": {"NEW": "new", "BAD": "cannot be taken"},
    "handshake": {"QUEUED": "waits for a worker", "WAITING": "waits for them"},
    "handshake_step": {"AHEAD": "not yet", "ABSENT": "did not happen"},
    "invoice_line": {
        "DIFFERS": "amount differs", "UNKNOWN": "not in our books", "TWICE": "billed twice",
        "MISSING": "not on the invoice", "BAD": "cannot be read",
    },
}  # fmt: skip


def label(kind: str, value: str) -> str:
    """The name of a status for people; a value that we do not know stays as it came."""
    machine = _MACHINES.get(kind)
    if machine is not None and value in machine.states:
        return machine.label(value)
    names = _NAMES | _NAMES_OF.get(kind, {})
    return names.get(value, value.replace("_", " ").lower() if value in TONES[kind] else value)


def badge_pair(kind: str, value: str) -> tuple[str, str]:
    """What a list column with `display(label=TONES[kind])` returns."""
    return value, label(kind, value)


def badge(kind: str, value: str, text: str = "") -> SafeString:
    """The same badge for a form or a table; a dash when there is no status."""
    tone = TONES[kind].get(value, "neutral")
    return render_to_string("ocpi_core/badge.html", {"tone": tone, "text": text or label(kind, value)})


# --- values -----------------------------------------------------------------------------------------------------------
def number(value: Decimal | float | int | None, unit: str = "", places: int = 2) -> str:
    if value is None:
        return DASH
    text = f"{value:,.{places}f}"
    shown = text if text.strip("-0.,") else text.lstrip("-")  # nobody owes minus nothing
    return f"{shown} {unit}" if unit else shown


def money(value: Any, currency: str) -> str:
    return number(value, currency)


def moment(value: datetime | None) -> str:
    """To the second: that is how exchanges and sessions are told apart."""
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}" if value else DASH


def duration(start: datetime, end: datetime | None) -> str:
    """Hours and minutes from start to end, or until now."""
    minutes = max(0, int(((end or clock.now()) - start).total_seconds() // 60))
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def lines(values: Iterable[str]) -> str:
    return ", ".join(value for value in values if value) or DASH


def pretty_json(value: Any) -> SafeString | str:
    """JSON as a person reads it; what partners wrote is escaped (TYP-16)."""
    if value in (None, "", [], {}):
        return DASH
    return format_html('<pre class="ocpi-json">{}</pre>', json.dumps(value, indent=2, ensure_ascii=False))


def pretty_body(text: str) -> SafeString | str:
    """A body from the journal: JSON if it is whole, else as it is."""
    try:
        return pretty_json(json.loads(text) if text else None)
    except ValueError:
        return format_html('<pre class="ocpi-json">{}</pre>', text)


def table(headers: Iterable[str], rows: Iterable[Iterable[Any]], *, full: bool = False) -> SafeString | str:
    """A table on an object's page; `full`: over the whole width, without a label."""
    context = {"headers": headers, "rows": list(rows), "full": full}
    return render_to_string("ocpi_core/table.html", context) if context["rows"] else DASH


# --- links ------------------------------------------------------------------------------------------------------------
LINK = '<a class="text-link" href="{}">{}</a>'


def rows_of(name: str) -> Manager[Any]:
    """The rows of a model that lies above the caller, as `app.Model`."""
    return apps.get_model(name)._default_manager


def page(target: Model) -> str:
    """The URL of an object's page."""
    return reverse(f"admin:{target._meta.app_label}_{target._meta.model_name}_change", args=[target.pk])


def list_page(name: str, **filters: Any) -> str:
    """The URL of a list, `app.Model`, narrowed by filters."""
    url = reverse(f"admin:{name.lower().replace('.', '_')}_changelist")
    return f"{url}?{urlencode(filters)}" if filters else url


def link(target: Model | None, text: str = "") -> SafeString | str:
    """A link to an object's page, or the bare text when there is no such object here."""
    if target is None or target.pk is None:
        return text or DASH
    return format_html(LINK, page(target), text or str(target))


def links(targets: Iterable[Model]) -> SafeString | str:
    return format_html_join(", ", LINK, ((page(target), str(target)) for target in targets)) or DASH


def list_link(name: str, text: str, **filters: Any) -> SafeString:
    return format_html(LINK, list_page(name, **filters), text)


def list_links(*found: SafeString) -> SafeString:
    return format_html_join(" · ", "{}", ((item,) for item in found))


# --- columns, for lists, forms and inlines ----------------------------------------------------------------------------
Column = Callable[[Any, Any], Any]


def time_column(field: str, description: str) -> Column:
    @display(description=description, ordering=field)
    def column(admin: Any, row: Model) -> str:
        return moment(getattr(row, field))

    return column


def link_column(field: str, description: str) -> Column:
    """To the object behind a foreign key."""

    @display(description=description)
    def column(admin: Any, row: Model) -> SafeString | str:
        return link(getattr(row, field))

    return column


def json_column(field: str, description: str) -> Column:
    @display(description=description)
    def column(admin: Any, row: Model) -> SafeString | str:
        return pretty_json(getattr(row, field))

    return column


# --- lists that do not die of their length ----------------------------------------------------------------------------
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


def needs(permission: str) -> Callable[..., bool]:
    """A `has_…_permission` of an admin page: whether the user has `app.codename`. Asked for by name, never by its dot:
    unfold looks such permissions up in the database, which a check at the start must not need."""

    def has(self: Any, request: HttpRequest, obj: Any = None) -> bool:
        user: Any = request.user
        return bool(user.has_perm(permission))

    return has


# --- base classes -----------------------------------------------------------------------------------------------------
class OcpiAdmin(confirm.NamedDelete, search.ByIndex, ModelAdmin):
    """Documented hooks of Django and unfold only (decision 8)."""

    list_per_page = 50
    empty_value_display = DASH
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # a count for each choice of each filter, over millions of rows
    paginator = BoundedPaginator
    compressed_fields = True
    warn_unsaved_form = True
    list_disable_select_all = True
    list_defer: ClassVar[tuple[str, ...]] = ()  # columns too heavy to fetch for a list
    history_hides: ClassVar[tuple[str, ...]] = ()  # fields that identify a driver: that they changed, not to what
    # How a row leads to its partner: what belongs to a learner's sandbox is in no list, but for `?sandbox=<partner>`.
    partner_path: ClassVar[str | None] = None

    class Media:
        js: ClassVar = ["ocpi_core/copy.js", "ocpi_core/dialog.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        match = request.resolver_match
        if match is None or not (match.url_name or "").endswith("_changelist"):
            return rows
        if self.partner_path is not None and "sandbox" not in request.GET:
            rows = rows.exclude(**{"__".join(filter(None, [self.partner_path, "sandbox"])): True})
        return rows.defer(*self.list_defer) if self.list_defer else rows

    def get_list_filter(self, request: HttpRequest) -> Any:
        filters = super().get_list_filter(request)
        if self.partner_path is None:
            return filters
        path = self.partner_path or "pk"
        return [*filters, pointed("sandbox", "sandbox", lambda value: Q(**{path: key(value)}))]

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """With values: which field was edited is half of what somebody wants to know later."""
        message = super().construct_change_message(request, form, formsets, add)
        if not add and form.changed_data:
            message[0]["changed"]["fields"] = list(history.changes(form, self.history_hides))
        return message


class ReadOnly:
    """Partners or the platform own it: operators look, filter and follow links, and change nothing."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, OcpiAdmin):
    actions = None


class ReadOnlyInline(ReadOnly, TabularInline):
    """A table of related rows in a tab of its own; long ones in pages."""

    extra = 0
    max_num = 0
    per_page = 50
    hide_title = True
    tab = True
    empty_value_display = DASH

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields


def go_to(url: str) -> HttpResponse:
    """The answer to a confirmed dialog: the browser loads that page."""
    return HttpResponse(headers={"HX-Redirect": url})
