"""Locations, EVSEs and connectors as their operators published them."""

from collections import Counter
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.journal.admin import messages_about
from ocpi.protocol.whereabouts import look_swapped

from .models import EVSE, Connector, Location

LISTED = {"yes": ("yes", Q(hidden_at=None)), "no": ("no longer", Q(hidden_at__isnull=False))}
_PLUGS = {
    "IEC_62196_T2": "Type 2", "IEC_62196_T2_COMBO": "CCS", "CHADEMO": "CHAdeMO", "IEC_62196_T1": "Type 1",
    "DOMESTIC_F": "Schuko", "DOMESTIC_E": "French socket",
}  # fmt: skip


def plug(connector: Connector) -> str:
    return f"{_PLUGS.get(connector.standard, connector.standard)} {connector.kilowatts:g} kW"


class EvseInline(core.ReadOnlyInline):
    model = EVSE
    tab = False
    verbose_name_plural = "EVSEs"
    fields: ClassVar = ["evse", "state", "plugs", "physical_reference", "abilities", "updated"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EVSE]:
        return with_plugs(super().get_queryset(request))

    @display(description="EVSE")
    def evse(self, row: EVSE) -> SafeString | str:
        return core.link(row)

    @display(description="status")
    def state(self, row: EVSE) -> SafeString:
        return core.badge("evse", row.status if row.hidden_at is None else "REMOVED")

    @display(description="connectors")
    def plugs(self, row: EVSE) -> str:
        return core.lines(plug(connector) for connector in row.connectors.all())

    @display(description="can")
    def abilities(self, row: EVSE) -> str:
        return abilities(row)

    updated = core.time_column("last_updated", "changed")


def with_plugs(rows: QuerySet[EVSE]) -> QuerySet[EVSE]:
    offered = Connector.objects.filter(hidden_at=None).defer("payload")
    return rows.prefetch_related(Prefetch("connectors", offered))


def abilities(row: EVSE) -> str:
    return core.lines(name.replace("_CAPABLE", "").replace("_", " ").lower() for name in row.capabilities)


