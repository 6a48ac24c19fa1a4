"""The base of every admin page: what partners own is read-only, badges have one palette, links lead everywhere.

A page finds here all that it is made of; badges and filters have modules of their own.
Modules link to each other in both directions, but import only downwards: whatever lies above is named, `app.Model`.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.apps import apps
from django.contrib.admin import ShowFacets
from django.db.models import Manager, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from . import clock, confirm, history, search
from .badges import TONES as TONES
from .badges import badge as badge
from .badges import badge_pair as badge_pair
from .badges import label as label
from .filters import BoundedPaginator as BoundedPaginator
from .filters import Condition as Condition
from .filters import choices as choices
from .filters import counted as counted
from .filters import key as key
from .filters import pointed as pointed
from .filters import recent as recent
from .filters import states as states
from .filters import values as values

DASH = "–"


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


def lines(texts: Iterable[str]) -> str:
    return ", ".join(text for text in texts if text) or DASH


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
