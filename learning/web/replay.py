"""A whole charge, to be scrubbed through: its life by the messages that told it, energy, power and cost by its periods.

Times are those of the charge. At the mock CPO its clock runs faster than the one on the wall, and only the latter
stands in `last_updated`; so a message is placed by what it tells: its periods, its end, or its beginning.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from learning.course import catalogue, exchanges
from learning.models import Run
from ocpi.core import ids
from ocpi.journal.models import Exchange
from ocpi.operations.curves import Point, curve
from ocpi.operations.session_desk import priced
from ocpi.protocol import sessions as wire
from ocpi.protocol.merge import merge
from ocpi.protocol.moments import parse_datetime
from ocpi.protocol.states import SESSION
from ocpi.sessions.models import Session

from . import learners

_MOST = 2000


class Box(NamedTuple):
    """A state in the picture."""

    name: str
    label: str
    x: int
    y: int


class Edge(NamedTuple):
    """A step that the table allows; `d`: its path in SVG."""

    old: str
    new: str
    d: str


# Where each state stands; what the table has beyond these goes below.
_PLACES = {
    "RESERVATION": (90, 130),
    "PENDING": (90, 40),
    "ACTIVE": (300, 40),
    "COMPLETED": (510, 40),
    "INVALID": (510, 130),
}
_HALF_WIDTH, _HALF_HEIGHT = 62, 18


def has_charge(run: Run) -> bool:
    return run.partner_id is not None and Session.objects.filter(partner=run.partner_id).exists()


@never_cache
@require_safe
def page(request: HttpRequest, key: str) -> HttpResponse:
    run = learners.open_run(request, key)
    if run is None or not has_charge(run):
        return learners.left(key)
    context = {"lesson": catalogue.find(key), "key": key, "boxes": boxes(), "edges": edges()}
    return TemplateResponse(request, "learning/charge.html", context)


@never_cache
@require_safe
def data(request: HttpRequest, key: str) -> HttpResponse:
    """All charges of the run, newest first."""
    run = learners.required_run(request, key)
    rows = Session.objects.filter(partner=run.partner_id).select_related("location_row", "partner").order_by("-pk")[:20]
    return JsonResponse({"charges": [charge(run, row) for row in rows]})


def charge(run: Run, row: Session) -> dict[str, Any]:
    """`frames`: the session after each message about it. `points`: the curves, by our own price."""
    points = curve(wire.Session.from_wire(row.to_wire()), priced(row))
    return {
        "id": row.wire_id, "currency": row.currency, "frames": list(frames(run, row, points)),
        "points": [_point(point) for point in points],
    }  # fmt: skip


def _point(point: Point) -> dict[str, Any]:
    values = {name: _number(getattr(point, name)) for name in ("kwh", "kw", "cost", "percent")}
    return {"at": point.at.isoformat(), **values}


def frames(run: Run, row: Session, points: Sequence[Point]) -> Iterator[dict[str, Any]]:
    """The session as each PUT and PATCH left it, read from the messages; none earlier than the one before."""
    where = "/".join(ids.segment(part) for part in (row.country_code, row.party_id, row.wire_id))
    pushed = exchanges.rows_of(run).filter(
        direction=Exchange.Direction.IN, method__in=("PUT", "PATCH"), url__iendswith=f"/sessions/{where}",
        http_status__lt=300, status_code__range=(1000, 1999),
    )  # fmt: skip
    state: dict[str, Any] = {}
    periods: set[str] = set()  # when they begin: a session may have thousands, and only their number is needed
    at = datetime.min.replace(tzinfo=UTC)
    for one in pushed.only("method", "request_body", "started_at").order_by("started_at", "pk")[:_MOST]:
        body = json.loads(one.request_body)
        told = sorted(body)
        new = {period["start_date_time"] for period in body.pop("charging_periods", None) or []}
        state, periods = (merge(state, body), periods | new) if one.method == "PATCH" else (body, new)
        at = max(at, _reached(state, len(periods), points))
        yield _frame(one, state, told) | {"at": at.isoformat()}


def _reached(state: dict[str, Any], periods: int, points: Sequence[Point]) -> datetime:
    """Up to which moment of the charge a message tells."""
    if state.get("end_date_time"):
        return parse_datetime(state["end_date_time"])
    if 0 < periods < len(points):
        return points[periods].at
    return parse_datetime(state["start_date_time"])


def _frame(one: Exchange, state: dict[str, Any], told: list[str]) -> dict[str, Any]:
    cost = state.get("total_cost") or {}
    return {
        "message": one.pk, "method": one.method, "told": told, "status": state.get("status"), "kwh": state.get("kwh"),
        "cost": cost.get("excl_vat"), "on_the_wall": f"{one.started_at:%H:%M:%S}",
    }  # fmt: skip


def _number(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 4)


# --- the state machine, from the table that the code obeys ------------------------------------------------------------
def boxes() -> list[Box]:
    unplaced = iter(range(90, 2000, 210))
    places = {name: _PLACES.get(name) or (next(unplaced), 220) for name in SESSION.states}
    return [Box(name, SESSION.label(name), *places[name]) for name in SESSION.states]


def edges() -> list[Edge]:
    """Without the steps of a state to itself, of which every one that is not final has one."""
    at = {box.name: box for box in boxes()}
    return [Edge(old, new, _line(at[old], at[new])) for old, new in SESSION.transitions() if old != new]


def _line(old: Box, new: Box) -> str:
    """From rim to rim; bent where another state lies between, or where a step leads back."""
    right = 1 if new.x > old.x else -1 if new.x < old.x else 0
    if not right:
        down = 1 if new.y > old.y else -1
        side = 14 * down
        return f"M{old.x + side} {old.y + down * _HALF_HEIGHT} L{new.x + side} {new.y - down * (_HALF_HEIGHT + 7)}"
    start, end = old.x + right * _HALF_WIDTH, new.x - right * (_HALF_WIDTH + 7)
    if old.y == new.y and abs(new.x - old.x) > 250:
        top = old.y - _HALF_HEIGHT
        return f"M{old.x + 20} {top} C{old.x + 90} 2 {new.x - 90} 2 {new.x - 20} {top - 7}"
    return f"M{start} {old.y} L{end} {new.y}"
