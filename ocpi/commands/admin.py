"""Commands: each step of their life, and every message that belongs to it."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core
from ocpi.journal.admin import flow
from ocpi.locations.models import Location
from ocpi.protocol.commands import CommandType
from ocpi.protocol.states import COMMAND
from ocpi.protocol.types import parse_datetime

from .models import Command

WAITING = Q(state__in=[state for state in COMMAND.states if COMMAND.waiting(state)])
WITHOUT_RESULT = Q(state__in=["TIMED_OUT", "UNKNOWN"])


@admin.register(Command)
class CommandAdmin(core.ReadOnlyAdmin):
    list_display: ClassVar = ["created", "heading", "status", "token_link", "place", "took", "problem"]
    list_display_links: ClassVar = ["created", "heading"]
    list_select_related: ClassVar = ["partner", "token"]
    list_defer = ("request", "response", "result")
    list_filter: ClassVar = [
        core.choices("outcome", "outcome", {
            "waiting": ("still waiting", WAITING),
            "none": ("no result", WITHOUT_RESULT),
            "done": ("succeeded", Q(state="SUCCEEDED")),
            "failed": ("failed or refused", Q(state__in=["FAILED", "REJECTED", "EXPIRED", "CANCELLED"])),
        }),
        core.values("command", "type", CommandType),
        "partner",
        "api_client",
        core.recent("asked for", "created_at"),
    ]  # fmt: skip
    search_fields: ClassVar = [
        "location_id__exact", "session_id__exact", "token__uid__exact", "authorization_reference__exact",
        "correlation_id__exact",
    ]  # fmt: skip
    search_help_text = "location, session, token UID, authorization reference or correlation id, whole"
    ordering: ClassVar = ["-created_at"]
    fieldsets: ClassVar = [
        (None, {"fields": [("type", "status_badge"), ("asked_by", "partner_link"), "error", "timeline"]}),
        (
            "What it is about",
            {"fields": [("token_link", "session_link"), ("location_link", "evse_uid"), "reservation_id"]},
        ),
        ("Messages", {"fields": ["messages", "response_url", "webhook"]}),
        ("As sent and received", {"fields": ["request_json", "response_json", "result_json"], "classes": ["collapse"]}),
    ]

    # --- columns ---
    created = core.time_column("created_at", "time (UTC)")

    @display(description="state", ordering="state", label=core.TONES["command"])
    def status(self, row: Command) -> tuple[str, str]:
        return core.badge_pair("command", row.state)

    @display(description="command", header=True, ordering="type")
    def heading(self, row: Command) -> list[str]:
        return [row.type, str(row.partner)]

    @display(description="where", header=True, ordering="location_id")
    def place(self, row: Command) -> list[str]:
        return [row.location_id, row.evse_uid]

    @display(description="error")
    def problem(self, row: Command) -> str:
        return row.error[:60]

    token_link = core.link_column("token", "token")

    @display(description="took")
    def took(self, row: Command) -> str:
        return _seconds(row.created_at, row.finished_at) if row.finished_at else core.DASH

    # --- one command ---
    @display(description="state")
    def status_badge(self, row: Command) -> SafeString:
        return core.badge("command", row.state)

    @display(description="asked for by")
    def asked_by(self, row: Command) -> SafeString | str:
        return core.link(row.api_client) if row.api_client else "an operator"

    @display(description="partner")
    def partner_link(self, row: Command) -> SafeString | str:
        return core.link(row.partner, f"{row.partner} ({row.country_code}-{row.party_id})")

    @display(description="steps")
    def timeline(self, row: Command) -> SafeString:
        return render_to_string("ocpi_core/timeline.html", {"steps": steps(row)})

    @display(description="location")
    def location_link(self, row: Command) -> SafeString | str:
        if not row.location_id:
            return core.DASH
        place = Location.objects.of(row.partner, row.party).filter(location_id=row.location_id).first()
        return core.link(place, "" if place else f"{row.location_id} (unknown)")

    @display(description="session")
    def session_link(self, row: Command) -> SafeString | str:
        return core.link(row.session(), row.session_id)

    @display(description="same correlation id")
    def messages(self, row: Command) -> SafeString | str:
        return flow(row.correlation_id)

    @display(description="webhook of the app")
    def webhook(self, row: Command) -> str:
        if not row.webhook_url:
            return core.DASH
        return f"{row.webhook_url} – {row.get_webhook_state_display()}, {row.webhook_attempts} attempts"

    request_json = core.json_column("request", "command")
    response_json = core.json_column("response", "CommandResponse")
    result_json = core.json_column("result", "CommandResult")


def steps(row: Command) -> list[dict[str, Any]]:
    """The history as the timeline shows it: each state with its colour and the time since the step before."""
    moments = [parse_datetime(step["at"]) for step in row.steps]
    return [
        {
            "badge": core.badge("command", step["state"]),
            "tone": core.TONES["command"].get(step["state"], "neutral"),
            "at": core.moment(at),
            "after": f"after {_seconds(before, at)}" if before else "",
            "detail": step.get("detail", ""),
        }
        for step, at, before in zip(row.steps, moments, [None, *moments], strict=False)
    ]


def _seconds(start: datetime, end: datetime) -> str:
    return f"{max(timedelta(0), end - start).total_seconds():.1f} s"
