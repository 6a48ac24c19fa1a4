"""Commands: each step of their life, and every message that belongs to it."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from ocpi.core import admin as core
from ocpi.journal.admin import flow
from ocpi.locations.models import Location
from ocpi.partners.order_admin import OUTCOME, OrderAdmin
from ocpi.protocol.commands import CommandType
from ocpi.protocol.errors import OcpiError

from . import starts
from .models import Command

_ABOUT = [("token_link", "session_link"), ("location_link", "evse_uid"), "reservation_id"]


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
            {"fields": [*_ABOUT, ("cancelled", "stop_link", "undoes_link")]},
        ),
        ("Messages", {"fields": ["messages", "response_url", "webhook"]}),
        ("As sent and received", {"fields": ["request_json", "response_json", "result_json"], "classes": ["collapse"]}),
    ]

    actions_detail: ClassVar = ["cancel_start"]

    @action(
        description="Cancel", icon="cancel", permissions=["cancel"], url_path="cancel",
        variant=ActionVariant.DANGER,
        dialog={"title": "Cancel this start?", "form_class": None, "form_submit_text": "Cancel the start",
                "description": "What has not been sent never is; else its session is stopped as soon as it appears."},
    )  # fmt: skip
    def cancel_start(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        try:
            row = starts.cancel(command_id=object_id)
        except OcpiError as error:
            self.message_user(request, f"Not cancelled: {error.message}.", messages.ERROR)
            return core.go_to(core.list_page("ocpi_commands.command"))
        self.log_change(request, row, "cancel")
        self.message_user(request, f"{row} is cancelled.", messages.SUCCESS)
        return core.go_to(core.page(row))

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("ocpi_commands.change_command"))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Where there is something to cancel."""
        row = self.get_object(request, str(object_id))
        offered = super().get_actions_detail(request, object_id)
        return offered if row is not None and starts.cancellable(row) else []

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

    cancelled = core.time_column("cancelled_at", "cancelled by us")

    @display(description="stopped by")
    def stop_link(self, row: Command) -> SafeString | str:
        return core.link(row.stop)

    undoes_link = core.link_column("undoes", "stops what it started")

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
