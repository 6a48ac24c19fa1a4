"""The journal: every request in and out, side by side with its answer, and all of one flow as a diagram."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import DateFieldListFilter
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from ocpi.core import admin as core
from ocpi.core import confirm, ids
from ocpi.partners.models import Partner

from . import changes, curl, replay
from .diagram import draw, outcome, path
from .filters import DURATIONS, HTTP_STATUSES, MODULES, OCPI_STATUSES, OUTCOMES, about
from .models import Exchange

_SHOWN = 100
_HEAVY = ("request_headers", "request_body", "response_headers", "response_body")
_SEARCHED = 20_000  # messages whose bodies are searched: the newest ones
_SHORTEST = 3  # characters that are worth searching for


@admin.register(Exchange)
class ExchangeAdmin(core.ReadOnlyAdmin):
    partner_path = "partner"
    list_display: ClassVar = ["started", "who", "call", "answer", "took"]
    list_select_related: ClassVar = ["partner", "api_client"]
    list_defer = _HEAVY
    list_filter: ClassVar = [
        core.choices("outcome", "outcome", OUTCOMES),
        "direction",
        "partner",
        "api_client",
        core.values("module", "module", MODULES),
        core.choices("HTTP status", "http", HTTP_STATUSES),
        core.choices("OCPI status", "ocpi", OCPI_STATUSES),
        core.choices("took", "took", DURATIONS),
        core.recent("when", "started_at"),
        ("started_at", DateFieldListFilter),
        core.pointed("object", "about", about),
    ]  # fmt: skip
    search_fields: ClassVar = ["correlation_id__exact", "request_id__exact"]
    search_help_text = f"correlation or request id, whole, or text in the bodies of the last {_SEARCHED:,} messages"
    ordering: ClassVar = ["-started_at", "-pk"]
    sortable_by: ClassVar = ["started"]  # no index for the others
    fieldsets: ClassVar = [
        (None, {"fields": [("started", "who_link"), ("answer_badge", "took"), "call", "error"]}),
        ("The whole flow: all messages with this correlation id", {"fields": ["flow"]}),
        ("What it changed", {"fields": ["changed"]}),
        ("Request and answer", {"fields": ["bodies"]}),
        ("To be tried again by hand", {"fields": ["command"], "classes": ["collapse"]}),
        ("Ids", {"fields": ["url", "request_id", "correlation_id"], "classes": ["collapse"]}),
    ]

    actions_detail: ClassVar = ["replay"]

    has_replay_permission = core.needs("ocpi_journal.replay_exchange")

    @action(
        description="Replay", icon="replay", permissions=["replay"], url_path="replay",
        dialog={"title": "Take this push in once more?", "form_class": confirm.WhyForm, "form_submit_text": "Replay",
                "description": (
            "It goes through the same door as when the partner sent it. What is newer here stays, and what is here "
            "already stays once. The partner hears nothing of it.")},
    )  # fmt: skip
    def replay(self, request: HttpRequest, form: confirm.WhyForm, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return core.go_to(core.list_page("ocpi_journal.exchange"))
        try:
            answer = replay.replay(row)
        except replay.NotReplayable as error:
            self.message_user(request, f"Not replayed: {error}.", messages.ERROR)
        else:
            self._tell(request, row, answer, form)
        return core.go_to(core.page(row))

    def _tell(self, request: HttpRequest, row: Exchange, answer: Any, form: confirm.WhyForm) -> None:
        found = json.loads(answer.content)
        said = f"{answer.status_code} / {found['status_code']} {found.get('status_message', '')}".strip()
        taken = answer.status_code < 300 and found["status_code"] < 2000
        self.log_change(request, row, form.told(f"replayed, answered {said}"))
        self.message_user(request, f"Replayed; our answer: {said}.", messages.SUCCESS if taken else messages.WARNING)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only for what can be replayed."""
        row = self.get_object(request, str(object_id))
        offered = super().get_actions_detail(request, object_id)
        return offered if row is not None and not replay.refusal(row) else []

    def get_fieldsets(self, request: HttpRequest, obj: Exchange | None = None) -> Any:
        """What a message changed is a question for pushes only."""
        sets = super().get_fieldsets(request, obj)
        pushed = obj is not None and obj.method in {"PUT", "PATCH"}
        return [each for each in sets if pushed or "changed" not in each[1]["fields"]]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Exchange], search_term: str
    ) -> tuple[QuerySet[Exchange], bool]:
        """By id through an index; else in the newest bodies only, so that it costs the same in a table of millions."""
        by_id, more = super().get_search_results(request, queryset, search_term)
        text = search_term.strip()
        if len(text) < _SHORTEST or by_id.exists():
            return by_id, more
        newest = Exchange.objects.aggregate(newest=Max("pk"))["newest"] or 0
        inside = Q(request_body__icontains=text) | Q(response_body__icontains=text) | Q(url__icontains=text)
        return queryset.filter(inside, pk__gt=newest - _SEARCHED), more

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

    @display(description="field by field")
    def changed(self, row: Exchange) -> SafeString | str:
        found = changes.of(row)
        if not found:
            return "nothing that an earlier message about this object would show"
        lines = ([_mono(each.path), _marked("del", each.before), _marked("ins", each.after)] for each in found)
        return core.table(["field", "before", "after"], lines, full=True)

    @display(description="messages")
    def bodies(self, row: Exchange) -> SafeString:
        sides = [
            ("Request", row.request_body, row.request_headers),
            ("Answer", row.response_body, row.response_headers),
        ]
        parts = [
            {"title": title, "body": core.pretty_body(body), "headers": core.pretty_json(headers)}
            for title, body, headers in sides
        ]
        return render_to_string("ocpi_journal/bodies.html", {"sides": parts})

    @display(description="curl")
    def command(self, row: Exchange) -> SafeString:
        context = {"text": curl.as_curl(row), "masked": curl.is_masked(row)}
        return render_to_string("ocpi_journal/command.html", context)


