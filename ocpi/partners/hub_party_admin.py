"""Who is behind a hub, as operators see it."""

from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core

from .models import HubParty


@admin.register(HubParty)
class HubPartyAdmin(core.OcpiAdmin):
    """Who is behind a hub. What the hub told is read-only; parties of a hub that tells nothing are entered here."""

    partner_path = "partner"
    list_display: ClassVar = ["name", "partner_link", "state", "updated"]
    list_select_related: ClassVar = ["partner"]
    list_filter: ClassVar = [core.states("hub_party"), "partner", "role"]
    search_fields: ClassVar = ["party_id__exact"]
    search_help_text = "party id"
    fieldsets: ClassVar = [
        (None, {"fields": ["partner", "role", "country_code", "party_id", "state_badge", "updated", "objects_of"]}),
        ("As received", {"fields": ["json"], "classes": ["collapse"]}),
    ]
    add_fieldsets: ClassVar = [
        (None, {
            "fields": ["partner", "role", "country_code", "party_id"],
            "description": "For hubs that tell nothing: we take this party's objects from the hub, and send to it.",
        }),
    ]  # fmt: skip
    readonly_fields: ClassVar = ["state_badge", "updated", "objects_of", "json"]

    def has_change_permission(self, request: HttpRequest, obj: HubParty | None = None) -> bool:
        return (obj is None or obj.payload is None) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: HubParty | None = None) -> bool:
        return obj is not None and obj.payload is None and super().has_delete_permission(request, obj)

    @display(description="party", ordering="party_id")
    def name(self, row: HubParty) -> str:
        return str(row)

    partner_link = core.link_column("partner", "hub")

    @display(description="status", ordering="status", label=core.TONES["hub_party"])
    def state(self, row: HubParty) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @display(description="status")
    def state_badge(self, row: HubParty) -> SafeString:
        return core.badge("hub_party", row.status, row.get_status_display())

    updated = core.time_column("last_updated", "told by the hub (UTC)")

    @display(description="theirs")
    def objects_of(self, row: HubParty) -> SafeString:
        """Also of one that will never connect again: what is open is settled outside of OCPI (HCI-10)."""
        names = {"locations": "ocpi_locations.location", "sessions": "ocpi_sessions.session", "CDRs": "ocpi_cdrs.cdr"}
        who = {"partner__id__exact": row.partner_id, "country_code": row.country_code, "party_id": row.party_id}
        return core.list_links(*(core.list_link(name, text, **who) for text, name in names.items()))

    json = core.json_column("payload", "ClientInfo")
