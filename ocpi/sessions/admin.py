"""Sessions with their charging periods, and what belongs to them: place, token, command, bill, messages."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core
from ocpi.journal.admin import flow, messages_about
from ocpi.partners.order_admin import OUTCOME, OrderAdmin

from .models import ChargingPeriod, ChargingPreference, Session

_KINDS = {"ENERGY": "kWh", "TIME": "h charging", "PARKING_TIME": "h parked", "CURRENT": "A", "POWER": "kW",
          "MAX_POWER": "kW at most", "MAX_CURRENT": "A at most", "STATE_OF_CHARGE": "% charged"}  # fmt: skip


def dimensions(period: dict[str, Any]) -> str:
    return core.lines(f"{d['volume']} {_KINDS.get(d['type'], d['type'])}" for d in period.get("dimensions", []))


class PeriodInline(core.ReadOnlyInline):
    model = ChargingPeriod
    tab = False
    fields: ClassVar = ["start", "what", "tariff"]

    start = core.time_column("start_date_time", "from (UTC)")

    @display(description="what")
    def what(self, row: ChargingPeriod) -> str:
        return dimensions(row.payload)

    @display(description="tariff")
    def tariff(self, row: ChargingPeriod) -> SafeString | str:
        name = row.payload.get("tariff_id")
        return core.list_link("ocpi_tariffs.tariff", name, q=name) if name else core.DASH


@admin.register(Session)
class SessionAdmin(core.ReadOnlyAdmin):
    partner_path = "partner"
    list_display: ClassVar = [
        "heading", "state", "place", "token_column", "start", "lasted", "energy", "cost",
    ]  # fmt: skip
    list_select_related: ClassVar = ["partner", "location_row"]
    list_defer = ("payload", "location_row__payload")
    list_filter: ClassVar = [
        core.states("session"),
        "partner",
        core.recent("changed", "last_updated"),
        core.choices("what it refers to", "known", {
            "yes": ("is known here", Q(location_row__isnull=False, token_row__isnull=False)),
            "no": ("has an unknown location or token", Q(location_row=None) | Q(token_row=None)),
        }),
        core.pointed("location", "at", lambda pk: Q(location_row=core.key(pk))),
        "changed_after_end",
    ]  # fmt: skip
    search_fields: ClassVar = [
        "session_id__exact", "token_uid__exact", "contract_id__exact", "evse_uid__exact",
        "authorization_reference__exact",
    ]  # fmt: skip
    search_help_text = "session id, token UID, contract, EVSE uid or authorization reference, whole"
    ordering: ClassVar = ["-last_updated"]
    sortable_by = ()  # no index for the others: two million rows are sorted for nobody
    fieldsets: ClassVar = [
        (None, {"fields": [("wire_id", "status_badge"), "when", ("energy", "cost")]}),
        ("Where and who", {"fields": [("location_link", "partner_link"), ("evse_link", "connector_id"), "token_link"]}),
        (
            "What belongs to it",
            {
                "fields": [
                    ("commands", "bills"),
                    ("profiles", "wishes"),
                    ("messages", "auth_method"),
                    "reference",
                    "updated",
                ]
            },
        ),
        ("As received", {"fields": ["json"], "classes": ["collapse"]}),
    ]
    inlines: ClassVar = [PeriodInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        return super().get_queryset(request).select_related("partner", "location_row")

    # --- columns ---
    @display(description="status", ordering="status", label=core.TONES["session"])
    def state(self, row: Session) -> tuple[str, str]:
        status, text = core.badge_pair("session", row.status)
        return status, f"{text} – no news" if row.stale else text

    @display(description="session", header=True, ordering="session_id")
    def heading(self, row: Session) -> list[str]:
        return [row.session_id, str(row.partner)]

    @display(description="where", header=True)
    def place(self, row: Session) -> list[SafeString | str]:
        return [self.location_link(row), row.evse_uid]

    @display(description="token", header=True, ordering="token_uid")
    def token_column(self, row: Session) -> list[str]:
        return [row.token_uid, row.token_type]

    start = core.time_column("start_date_time", "start (UTC)")

    @display(description="lasted")
    def lasted(self, row: Session) -> str:
        running = row.end_date_time is None and row.status == "ACTIVE"
        return core.duration(row.start_date_time, row.end_date_time) if running or row.end_date_time else core.DASH

    @display(description="energy", ordering="kwh")
    def energy(self, row: Session) -> str:
        return core.number(row.kwh, "kWh", 3)

    @display(description="cost excl. VAT", ordering="total_cost")
    def cost(self, row: Session) -> str:
        return core.money(row.total_cost, row.currency)

    # --- one session ---
    @display(description="id")
    def wire_id(self, row: Session) -> str:
        return f"{row.country_code}-{row.party_id} · {row.wire_id}"

    @display(description="status")
    def status_badge(self, row: Session) -> SafeString:
        note = " – changed after its end" if row.changed_after_end else ""
        if row.stale:
            note = f" – no news for {core.duration(row.last_updated, None)}; it is not ended by us (SES-39)"
        return core.badge("session", row.status, core.label("session", row.status) + note)

    @display(description="when (UTC)")
    def when(self, row: Session) -> str:
        end = core.moment(row.end_date_time) if row.end_date_time else "not ended"
        return f"{core.moment(row.start_date_time)} → {end} ({self.lasted(row)})"

    @display(description="location")
    def location_link(self, row: Session) -> SafeString | str:
        return core.link(row.location_row, "" if row.location_row else f"{row.location_id} (unknown)")

    @display(description="EVSE")
    def evse_link(self, row: Session) -> SafeString | str:
        place = row.location_row
        evse = place.evses.filter(uid=row.evse_uid).first() if place else None
        return core.link(evse, "" if evse else row.evse_uid)

    @display(description="token")
    def token_link(self, row: Session) -> SafeString | str:
        text = f"{row.token_type} {row.token_uid} · {row.contract_id}"
        return core.link(row.token_row, text if row.token_row else f"{text} (unknown)")

    partner_link = core.link_column("partner", "partner")

    @display(description="authorization reference")
    def reference(self, row: Session) -> SafeString | str:
        text = row.authorization_reference
        return core.list_link("ocpi_tokens.authorization", text, q=text) if text else core.DASH

    @display(description="commands")
    def commands(self, row: Session) -> SafeString | str:
        return core.links(commands_about(row))

    @display(description="charging profiles")
    def profiles(self, row: Session) -> SafeString | str:
        asked = core.rows_of("ocpi_chargingprofiles.ProfileRequest").filter(session=row).order_by("created_at")
        return core.links(asked[:20])

    @display(description="charging preferences")
    def wishes(self, row: Session) -> SafeString | str:
        return core.links(row.preferences.order_by("created_at")[:20])

    @display(description="CDRs")
    def bills(self, row: Session) -> SafeString | str:
        return core.links(row.cdrs.all())

    @display(description="messages")
    def messages(self, row: Session) -> SafeString:
        until = row.last_updated + timedelta(days=30)
        return messages_about(
            row.partner, "sessions", row.country_code, row.party_id, row.wire_id,
            since=row.start_date_time, until=until, text="what was exchanged about it",
        )  # fmt: skip

    updated = core.time_column("last_updated", "changed (UTC)")
    json = core.json_column("payload", "session")


@admin.register(ChargingPreference)
class ChargingPreferenceAdmin(OrderAdmin):
    list_display: ClassVar = ["created", "profile_type", "status", "answer", "session_link", "partner_link", "problem"]
    list_display_links: ClassVar = ["created", "profile_type"]
    list_select_related: ClassVar = ["partner", "session"]
    list_defer = ("response", "result", "session__payload")
    list_filter: ClassVar = [OUTCOME, "partner", "api_client", core.recent("asked for", "created_at")]
    search_fields: ClassVar = ["session__session_id__exact", "correlation_id__exact"]
    search_help_text = "session or correlation id, whole"
    fieldsets: ClassVar = [
        (None, {"fields": [
            ("profile_type", "status_badge"), ("answer", "session_link"), ("asked_by", "partner_link"), "error",
            "timeline",
        ]}),
        ("Messages", {"fields": ["messages", "request_json"]}),
    ]  # fmt: skip

    @display(description="profile type")
    def profile_type(self, row: ChargingPreference) -> str:
        return str(row.request["profile_type"])

    @display(description="session")
    def session_link(self, row: ChargingPreference) -> SafeString | str:
        return core.link(row.session, row.session.session_id)

    @display(description="same correlation id")
    def messages(self, row: ChargingPreference) -> SafeString | str:
        return flow(row.correlation_id)

    request_json = core.json_column("request", "ChargingPreferences")


def commands_about(row: Session) -> Iterable[Model]:
    """The command that started it, by the reference that we gave (SES-22), and those that name it."""
    which = Q(session_id=row.session_id)
    if row.authorization_reference:
        which |= Q(authorization_reference=row.authorization_reference)
    return core.rows_of("ocpi_commands.Command").filter(which, partner=row.partner_id).order_by("created_at")[:20]
