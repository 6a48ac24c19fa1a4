"""Commands: each step of their life, and every message that belongs to it."""

from typing import ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core
from ocpi.journal.admin import flow
from ocpi.locations.models import Location
from ocpi.partners.order_admin import OUTCOME, OrderAdmin
from ocpi.protocol.commands import CommandType

from .models import Command


@admin.register(Command)
class CommandAdmin(OrderAdmin):
    list_display: ClassVar = ["created", "heading", "status", "token_link", "place", "took", "problem"]
    list_display_links: ClassVar = ["created", "heading"]
    list_select_related: ClassVar = ["partner", "token"]
    list_filter: ClassVar = [
        OUTCOME,
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
    @display(description="command", header=True, ordering="type")
    def heading(self, row: Command) -> list[str]:
        return [row.type, str(row.partner)]

    @display(description="where", header=True, ordering="location_id")
    def place(self, row: Command) -> list[str]:
        return [row.location_id, row.evse_uid]

    token_link = core.link_column("token", "token")

    # --- one command ---
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
