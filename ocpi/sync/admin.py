"""Pulls: how far we are with each module of each partner."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core

from .models import Pull
from .modules import MODULES


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
        ("For the next one", {"fields": ["newest"]}),
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

    partner_link = core.link_column("partner", "partner")
    running = core.time_column("running_since", "running since")
    finished = core.time_column("finished_at", "finished (UTC)")
    newest = core.time_column("high_water", "newest object of the last whole pull")
    due = core.time_column("due_at", "next (UTC)")

    @display(description="left out")
    def reasons(self, row: Pull) -> SafeString | str:
        return format_html_join("", "<div>{}</div>", ((problem,) for problem in row.problems)) or core.DASH
