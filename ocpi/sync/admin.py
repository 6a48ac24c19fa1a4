"""Pulls: how far we are with each module of each partner."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core

from .models import Pull
from .services import MODULES


def progress(row: Pull) -> tuple[str, str]:
    """A status for the badge: pulls have none of their own."""
    if row.running_since is not None:
        return "RUNNING", "running"
    if row.error:
        return "FAILED", "broke off"
    return ("DONE", "complete") if row.finished_at else ("WAITING", "not yet")


@admin.register(Pull)
class PullAdmin(core.ReadOnlyAdmin):
    list_display: ClassVar = ["name", "state", "finished", "received", "changed", "skipped", "due", "error"]
    list_select_related: ClassVar = ["partner"]
    list_filter: ClassVar = [
        "partner",
        core.values("module", "module", MODULES),
        core.choices("outcome", "outcome", {
            "failed": ("broke off", ~Q(error="")), "skipped": ("left objects out", Q(skipped__gt=0)),
        }),
    ]  # fmt: skip
    search_fields: ClassVar = ["partner__name__icontains"]
    ordering: ClassVar = ["partner__name", "module"]
    fieldsets: ClassVar = [
        (None, {"fields": ["partner_link", "module", "state_badge", "error"]}),
        ("The last pull", {"fields": ["running", "finished", "due", "received", "changed", "skipped", "reasons"]}),
        ("For the next one", {"fields": ["high_water"]}),
    ]

    @display(description="pull", ordering="module")
    def name(self, row: Pull) -> str:
        return str(row)

    @display(description="state", label=core.TONES["pull"])
    def state(self, row: Pull) -> tuple[str, str]:
        return progress(row)

    @display(description="state")
    def state_badge(self, row: Pull) -> SafeString:
        return core.badge("pull", *progress(row))

    @display(description="partner")
    def partner_link(self, row: Pull) -> SafeString | str:
        return core.link(row.partner)

    @display(description="running since")
    def running(self, row: Pull) -> str:
        return core.moment(row.running_since)

    @display(description="finished (UTC)", ordering="finished_at")
    def finished(self, row: Pull) -> str:
        return core.moment(row.finished_at)

    @display(description="next (UTC)", ordering="due_at")
    def due(self, row: Pull) -> str:
        return core.moment(row.due_at)

    @display(description="left out")
    def reasons(self, row: Pull) -> SafeString | str:
        return format_html_join("", "<div>{}</div>", ((problem,) for problem in row.problems)) or core.DASH