def _mono(text: str) -> SafeString:
    return format_html('<span class="ocpi-mono">{}</span>', text)


def _marked(tag: str, value: Any) -> SafeString | str:
    """What is gone and what has come, told apart by colour, and by the line through it."""
    if value is None:
        return core.DASH
    return format_html(f'<{tag} class="ocpi-{tag}">{{}}</{tag}>', _shown(value))


def _shown(value: Any) -> SafeString | str:
    return core.DASH if value is None else core.pretty_json(value) if isinstance(value, dict | list) else str(value)


def other_side(row: Exchange) -> str:
    """→ we called them, ← they called us."""
    arrow = "→" if row.direction == Exchange.Direction.OUT else "←"
    return f"{arrow} {row.partner or row.api_client or 'unknown caller'}"


def short(url: str) -> str:
    """The end of the URL, where the object stands."""
    found = path(url)
    return found if len(found) <= 64 else f"…{found[-63:]}"


def flow(correlation_id: str, shown: Exchange | None = None) -> SafeString | str:
    """All messages of one flow as a sequence diagram."""
    return diagram(Exchange.objects.filter(correlation_id=correlation_id), shown) if correlation_id else core.DASH


def diagram(rows: QuerySet[Exchange], shown: Exchange | None = None) -> SafeString | str:
    """The first messages of `rows`, drawn, each arrow a link to its message; and as text to be copied."""
    found = list(rows.select_related("partner", "api_client").defer(*_HEAVY).order_by("started_at", "pk")[:_SHOWN])
    if not found:
        return core.DASH
    drawn = draw(found)
    context = {
        "picture": drawn.svg(shown, _links(found)),
        "texts": [("Mermaid", drawn.mermaid()), ("PlantUML", drawn.plantuml()), ("text", drawn.text())],
        "capped": len(found) == _SHOWN,
    }
    return render_to_string("ocpi_journal/diagram.html", context)


def _links(rows: Iterable[Exchange]) -> dict[int, str]:
    return {row.pk: core.page(row) for row in rows}


def messages_about(partner: Partner, *path: str, since: datetime, until: datetime | None, text: str) -> SafeString:
    """A link to what was exchanged about one object; the time span lets the database use its index."""
    span = {"started_at__gte": since - timedelta(hours=1)} | ({"started_at__lt": until} if until else {})
    filters = {f"{name}": value.isoformat() for name, value in span.items()}
    where = "/" + "/".join(ids.segment(part) for part in path)
    return core.list_link("ocpi_journal.exchange", text, partner__id__exact=partner.pk, about=where, **filters)