@admin.register(Location)
class LocationAdmin(core.ReadOnlyAdmin):
    partner_path = "partner"
    list_display: ClassVar = ["heading", "owner", "evse_states", "published", "updated"]
    list_select_related: ClassVar = ["partner"]
    list_defer = ("payload",)
    list_filter: ClassVar = [
        "partner",
        "publish",
        core.choices("in their list", "listed", {
            "yes": ("yes", Q(gone_at=None)), "no": ("vanished", Q(gone_at__isnull=False)),
        }),
        core.recent("changed", "last_updated"),
    ]  # fmt: skip
    search_fields: ClassVar = ["location_id__istartswith", "name__icontains", "address__icontains", "city__istartswith"]
    search_help_text = "id, name, address or city"
    ordering: ClassVar = ["-last_updated"]
    fieldsets: ClassVar = [
        (None, {"fields": [
            ("wire_id", "owner_link"), "where", "hours", ("published_long", "updated"), "pictures", "traffic",
        ]}),
        ("As received", {"fields": ["json"], "classes": ["collapse"]}),
    ]  # fmt: skip
    inlines: ClassVar = [EvseInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Location]:
        evses = EVSE.objects.filter(hidden_at=None).only("location_id", "status")
        return super().get_queryset(request).prefetch_related(Prefetch("evses", evses, to_attr="listed"))

    @display(description="location", header=True, ordering="name")
    def heading(self, row: Location) -> list[str]:
        return [row.name or row.location_id, f"{row.address}, {row.city}, {row.country}"]

    @display(description="operator", header=True, ordering="partner__name")
    def owner(self, row: Location) -> list[str]:
        return [row.operator_name or row.partner.name, f"{row.country_code}-{row.party_id}"]

    @display(description="EVSEs")
    def evse_states(self, row: Location) -> SafeString | str:
        counts = Counter(evse.status for evse in row.listed).most_common(3)
        badges = ((core.badge("evse", status, f"{n} {core.label('evse', status)}"),) for status, n in counts)
        return format_html_join(" ", "{}", badges) or core.DASH

    @display(description="shown to drivers", label=core.TONES["switch"])
    def published(self, row: Location) -> tuple[str, str]:
        if row.gone_at is not None:
            return "NO", "vanished"
        return ("YES", "published") if row.publish else ("NO", "not published")

    updated = core.time_column("last_updated", "changed (UTC)")

    @display(description="id")
    def wire_id(self, row: Location) -> str:
        return f"{row.country_code}-{row.party_id} · {row.wire_id}"

    @display(description="published by")
    def owner_link(self, row: Location) -> SafeString | str:
        return core.link(row.partner, f"{row.partner}" + (f" ({row.operator_name})" if row.operator_name else ""))

    @display(description="where")
    def where(self, row: Location) -> str:
        odd = look_swapped(row.country, row.latitude, row.longitude)
        return (
            f"{row.address}, {row.postal_code} {row.city}, {row.country} · "
            f"{row.latitude:.5f}, {row.longitude:.5f}{' (swapped?)' if odd else ''} · {row.time_zone}"
        )

    @display(description="open")
    def hours(self, row: Location) -> str:
        opening = row.payload.get("opening_times")
        if not opening:
            return "not stated"
        now = "open now" if row.is_open(clock.now()) else "closed now"
        if opening["twentyfourseven"]:
            return f"{now}: 24 hours, every day"
        days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        spans = (f"{days[h['weekday'] - 1]} {h['period_begin']}–{h['period_end']}" for h in opening["regular_hours"])
        return f"{now}: {core.lines(spans)}"

    @display(description="pictures")
    def pictures(self, row: Location) -> SafeString | str:
        """The logo first, then every picture, as links: no page of ours asks another host by itself (LOC-46)."""
        logo = row.logo()
        found = sorted(row.images(), key=lambda image: image is not logo)
        if not found:
            return core.DASH
        pictures = [
            {
                "url": _absolute(image["url"]),
                "what": f"{image['category'].lower()}{_size(image)}{', the logo' if image is logo else ''}",
            }
            for image in found
        ]
        return render_to_string("ocpi_locations/pictures.html", {"pictures": pictures})

    @display(description="shown to drivers")
    def published_long(self, row: Location) -> SafeString:
        return core.badge("switch", *self.published(row))

    @display(description="more")
    def traffic(self, row: Location) -> SafeString:
        return core.list_links(
            core.list_link("ocpi_sessions.session", "sessions", at=row.pk),
            core.list_link("ocpi_commands.command", "commands", q=row.location_id),
            messages_about(
                row.partner, "locations", row.country_code, row.party_id, row.wire_id,
                since=max(row.received_at, clock.now() - timedelta(days=7)), until=None,
                text="messages of the last 7 days",
            ),
        )  # fmt: skip

    json = core.json_column("payload", "location")


def _size(image: dict[str, Any]) -> str:
    return f" {image['width']} × {image['height']}" if image.get("width") and image.get("height") else ""


def _absolute(url: str) -> str:
    """Some leave the scheme out (FLD-11); within our page that would be a path of ours."""
    return url if url.lower().startswith(("http://", "https://")) else f"https://{url}"


class ConnectorInline(core.ReadOnlyInline):
    model = Connector
    tab = False
    fields: ClassVar = ["connector_id", "standard", "format", "power", "tariffs", "listed", "updated"]

    @display(description="power")
    def power(self, row: Connector) -> str:
        return power(row)

    @display(description="tariffs")
    def tariffs(self, row: Connector) -> SafeString | str:
        return tariffs(row)

    @display(description="listed", boolean=True)
    def listed(self, row: Connector) -> bool:
        return row.hidden_at is None

    updated = core.time_column("last_updated", "changed")


def power(row: Connector) -> str:
    return f"{row.kilowatts:g} kW ({row.power_type.replace('_', ' ')}, {row.max_voltage} V, {row.max_amperage} A)"


