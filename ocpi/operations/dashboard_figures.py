"""The tiles of the overview: each a figure, a remark, and the lists behind them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from ocpi.alerts.models import Colour
from ocpi.cdrs.days import ENERGY
from ocpi.cdrs.models import CDR, Review
from ocpi.commands.models import Command
from ocpi.core import admin as core
from ocpi.core.fields import MoneyField
from ocpi.journal.filters import REFUSED
from ocpi.journal.models import Exchange
from ocpi.locations.models import EVSE, Location
from ocpi.partners.models import HubParty, Partner
from ocpi.partners.order_admin import WAITING, WITHOUT_RESULT
from ocpi.partners.sandboxes import real
from ocpi.protocol.states import SESSION
from ocpi.sessions.models import Session
from ocpi.sync.models import MissingBill, Pull, QuarantinedObject, SessionWatch
from ocpi.tokens.models import TokenPush

from .location_desk import stale
from .map import STALE

_BROKEN = ("INOPERATIVE", "OUTOFORDER", "BLOCKED")


@dataclass
class Figure:
    """One tile: a number, the list behind it, and a remark with a list of its own."""

    title: str
    icon: str
    value: str
    url: str
    note: str = ""
    note_url: str = ""
    tone: str = ""


def partners(since: datetime) -> dict[str, Any]:
    found = Partner.objects.filter(sandbox=False).aggregate(
        registered=Count("pk", filter=Q(status=Partner.Status.REGISTERED)),
        red=Count("pk", filter=Q(light__colour=Colour.RED)), amber=Count("pk", filter=Q(light__colour=Colour.AMBER)),
    )  # fmt: skip
    name = "ocpi_partners.partner"
    troubled = found["red"] + found["amber"]
    return {"figures": [
        Figure(
            "Partners", "handshake", f"{found['registered']:,}", core.list_page(name, status="REGISTERED"),
            _some(troubled, "in trouble", "none in trouble"), core.list_page(name, trouble="yes"),
            "danger" if found["red"] else "warning" if troubled else "",
        ),
    ]}  # fmt: skip


def hub_parties(since: datetime) -> dict[str, Any]:
    """Who is announced behind a hub, or was cut off there: both want somebody to do something (HCI-09, HCI-10)."""
    rows = HubParty.objects.filter(real()).order_by().values_list("status").annotate(n=Count("pk"))
    counts = dict(rows)
    if not counts:
        return {}
    name, Status = "ocpi_partners.hubparty", HubParty.Status
    news = [status for status in (Status.SUSPENDED, Status.PLANNED, Status.OFFLINE) if counts.get(status)]
    note = core.lines(f"{counts[status]:,} {Status(status).label}" for status in news) if news else "nobody away"
    url = core.list_page(name, status=news[0]) if news else core.list_page(name)
    reachable = counts.get(Status.CONNECTED, 0) + counts.get(Status.UNREPORTED, 0)
    return {"figures": [Figure("Behind hubs", "hub", f"{reachable:,}", core.list_page(name), note, url)]}


def stations(since: datetime) -> dict[str, Any]:
    listed = Location.objects.filter(real(), gone_at=None)
    locations = listed.aggregate(n=Count("pk"), stale=Count("pk", filter=stale()))
    rows = (
        EVSE.objects.filter(real("location__partner"), hidden_at=None)
        .order_by()
        .values_list("status")
        .annotate(n=Count("pk"))
    )
    counts = dict(rows)
    total, broken = sum(counts.values()), sum(counts.get(status, 0) for status in _BROKEN)
    shown = sorted(counts.items(), key=lambda item: -item[1])
    evses = [
        {
            "badge": core.badge("evse", status),
            "tone": core.TONES["evse"].get(status, "neutral"),
            "count": f"{count:,}",
            "share": round(100 * count / total),
            "url": core.list_page("ocpi_locations.evse", status=status, listed="yes"),
        }
        for status, count in shown
    ]
    stations = Figure(
        "Stations", "ev_station", f"{locations['n']:,}", core.list_page("ocpi_locations.location", listed="yes"),
        f"{total:,} EVSEs, {broken:,} not working", core.list_page("ocpi_locations.evse", listed="yes"),
    )  # fmt: skip
    silent = Figure(
        "Stale stations", "history", f"{locations['stale']:,}", core.list_page("ocpi_locations.location", stale="yes"),
        f"nothing heard of them for {STALE.days} days",
    )  # fmt: skip
    return {"figures": [stations, silent], "evses": evses}


def sessions(since: datetime) -> dict[str, Any]:
    waiting = [state for state in SESSION.states if SESSION.waiting(state)]
    rows = Session.objects.filter(real(), status__in=waiting).order_by().values_list("status").annotate(n=Count("pk"))
    counts = dict(rows)
    active, soon = counts.get("ACTIVE", 0), counts.get("PENDING", 0) + counts.get("RESERVATION", 0)
    next_status = "PENDING" if counts.get("PENDING") else "RESERVATION"
    name = "ocpi_sessions.session"
    silent = (
        SessionWatch.objects.current()
        .filter(real("session__partner"))
        .aggregate(n=Count("pk"), bad=Count("escalated_at"))
    )
    return {"figures": [
        Figure(
            "Charging now", "bolt", f"{active:,}", core.list_page(name, status="ACTIVE"),
            f"{soon:,} pending or reserved", core.list_page(name, status=next_status),
        ),
        Figure(
            "Charges without news", "sensors_off", f"{silent['n']:,}", core.list_page(name, news="none"),
            _some(silent["bad"], "for long", "none for long"), core.list_page(name, news="escalated"),
            "danger" if silent["bad"] else "",
        ),
    ]}  # fmt: skip


def bills(since: datetime) -> dict[str, Any]:
    """By `last_updated`: for a CDR, which never changes, the moment it was made; and it has an index."""
    made = CDR.objects.filter(real(), last_updated__gte=since).order_by()
    rows = list(made.values("currency").annotate(
        n=Count("pk"), energy=ENERGY, cost=Sum("total_cost"), unknown=Count("pk", filter=Q(session_row=None)),
    ).order_by("-cost"))  # fmt: skip
    count, unknown = sum(row["n"] for row in rows), sum(row["unknown"] for row in rows)
    energy = sum((row["energy"] for row in rows), Decimal(0))
    costs = [core.money(row["cost"], row["currency"]) for row in rows]
    url = core.list_page("ocpi_cdrs.cdr", last_updated="24h")
    return {
        "figures": [
            Figure("Energy, 24 h", "energy_savings_leaf", core.number(energy, "kWh", 0), url, "billed by CDRs"),
            Figure("Cost, 24 h", "payments", costs[0] if costs else "0", url,
                   f"and {core.lines(costs[1:])}" if costs[1:] else "excl. VAT"),
            Figure("CDRs, 24 h", "receipt_long", f"{count:,}", url,
                   _some(unknown, "without a session", "all with their session"),
                   core.list_page("ocpi_cdrs.cdr", last_updated="24h", with_session="no")),
        ],
    }  # fmt: skip


def missing_bills(since: datetime) -> dict[str, Any]:
    """What pulling did not bring, and what it is about; what is still being looked for stands beside it."""
    reported = Q(reported_at__isnull=False)
    found = MissingBill.objects.filter(real(), closed_at=None).aggregate(
        reported=Count("pk", filter=reported), looking=Count("pk", filter=~reported),
        energy=Sum("session__kwh", filter=reported, output_field=MoneyField()),
    )  # fmt: skip
    name = "ocpi_sync.missingbill"
    about = f"{core.number(found['energy'] or Decimal(0), 'kWh', 0)}; " if found["reported"] else ""
    return {"figures": [
        Figure(
            "Missing bills", "assignment_late", f"{found['reported']:,}", core.list_page(name, state="REPORTED"),
            f"{about}{found['looking']:,} looked for", core.list_page(name, state="LOOKING"),
            "danger" if found["reported"] else "",
        ),
    ]}  # fmt: skip


def left_out(since: datetime) -> dict[str, Any]:
    """Objects of pulled lists that are invalid, and lists that were not believed."""
    count = QuarantinedObject.objects.filter(real(), closed_at=None).count()
    held = Pull.objects.filter(real(), withheld__gt=0).count()
    return {"figures": [
        Figure(
            "Objects left out", "rule", f"{count:,}", core.list_page("ocpi_sync.quarantinedobject", state="OPEN"),
            _some(held, "not believed", "every list believed"), core.list_page("ocpi_sync.pull", outcome="held"),
            "danger" if held else "",
        ),
    ]}  # fmt: skip


def refused(since: datetime) -> dict[str, Any]:
    """Pushes that were invalid. We keep none of them, because their sender has our answer."""
    count = Exchange.objects.filter(REFUSED, started_at__gte=since).exclude(partner__sandbox=True).count()
    url = core.list_page("ocpi_journal.exchange", outcome="refused", started_at__gte=since.isoformat())
    note = "invalid, and answered so" if count else "all were valid"
    return {"figures": [Figure("Pushes refused, 24 h", "block", f"{count:,}", url, note)]}


def commands(since: datetime) -> dict[str, Any]:
    rows = Command.objects.filter(real(), created_at__gte=since)
    found = rows.aggregate(lost=Count("pk", filter=WITHOUT_RESULT), waiting=Count("pk", filter=WAITING))
    name = "ocpi_commands.command"
    return {"figures": [
        Figure(
            "Commands unanswered", "send", f"{found['lost']:,}",
            core.list_page(name, outcome="none", created_at="24h"),
            f"in 24 h; {found['waiting']:,} still waiting", core.list_page(name, outcome="waiting", created_at="24h"),
            "warning" if found["lost"] else "",
        ),
    ]}  # fmt: skip


def pushes(since: datetime) -> dict[str, Any]:
    State = TokenPush.State
    rows = TokenPush.objects.filter(real())
    waiting = core.counted(rows.filter(state__in=[State.PENDING, State.SENDING]))
    failed = core.counted(rows.filter(state=State.FAILED))
    name = "ocpi_tokens.tokenpush"
    return {"figures": [
        Figure(
            "Token pushes waiting", "cloud_upload", waiting, core.list_page(name, progress="waiting"),
            "none given up" if failed == "0" else f"{failed} given up", core.list_page(name, progress="failed"),
            "" if failed == "0" else "danger",
        ),
    ]}  # fmt: skip


def reviews(since: datetime) -> dict[str, Any]:
    """What waits for a decision of finance, and how much money hangs on it in each currency."""
    rows = Review.objects.filter(real(), state=Review.State.OPEN).order_by().values("currency")
    found = list(rows.annotate(n=Count("pk"), stake=Sum("at_stake")).order_by("-n"))
    stakes = core.lines(core.money(row["stake"], row["currency"]) for row in found[:3])
    count = sum(row["n"] for row in found)
    return {"figures": [
        Figure(
            "Bills to review", "rule", f"{count:,}", core.list_page("ocpi_cdrs.review"),
            f"{stakes} at stake" if count else "nothing waits for a decision",
        ),
    ]}  # fmt: skip


def _some(count: int, text: str, none: str) -> str:
    return f"{count:,} {text}" if count else none
