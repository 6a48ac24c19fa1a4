"""Tariffs as received, with what their elements cost in words."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core
from ocpi.protocol import tariffs as wire
from ocpi.protocol.headers import PartyId
from ocpi.protocol.pricing import explain, lint
from ocpi.protocol.tariffs import TariffType

from .models import Tariff, TariffVersion

_UNITS = {"ENERGY": "per kWh", "TIME": "per hour", "PARKING_TIME": "per hour parked", "FLAT": "once"}


@admin.register(Tariff)
class TariffAdmin(core.ReadOnlyAdmin):
    partner_path = "partner"
    list_display: ClassVar = ["tariff_id", "owner", "prices", "type", "valid", "updated"]
    list_select_related: ClassVar = ["partner"]
    list_filter: ClassVar = ["partner", core.values("type", "type", TariffType), core.recent("changed", "last_updated")]
    search_fields: ClassVar = ["tariff_id__istartswith"]
    search_help_text = "tariff id"
    ordering: ClassVar = ["-last_updated"]
    fieldsets: ClassVar = [
        (None, {"fields": [("tariff_id", "owner_link"), ("currency", "type"), ("valid", "updated"), "limits"]}),
        ("In words", {"fields": ["in_words", "remarks"]}),
        ("Elements, in the order in which they apply", {"fields": ["elements"]}),
        ("Versions that we received", {"fields": ["versions"]}),
        ("As received", {"fields": ["json"], "classes": ["collapse"]}),
    ]

    @display(description="of", ordering="partner__name")
    def owner(self, row: Tariff) -> str:
        return f"{row.partner} ({row.country_code}-{row.party_id})"

    @display(description="of")
    def owner_link(self, row: Tariff) -> SafeString | str:
        return core.link(row.partner, self.owner(row))

    @display(description="prices excl. VAT")
    def prices(self, row: Tariff) -> str:
        more = len(row.payload.get("elements", [])) - 1
        return _first(row.payload) + (f" (and {more} more)" if more > 0 else "")

    @display(description="valid", ordering="valid_from")
    def valid(self, row: Tariff) -> str:
        if row.valid_from is None and row.valid_until is None:
            return "always"
        return f"{core.moment(row.valid_from)} until {core.moment(row.valid_until)}"

    updated = core.time_column("last_updated", "changed (UTC)")

    @display(description="least and most")
    def limits(self, row: Tariff) -> str:
        least, most = row.payload.get("min_price"), row.payload.get("max_price")
        names = (("at least", least), ("at most", most))
        return core.lines(f"{text} {found['excl_vat']} {row.currency}" for text, found in names if found)

    @display(description="elements")
    def elements(self, row: Tariff) -> SafeString | str:
        found = enumerate(row.payload.get("elements", []), 1)
        return core.table(["", "price excl. VAT", "when"], (_element(n, e, row.currency) for n, e in found), full=True)

    @display(description="for drivers")
    def in_words(self, row: Tariff) -> SafeString:
        return format_html_join("", "<p>{}</p>", ((sentence,) for sentence in explain(_wire(row))))

    @display(description="remarks")
    def remarks(self, row: Tariff) -> SafeString | str:
        return format_html_join("", "<p>{}</p>", ((found.sentence,) for found in lint(_wire(row)))) or core.DASH

    @display(description="versions")
    def versions(self, row: Tariff) -> SafeString | str:
        party = PartyId(row.country_code, row.party_id)
        kept = TariffVersion.objects.of(row.partner, party).filter(tariff_id=row.tariff_id).order_by("-pk")[:20]
        return core.table(
            ["received (UTC)", "last updated (UTC)", "first element excl. VAT"],
            ([core.moment(v.received_at), core.moment(v.last_updated), _first(v.payload)] for v in kept),
            full=True,
        )

    json = core.json_column("payload", "tariff")


def _wire(row: Tariff) -> wire.Tariff:
    return wire.Tariff.from_wire(row.payload)


def _first(payload: dict[str, Any]) -> str:
    elements = payload.get("elements", [])
    return core.lines(
        price(part, payload["currency"]) for element in elements[:1] for part in element["price_components"]
    )


def price(component: dict[str, Any], currency: str) -> str:
    unit = _UNITS.get(component["type"], component["type"])
    vat = f" + {component['vat']} % VAT" if component.get("vat") else ""
    return f"{component['price']} {currency} {unit}{vat}"


def _element(position: int, element: dict[str, Any], currency: str) -> list[Any]:
    restrictions = element.get("restrictions") or {}
    when = core.lines(f"{name.replace('_', ' ')}: {_text(value)}" for name, value in restrictions.items())
    prices = core.lines(price(component, currency) for component in element["price_components"])
    return [position, prices, when if restrictions else "always"]


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