def tariffs(row: Connector) -> SafeString | str:
    found = (core.list_link("ocpi_tariffs.tariff", tariff, q=tariff) for tariff in row.tariff_ids)
    return format_html_join(", ", "{}", ((item,) for item in found)) or core.DASH


@admin.register(EVSE)
class EvseAdmin(core.ReadOnlyAdmin):
    partner_path = "location__partner"
    list_display: ClassVar = ["name", "state", "location_link", "city", "plugs", "updated"]
    list_select_related: ClassVar = ["location"]
    list_defer = ("payload", "location__payload")
    list_filter: ClassVar = [
        core.states("evse"),
        core.choices("in their list", "listed", LISTED),
        ("location__partner", admin.RelatedFieldListFilter),
        core.recent("changed", "last_updated"),
    ]  # fmt: skip
    search_fields: ClassVar = ["evse_id__istartswith", "uid__istartswith"]
    search_help_text = "EVSE id or uid"
    ordering: ClassVar = ["-pk"]
    fieldsets: ClassVar = [
        (None, {"fields": [
            ("name", "uid"), ("status_badge", "location_link"), "abilities", ("physical_reference", "hidden"),
            ("updated", "traffic"),
        ]}),
        ("As received", {"fields": ["json"], "classes": ["collapse"]}),
    ]  # fmt: skip
    inlines: ClassVar = [ConnectorInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EVSE]:
        return with_plugs(super().get_queryset(request))

    @display(description="EVSE", ordering="evse_id")
    def name(self, row: EVSE) -> str:
        return str(row)

    @display(description="status", ordering="status", label=core.TONES["evse"])
    def state(self, row: EVSE) -> tuple[str, str]:
        return core.badge_pair("evse", row.status)

    @display(description="status")
    def status_badge(self, row: EVSE) -> SafeString:
        return core.badge("evse", row.status)

    location_link = core.link_column("location", "location")

    @display(description="city", ordering="location__city")
    def city(self, row: EVSE) -> str:
        return row.location.city

    @display(description="connectors")
    def plugs(self, row: EVSE) -> str:
        return core.lines(plug(connector) for connector in row.connectors.all())

    @display(description="can")
    def abilities(self, row: EVSE) -> str:
        return abilities(row)

    updated = core.time_column("last_updated", "changed (UTC)")
    hidden = core.time_column("hidden_at", "no longer listed since")

    @display(description="more")
    def traffic(self, row: EVSE) -> SafeString:
        return core.list_link("ocpi_sessions.session", "sessions", at=row.location_id, q=row.uid)

    json = core.json_column("payload", "EVSE")


@admin.register(Connector)
class ConnectorAdmin(core.ReadOnlyAdmin):
    partner_path = "evse__location__partner"
    list_display: ClassVar = ["connector_id", "evse_link", "standard", "format", "power", "tariffs"]
    list_select_related: ClassVar = ["evse"]
    list_defer = ("payload", "evse__payload")
    list_filter: ClassVar = [
        core.values("standard", "standard", _PLUGS), core.values("format", "format", ("SOCKET", "CABLE")),
        core.choices("in their list", "listed", LISTED),
    ]  # fmt: skip
    search_fields: ClassVar = ["evse__evse_id__istartswith", "evse__uid__exact"]
    search_help_text = "EVSE id or uid"
    ordering: ClassVar = ["-pk"]
    fieldsets: ClassVar = [
        (None, {"fields": ["connector_id", "evse_link", "standard", "format", "power", "tariffs", "updated"]}),
        ("As received", {"fields": ["json"], "classes": ["collapse"]}),
    ]

    evse_link = core.link_column("evse", "EVSE")
    updated = core.time_column("last_updated", "changed (UTC)")

    @display(description="power", ordering="power_w")
    def power(self, row: Connector) -> str:
        return power(row)

    @display(description="tariffs")
    def tariffs(self, row: Connector) -> SafeString | str:
        return tariffs(row)

    json = core.json_column("payload", "connector")
