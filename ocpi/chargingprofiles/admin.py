"""What we asked about the power of sessions, and the limits that hold there. A limit is a maximum and no promise."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core
from ocpi.journal.admin import flow
from ocpi.locations.models import Connector
from ocpi.partners.order_admin import OUTCOME, OrderAdmin
from ocpi.sessions.capabilities import connector_of

from . import profiles
from .models import ProfileRequest


@admin.register(ProfileRequest)
class ProfileRequestAdmin(OrderAdmin):
    list_display: ClassVar = ["created", "kind", "status", "session_link", "partner_link", "took", "problem"]
    list_display_links: ClassVar = ["created", "kind"]
    list_select_related: ClassVar = ["partner", "session"]
    list_defer = ("profile", "response", "result", "session__payload")
    list_filter: ClassVar = [
        OUTCOME,
        core.values("what", "kind", ProfileRequest.Kind),
        "partner",
        "api_client",
        core.recent("asked for", "created_at"),
    ]
    search_fields: ClassVar = ["session__session_id__exact", "correlation_id__exact"]
    search_help_text = "session or correlation id, whole"
    fieldsets: ClassVar = [
        (None, {"fields": [("kind", "status_badge"), ("asked_by", "partner_link"), "error", "timeline"]}),
        ("What it is about", {"fields": ["session_link", "duration", "wanted", "active", "warning", "wait_until"]}),
        ("Messages", {"fields": ["messages", "response_url"]}),
        ("As sent and received", {"fields": ["profile_json", "response_json", "result_json"], "classes": ["collapse"]}),
    ]

    @display(description="session")
    def session_link(self, row: ProfileRequest) -> SafeString | str:
        return core.link(row.session, row.session.session_id)

    @display(description="limits that were asked for")
    def wanted(self, row: ProfileRequest) -> SafeString | str:
        return limits(row.profile, connector_of(row.session))

    @display(description="limits that hold, as far as the CPO told")
    def active(self, row: ProfileRequest) -> SafeString | str:
        known = getattr(row.session, "active_profile", None)
        return limits(known and known.payload["charging_profile"], connector_of(row.session))

    @display(description="same correlation id")
    def messages(self, row: ProfileRequest) -> SafeString | str:
        return flow(row.correlation_id)

    profile_json = core.json_column("profile", "ChargingProfile")
    response_json = core.json_column("response", "ChargingProfileResponse")
    result_json = core.json_column("result", "result")


def limits(profile: dict[str, Any] | None, connector: Connector | None) -> SafeString | str:
    """One row for each period; in kilowatts too, where we know the connector or the limit is power."""
    if profile is None:
        return core.DASH
    unit = profile["charging_rate_unit"]
    rows = [
        [f"after {period['start_period']} s", f"at most {period['limit']} {unit}", _power(period, unit, connector)]
        for period in profile.get("charging_profile_period", [])
    ]
    return core.table(["from", "limit", "power"], rows)


def _power(period: dict[str, Any], unit: str, connector: Connector | None) -> str:
    if unit == "A" and connector is None:
        return core.DASH
    volts, phases = (connector.max_voltage, connector.phases) if connector else (0, 0)
    return core.number(profiles.kilowatts(Decimal(str(period["limit"])), unit, volts=volts, phases=phases), "kW", 1)
