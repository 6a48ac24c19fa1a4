"""CDRs: bills as received, never changed."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core
from ocpi.protocol.types import parse_datetime
from ocpi.sessions.admin import dimensions
from ocpi.sessions.models import Session

from . import comparison
from .models import CDR, Finding

# What an operator looks for; every finding has a code, these are the ones with work behind them.
FINDINGS = {
    "no_such_session": "no such session",
    "energy_differs_from_session": "energy differs from the session",
    "time_differs_from_session": "time differs from the session",
    "impossible_power": "impossible power",
    "duplicate_charge": "duplicate charge",
    "overlapping_charge": "overlapping charge",
    "token_refused": "token was blocked",
    "unknown_token": "unknown token",
    "tariff_differs_from_published": "tariff differs from the published one",
    "period_spans_price_change": "a period spans a price change",
    "missing_dimension": "a priced dimension is missing",
    "more_time_than_passed": "more time than passed",
    "currency_differs": "another currency",
    "credit_original_unknown": "credit of an unknown bill",
    "credit_amount_differs": "credit of another amount",
    "credited_twice": "credited twice",
    "late": "late",
}


@admin.register(CDR)
class CdrAdmin(core.ReadOnlyAdmin):
    partner_path = "partner"
    list_display: ClassVar = [
        "heading", "place", "token_column", "end", "energy", "cost", "our_check", "delta",
    ]  # fmt: skip
    list_select_related: ClassVar = ["partner"]
    list_defer = ("payload", "report")
    list_filter: ClassVar = [
        "partner",
        core.states("verdict", "verdict"),
        core.choices("finding", "finding", {
            code: (text, Q(pk__in=Finding.objects.filter(code=code).values("cdr"))) for code, text in FINDINGS.items()
        }),
        core.recent("made", "last_updated"),
        "credit",
        core.choices("session", "with_session", {
            "yes": ("is known here", Q(session_row__isnull=False)), "no": ("is not known", Q(session_row=None)),
        }),
    ]  # fmt: skip
    search_fields: ClassVar = [
        "cdr_id__exact", "session_id__exact", "token_uid__exact", "contract_id__exact",
        "authorization_reference__exact", "credit_reference_id__exact",
    ]  # fmt: skip
    search_help_text = "CDR id, session id, token UID, contract or authorization reference, whole"
    ordering: ClassVar = ["-last_updated"]
    sortable_by: ClassVar = ["end"]  # no index for the others
    fieldsets: ClassVar = [
        (None, {"fields": [("wire_id", "kind_badge"), "when", ("energy", "hours"), "costs"]}),
        ("Our check", {"fields": [("check_badge", "delta"), "likely_cause", "findings_table", "breakdown"]}),
        ("What belongs to it", {"fields": [
            ("session_link", "partner_link"), "token_link", ("location_name", "evse_id"), "credit_links",
            ("invoice_reference_id", "received"),
        ]}),
        ("Charging periods", {"fields": ["periods"]}),
        ("As received", {"fields": ["json"], "classes": ["collapse"]}),
    ]  # fmt: skip

    # --- columns ---
    @display(description="CDR", header=True, ordering="cdr_id")
    def heading(self, row: CDR) -> list[str]:
        unknown = row.session_id and row.session_row_id is None
        told = (str(row.partner), "credit" if row.credit else "", "session unknown" if unknown else "")
        return [row.cdr_id, " · ".join(filter(None, told))]

    @display(description="where", header=True, ordering="location_name")
    def place(self, row: CDR) -> list[str]:
        return [row.location_name, row.evse_id]

    @display(description="token", header=True, ordering="token_uid")
    def token_column(self, row: CDR) -> list[str]:
        return [row.token_uid, row.token_type]

    @display(description="end (UTC)", header=True, ordering="end_date_time")
    def end(self, row: CDR) -> list[str]:
        return core.moment(row.end_date_time).split(" ")

    @display(description="energy", ordering="total_energy")
    def energy(self, row: CDR) -> str:
        return core.number(row.total_energy, "kWh", 3)

    @display(description="cost excl. VAT", ordering="total_cost")
    def cost(self, row: CDR) -> str:
        return core.money(row.total_cost, row.currency)

    @display(description="check", ordering="verdict", label=core.TONES["verdict"])
    def our_check(self, row: CDR) -> tuple[str, str]:
        return row.verdict, row.get_verdict_display()

    @display(description="theirs − ours", ordering="difference")
    def delta(self, row: CDR) -> str:
        return core.money(row.difference, row.currency)

    @display(description="session")
    def session_link(self, row: CDR) -> SafeString | str:
        if row.session_row_id is None:
            return f"{row.session_id} (unknown)" if row.session_id else core.DASH
        return core.link(Session(pk=row.session_row_id), row.session_id)  # a link needs no more than the key

    # --- one CDR ---
    @display(description="id")
    def wire_id(self, row: CDR) -> str:
        return f"{row.country_code}-{row.party_id} · {row.wire_id}"

    @display(description="kind")
    def kind_badge(self, row: CDR) -> SafeString:
        return core.badge("bill", *(("CREDIT", "credit") if row.credit else ("BILL", "bill")))

    @display(description="when (UTC)")
    def when(self, row: CDR) -> str:
        lasted = core.duration(row.start_date_time, row.end_date_time)
        return f"{core.moment(row.start_date_time)} → {core.moment(row.end_date_time)} ({lasted})"

    @display(description="time")
    def hours(self, row: CDR) -> str:
        parked = row.payload.get("total_parking_time")
        total = core.number(row.total_time, "h in total", 3)
        return total + (f", of that {core.number(Decimal(str(parked)), 'h parked', 3)}" if parked else "")

    @display(description="costs")
    def costs(self, row: CDR) -> SafeString | str:
        heads = ["", "excl. VAT", "incl. VAT", "our price excl.", "our price incl."]
        return core.table(heads, (_cost(line) for line in comparison.amounts(row)))

    @display(description="verdict")
    def check_badge(self, row: CDR) -> SafeString:
        return core.badge("verdict", *self.our_check(row))

    @display(description="likely cause")
    def likely_cause(self, row: CDR) -> str:
        return comparison.cause(row) or core.DASH

    @display(description="findings")
    def findings_table(self, row: CDR) -> SafeString | str:
        return findings(row)

    @display(description="breakdown")
    def breakdown(self, row: CDR) -> SafeString | str:
        return breakdown(row)

    @display(description="token")
    def token_link(self, row: CDR) -> SafeString | str:
        return token_link(row)

    partner_link = core.link_column("partner", "partner")

    @display(description="credits")
    def credit_links(self, row: CDR) -> SafeString | str:
        return credit_links(row)

    received = core.time_column("received_at", "received (UTC)")

    @display(description="periods")
    def periods(self, row: CDR) -> SafeString | str:
        return core.table(
            ["from (UTC)", "what", "tariff"], map(_period, row.payload.get("charging_periods", [])), full=True
        )

    json = core.json_column("payload", "CDR")


def findings(row: CDR, *, full: bool = False) -> SafeString | str:
    found = (
        [core.badge("severity", f.severity), f.sentence, core.money(f.amount, row.currency)] for f in row.findings.all()
    )
    return core.table(["", "what", "amount"], found, full=full)


def breakdown(row: CDR, *, full: bool = False) -> SafeString | str:
    return core.table(PRICE_COLUMNS, map(price_line, (row.report or {}).get("segments", [])), full=full)


def token_link(row: CDR) -> SafeString | str:
    text = f"{row.token_type} {row.token_uid} · {row.contract_id}"
    return core.link(row.token_row, text if row.token_row else f"{text} (unknown)")


def credit_links(row: CDR) -> SafeString | str:
    """What it takes back, or what takes it back."""
    others = CDR.objects.filter(partner=row.partner_id, country_code=row.country_code, party_id=row.party_id)
    if row.credit_reference_id:
        original = others.filter(cdr_id=row.credit_reference_id).first()
        missing = f"{row.credit_reference_id} (unknown)"
        return format_html("takes back {}", core.link(original, "" if original else missing))
    taken = others.filter(credit_reference_id=row.cdr_id)[:5]
    return format_html("taken back by {}", core.links(taken)) if taken else core.DASH


def _cost(line: comparison.Line) -> list[str]:
    amounts = (line.theirs, line.theirs_incl, line.ours, line.ours_incl)
    return [line.name, *(core.money(amount, line.unit) for amount in amounts)]


_UNITS = {"ENERGY": "kWh", "FLAT": "×"}
PRICE_COLUMNS = ["from (UTC)", "what", "billed", "price", "excl. VAT", "why"]


def price_line(segment: dict[str, Any]) -> list[str]:
    """A line of a price, as `pricing.segment_as_json` gives it, under PRICE_COLUMNS."""
    return [
        core.moment(parse_datetime(segment["start"])),
        segment["dimension"],
        core.number(segment["billed_volume"], _UNITS.get(segment["dimension"], "h"), 3),
        core.DASH if segment["price"] is None else f"{segment['price']:g}",
        core.number((segment["cost"] or {}).get("excl_vat"), "", 4),
        segment["why"],
    ]


def _period(period: dict[str, Any]) -> list[str]:
    start = core.moment(parse_datetime(period["start_date_time"]))
    return [start, dimensions(period), period.get("tariff_id", core.DASH)]
