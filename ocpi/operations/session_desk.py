"""One charge from every side: its curves, what it should cost so far, and all that was exchanged about it."""

from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.cdrs.admin import PRICE_COLUMNS, price_line
from ocpi.chargingprofiles.models import ProfileRequest
from ocpi.core import admin as core
from ocpi.core import clock, ids
from ocpi.journal.admin import diagram
from ocpi.journal.filters import about
from ocpi.journal.models import Exchange
from ocpi.locations.models import Connector
from ocpi.protocol import pricing
from ocpi.protocol import sessions as wire
from ocpi.protocol.tariffs import Tariff
from ocpi.sessions.admin import SessionAdmin, commands_about
from ocpi.sessions.models import Session
from ocpi.sessions.watchdog import WATCHED
from ocpi.tariffs import services as tariffs

from .command_desk import StopSession
from .curves import chart, curve

_BEFORE = timedelta(hours=2)  # an authorization or a command comes before the session that it begins
_AFTER = timedelta(days=30)
_SHOWN = 100  # lines of a price


# What SessionWatch.current() finds, told as a join: of two million sessions only those with a watch are looked at.
_SILENT = Q(watch__last_news=F("last_updated"), status__in=WATCHED)


class SessionDesk(StopSession, SessionAdmin):
    """With who has become silent, and what became of the bill."""

    actions_detail: ClassVar = ["stop"]
    list_filter: ClassVar = [
        core.choices("news", "news", {
            "none": ("give none", _SILENT),
            "escalated": ("give none, and pulling did not help", _SILENT & Q(watch__escalated_at__isnull=False)),
        }),
        *SessionAdmin.list_filter,
    ]  # fmt: skip
    fieldsets: ClassVar = [
        (None, {"fields": [*SessionAdmin.fieldsets[0][1]["fields"], ("silence_badge", "missing_bill_link")]}),
        ("The charge", {"fields": ["curves", "our_price"]}),
        *SessionAdmin.fieldsets[1:-1],
        ("All that was exchanged about it", {"fields": ["exchanged"]}),
        SessionAdmin.fieldsets[-1],
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        return super().get_queryset(request).select_related("watch", "missing_bill")

    @display(description="status", ordering="status", label=core.TONES["session"] | core.TONES["silence"])
    def state(self, row: Session) -> tuple[str, str]:
        """A charge without news is shown as what it is, and as that."""
        silence = _silence(row)
        return (silence[0], f"{core.label('session', row.status)}, {silence[1]}") if silence else super().state(row)

    @display(description="news")
    def silence_badge(self, row: Session) -> SafeString | str:
        silence = _silence(row)
        if silence is None:
            return core.DASH
        return core.badge("silence", silence[0], f"{silence[1]}: none since {core.moment(row.last_updated)}")

    @display(description="missing bill")
    def missing_bill_link(self, row: Session) -> SafeString | str:
        missing = getattr(row, "missing_bill", None)
        return core.link(missing, "missing" if missing.closed_at is None else "came late") if missing else core.DASH

    @display(description="energy, power and cost")
    def curves(self, row: Session) -> SafeString | str:
        points = curve(wire.Session.from_wire(row.to_wire()), _priced_once(row))
        if not points:
            return "no charging periods have come yet"
        data, options = chart(points, row.currency, _zone(row))
        context = {"data": data, "options": options, "height": 300}
        picture = render_to_string("unfold/components/chart/line.html", context)
        return format_html('<div class="ocpi-wide ocpi-full ocpi-chart">{}</div>', picture)

    @display(description="by our price so far")
    def our_price(self, row: Session) -> SafeString | str:
        found = _priced_once(row)
        if found.total_cost is None:
            return found.unpriceable.reason if found.unpriceable else core.DASH
        cost = found.total_cost
        head = f"{core.money(cost.excl_vat, row.currency)} excl. VAT, {core.money(cost.incl_vat, row.currency)} incl."
        shown = [segment for segment in found.segments[:_SHOWN] if segment.price is not None]
        lines = [price_line(pricing.segment_as_json(segment)) for segment in shown]
        return format_html("{}{}", head, core.table(PRICE_COLUMNS, lines))

    @display(description="messages")
    def exchanged(self, row: Session) -> SafeString | str:
        return diagram(exchanges(row))


def _silence(row: Session) -> tuple[str, str] | None:
    watch = getattr(row, "watch", None)
    if watch is None or not watch.holds(row):
        return None
    return ("ESCALATED", "silent for long") if watch.escalated_at else ("STALE", "stale")


def _priced_once(row: Session) -> pricing.Priced:
    """Two parts of the page show it."""
    if not hasattr(row, "priced"):
        row.priced = priced(row)
    return row.priced


def priced(row: Session) -> pricing.Priced:
    """The session so far by the tariffs that it names, or else by those of its connector, as we know them."""
    session = wire.Session.from_wire(row.to_wire())
    names = {period.tariff_id for period in session.charging_periods if period.tariff_id} or _of_connector(row)
    known = tariffs.versions(partner=row.partner, party=row.party, tariff_ids=names)
    newest: dict[str, Tariff] = {}
    for _, tariff in known:
        if tariff.last_updated <= session.last_updated:
            newest.setdefault(tariff.id, tariff)
    return pricing.price(session, list(newest.values()), time_zone=row.location_row and row.location_row.time_zone)


def _of_connector(row: Session) -> set[str]:
    found = Connector.objects.filter(
        evse__location=row.location_row, evse__uid=row.evse_uid, connector_id=row.connector_id
    )
    return set(found.values_list("tariff_ids", flat=True).first() or [])


def _zone(row: Session) -> ZoneInfo:
    return ZoneInfo(row.location_row.time_zone if row.location_row else "UTC")


def exchanges(row: Session) -> QuerySet[Exchange]:
    """Authorization, commands with their results, pushes, profiles, preferences and bills, in a span around it."""
    span = (row.start_date_time - _BEFORE, (row.end_date_time or clock.now()) + _AFTER)
    asked = [*commands_about(row), *ProfileRequest.objects.filter(session=row), *row.preferences.all()]
    flows = Q(correlation_id__in={order.correlation_id for order in asked})
    by_apps = [_by_app(order) for order in asked if order.api_client_id]
    about_it = [flows, *(Q(partner=row.partner) & each for each in _about(row)), *by_apps]
    return Exchange.objects.filter(reduce(or_, about_it), started_at__range=span)


def _about(row: Session) -> list[Q]:
    """Messages that name the session, in their URL or in their body."""
    where = "/".join(ids.segment(part) for part in (row.country_code, row.party_id, row.wire_id))
    found = [
        Q(module="sessions") & about(f"/{where}"),
        Q(module="cdrs", method="POST", request_body__contains=f'"session_id":"{row.wire_id}"'),
    ]
    if row.authorization_reference:
        named = f'"authorization_reference":"{row.payload["authorization_reference"]}"'
        found.append(Q(module="tokens", response_body__contains=named))
    return found


def _by_app(order: Any) -> Q:
    """An app's request for this order: its answer names the order."""
    moments = (order.created_at - timedelta(seconds=5), order.created_at + timedelta(seconds=5))
    return Q(
        api_client=order.api_client_id, method__in=("POST", "PUT", "DELETE"), started_at__range=moments,
        response_body__contains=str(order.pk),
    )  # fmt: skip
