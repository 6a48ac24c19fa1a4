"""Who did what: every entry of the history, of all objects, newest first."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core

from .navigation import GROUPS

_ACTS = {ADDITION: "ADDED", CHANGE: "CHANGED", DELETION: "DELETED"}


def _of(model: str) -> Any:
    """The kind of object, through the index of its foreign key."""
    app, name = model.split(".")
    return lambda: Q(content_type=ContentType.objects.get_by_natural_key(app, name))


@admin.register(LogEntry)
class HistoryDesk(core.ReadOnlyAdmin):
    list_display: ClassVar = ["moment", "who", "act", "what", "told"]
    list_display_links: ClassVar = ["moment"]
    list_select_related: ClassVar = ["user", "content_type"]
    list_filter: ClassVar = [
        "user",
        core.choices("of", "of", {
            model: (title, _of(model)) for group in GROUPS.values() for title, _, model in group
            if model != "admin.logentry"
        }),
        core.choices("act", "act", {name.lower(): (name.lower(), Q(action_flag=flag)) for flag, name in _ACTS.items()}),
        core.recent("when", "action_time"),
    ]  # fmt: skip
    search_fields: ClassVar = ["object_repr__exact", "user__username__exact"]
    search_help_text = "the object's name or a user's name, whole"
    ordering: ClassVar = ["-pk"]  # as old as its key: the time has no index
    fieldsets: ClassVar = [(None, {"fields": [("moment", "who"), ("act_badge", "what"), "told"]})]

    moment = core.time_column("action_time", "time (UTC)")

    @display(description="user")
    def who(self, row: LogEntry) -> str:
        return str(row.user.get_username())

    @display(description="act", label=core.TONES["act"])
    def act(self, row: LogEntry) -> tuple[str, str]:
        return core.badge_pair("act", _ACTS.get(row.action_flag, "CHANGED"))

    @display(description="act")
    def act_badge(self, row: LogEntry) -> SafeString:
        return core.badge("act", _ACTS.get(row.action_flag, "CHANGED"))

    @display(description="object")
    def what(self, row: LogEntry) -> SafeString | str:
        """A link, unless the object is gone."""
        kind = row.content_type.name if row.content_type else "object"
        url = None if row.is_deletion() else row.get_admin_url()
        return format_html(core.LINK, url, f"{kind} {row.object_repr}") if url else f"{kind} {row.object_repr}"

    @display(description="what happened")
    def told(self, row: LogEntry) -> str:
        return str(row.get_change_message()) or core.DASH
