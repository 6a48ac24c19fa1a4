"""The journal: every request in and out, and all of one flow together."""

from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib.admin import DateFieldListFilter
from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core
from ocpi.core import ids
from ocpi.partners.models import Partner

from .models import Exchange

# The same as Exchange.failed, for queries.
FAILED = (
    ~Q(error="") | Q(http_status=None) | Q(http_status__gte=300) | Q(status_code__lt=1000) | Q(status_code__gte=2000)
)
# Pushes of partners that we answered with "invalid".
REFUSED = Q(direction="IN", partner__isnull=False, status_code=2001, method__in=["PUT", "PATCH", "POST"])
_MODULES = ("credentials", "versions", "locations", "tariffs", "sessions", "cdrs", "tokens", "commands")
_SHOWN = 100


def about(path: str) -> Q:
    """Requests about one object, whose URL ends with this path or goes on below it."""
    return Q(url__iendswith=path) | Q(url__icontains=f"{path}/") | Q(url__icontains=f"{path}?")


@admin.register(Exchange)
class ExchangeAdmin(core.ReadOnlyAdmin):
    list_display: ClassVar = ["started", "who", "call", "answer", "took"]
    list_select_related: ClassVar = ["partner", "api_client"]
    list_defer = ("request_headers", "request_body", "response_headers", "response_body")
    list_filter: ClassVar = [
        core.choices("outcome", "outcome", {
            "failed": ("failed", FAILED), "ok": ("answered with success", ~FAILED),
            "refused": ("invalid push", REFUSED),
        }),
        "direction",
        "partner",
        "api_client",
        core.values("module", "module", _MODULES),
        ("started_at", DateFieldListFilter),
        core.pointed("object", "about", about),
    ]  # fmt: skip
    search_fields: ClassVar = ["correlation_id__exact"]
    search_help_text = "correlation id, whole"
    ordering: ClassVar = ["-started_at", "-pk"]
    fieldsets: ClassVar = [
        (None, {"fields": [("started", "who_link"), ("answer_badge", "took"), "call", "error"]}),
        ("The whole flow: all messages with this correlation id", {"fields": ["flow"]}),
        ("Request", {"fields": ["url", "request_json", "request_header_json"]}),
        ("Response", {"fields": ["response_json", "response_header_json"]}),
        ("Ids", {"fields": ["request_id", "correlation_id"], "classes": ["collapse"]}),
    ]

    started = core.time_column("started_at", "time (UTC)")

    @display(description="with")
    def who(self, row: Exchange) -> str:
        return other_side(row)

    @display(description="with")
    def who_link(self, row: Exchange) -> SafeString | str:
        return core.link(row.partner or row.api_client, other_side(row))

    @display(description="request")
    def call(self, row: Exchange) -> SafeString:
        return format_html('<span class="ocpi-mono"><strong>{}</strong> {}</span>', row.method, short(row.url))

    @display(description="answer", ordering="http_status", label=core.TONES["exchange"])
    def answer(self, row: Exchange) -> tuple[str, str]:
        return "FAILED" if row.failed else "OK", outcome(row)

    @display(description="answer")
    def answer_badge(self, row: Exchange) -> SafeString:
        return core.badge("exchange", *self.answer(row))

    @display(description="took", ordering="duration_ms")
    def took(self, row: Exchange) -> str:
        return f"{row.duration_ms:,} ms"

    @display(description="messages")
    def flow(self, row: Exchange) -> SafeString | str:
        return flow(row.correlation_id, row)

    @display(description="body")
    def request_json(self, row: Exchange) -> SafeString | str:
        return core.pretty_body(row.request_body)

    @display(description="body")
    def response_json(self, row: Exchange) -> SafeString | str:
        return core.pretty_body(row.response_body)

    request_header_json = core.json_column("request_headers", "headers")
    response_header_json = core.json_column("response_headers", "headers")


def other_side(row: Exchange) -> str:
    """→ we called them, ← they called us."""
    arrow = "→" if row.direction == Exchange.Direction.OUT else "←"
    return f"{arrow} {row.partner or row.api_client or 'unknown caller'}"


def outcome(row: Exchange) -> str:
    if row.http_status is None:
        return "no answer"
    return f"{row.http_status} / {row.status_code}" if row.status_code else str(row.http_status)


def short(url: str) -> str:
    """The end of the URL, where the object stands: without host, and without what all of our own URLs begin with."""
    path = url.split("://", 1)[-1]
    path = path[path.find("/") :] if "://" in url else path
    path = path.removeprefix(urlsplit(settings.OCPI_BASE_URL).path)
    return path if len(path) <= 64 else f"…{path[-63:]}"


def flow(correlation_id: str, shown: Exchange | None = None) -> SafeString | str:
    """All messages of one flow as a table, oldest first."""
    if not correlation_id:
        return core.DASH
    rows = Exchange.objects.filter(correlation_id=correlation_id).select_related("partner", "api_client")
    heavy = ("request_headers", "request_body", "response_headers", "response_body")
    found = rows.defer(*heavy).order_by("started_at", "pk")[:_SHOWN]
    return core.table(["time", "with", "request", "answer", "took"], (_line(row, shown) for row in found), full=True)


def _line(row: Exchange, shown: Exchange | None) -> list[Any]:
    name = f"{row.method} {short(row.url)}"
    here = shown is not None and row.pk == shown.pk
    return [
        core.moment(row.started_at),
        other_side(row),
        format_html("<strong>{}</strong>", name) if here else core.link(row, name),
        core.badge("exchange", "FAILED" if row.failed else "OK", outcome(row)),
        f"{row.duration_ms:,} ms",
    ]


def messages_about(partner: Partner, *path: str, since: datetime, until: datetime | None, text: str) -> SafeString:
    """A link to what was exchanged about one object; the time span lets the database use its index."""
    span = {"started_at__gte": since - timedelta(hours=1)} | ({"started_at__lt": until} if until else {})
    filters = {f"{name}": value.isoformat() for name, value in span.items()}
    where = "/" + "/".join(ids.segment(part) for part in path)
    return core.list_link("ocpi_journal.exchange", text, partner__id__exact=partner.pk, about=where, **filters)
