"""The page of an order: its steps as a timeline, and whom it went to. Commands, profiles and preferences share it."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core
from ocpi.protocol.states import COMMAND
from ocpi.protocol.types import parse_datetime

from .orders import Order

WAITING = Q(state__in=[state for state in COMMAND.states if COMMAND.waiting(state)])
WITHOUT_RESULT = Q(state__in=["TIMED_OUT", "UNKNOWN"])
OUTCOME = core.choices("outcome", "outcome", {
    "waiting": ("still waiting", WAITING),
    "none": ("no result", WITHOUT_RESULT),
    "done": ("succeeded", Q(state="SUCCEEDED")),
    "failed": ("failed or refused", Q(state__in=["FAILED", "REJECTED", "EXPIRED", "CANCELLED"])),
})  # fmt: skip


class OrderAdmin(core.ReadOnlyAdmin):
    partner_path = "partner"
    list_defer = ("request", "response", "result")
    ordering: ClassVar = ["-created_at"]
    sortable_by: ClassVar = ["created"]  # no index for the others

    created = core.time_column("created_at", "time (UTC)")

    @display(description="state", ordering="state", label=core.TONES["command"])
    def status(self, row: Order) -> tuple[str, str]:
        return core.badge_pair("command", row.state)

    @display(description="error")
    def problem(self, row: Order) -> str:
        return row.error[:60]

    @display(description="took")
    def took(self, row: Order) -> str:
        return _seconds(row.created_at, row.finished_at) if row.finished_at else core.DASH

    @display(description="state")
    def status_badge(self, row: Order) -> SafeString:
        return core.badge("command", row.state)

    @display(description="asked for by")
    def asked_by(self, row: Order) -> SafeString | str:
        return core.link(row.api_client) if row.api_client else "an operator"

    @display(description="partner")
    def partner_link(self, row: Order) -> SafeString | str:
        return core.link(row.partner, f"{row.partner} ({row.country_code}-{row.party_id})")

    @display(description="steps")
    def timeline(self, row: Order) -> SafeString:
        return render_to_string("ocpi_core/timeline.html", {"steps": steps(row)})


def steps(row: Order) -> list[dict[str, Any]]:
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
