"""All stations on a map: what lies in a rectangle, gathered by the database into as many points as a screen takes."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Avg, CharField, Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Cast, Floor

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.locations.models import EVSE, Connector, Location
from ocpi.partners.sandboxes import real
from ocpi.protocol.locations import Hours, Status
from ocpi.protocol.opening import is_open

STALE = timedelta(days=7)  # nothing heard of a station for so long
_CELL = 96  # degrees of a grid cell at zoom 0: about 70 pixels of the screen at every zoom
_DEEPEST = 18
_BROKEN = (Status.INOPERATIVE, Status.OUTOFORDER, Status.BLOCKED)


@dataclass(frozen=True)
class Box:
    """Degrees; `west` may be greater than `east` where the map goes across the date line."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True)
class Filters:
    """What is shown; empty means everything."""

    partner: int | None = None
    min_power_kw: float | None = None
    connector: str = ""
    tariff: str = ""
    open_now: bool = False
    stale: bool = False


def points(box: Box, zoom: int, filters: Filters) -> list[dict[str, Any]]:
    """One for each grid cell with stations, in at most four queries however many there are; closest up, each station.

    Two may stand at one place: a CPO that is reached directly and through a hub has its stations twice.

    Each: `lat`, `lon` (degrees), `stations`, `evses`, `available`, `broken`; where it is one station also its `name`,
    `address`, `partner` (name of who sends it), `badges` (EVSEs by status) and `url`.
    """
    size = _CELL / 2 ** max(0, min(zoom, _DEEPEST))
    cells = _shown(box, filters).annotate(
        x=Floor(F("location__longitude") / size), y=Floor(F("location__latitude") / size)
    )  # fmt: skip
    group = ["location"] if zoom >= _DEEPEST else ["x", "y"]
    found = list(cells.order_by().values(*group).annotate(
        stations=Count("location", distinct=True), evses=Count("pk"),
        available=Count("pk", filter=Q(status=Status.AVAILABLE)), broken=Count("pk", filter=Q(status__in=_BROKEN)),
        lat=Avg("location__latitude"), lon=Avg("location__longitude"), one=Min("location"),
    ))  # fmt: skip
    single = _described([cell["one"] for cell in found if cell["stations"] == 1])
    fields = ("lat", "lon", "stations", "evses", "available", "broken")
    return [
        {name: cell[name] for name in fields} | (single.get(cell["one"], {}) if cell["stations"] == 1 else {})
        for cell in found
    ]


def _shown(box: Box, filters: Filters) -> QuerySet[EVSE]:
    rows = EVSE.objects.filter(hidden_at=None, location__gone_at=None).exclude(status=Status.REMOVED)
    rows = rows.filter(_inside(box, "location__"))
    rows = rows.filter(real("location__partner") if filters.partner is None else Q(location__partner=filters.partner))
    if filters.stale:
        rows = rows.filter(location__changed_at__lt=clock.now() - STALE)
    if (plug := _plug(filters)) is not None:
        rows = rows.filter(Exists(plug))
    if filters.open_now:
        rows = rows.exclude(location__in=_closed(box, filters))
    return rows


def _inside(box: Box, prefix: str = "") -> Q:
    longitude = Q(**{f"{prefix}longitude__range": (box.west, box.east)})
    if box.west > box.east:
        longitude = Q(**{f"{prefix}longitude__gte": box.west}) | Q(**{f"{prefix}longitude__lte": box.east})
    return longitude & Q(**{f"{prefix}latitude__range": (box.south, box.north)})


def _plug(filters: Filters) -> QuerySet[Connector] | None:
    if not (filters.min_power_kw or filters.connector or filters.tariff):
        return None
    rows = Connector.objects.filter(evse=OuterRef("pk"), hidden_at=None)
    if filters.min_power_kw:
        rows = rows.filter(power_w__gte=filters.min_power_kw * 1000)
    if filters.connector:
        rows = rows.filter(standard=filters.connector)
    if filters.tariff:  # the list as text: SQLite cannot look into it
        named = json.dumps(filters.tariff)
        rows = rows.alias(names=Cast("tariff_ids", CharField())).filter(names__icontains=named)
    return rows


def _closed(box: Box, filters: Filters) -> list[int]:
    """Stations with stated hours that are closed now. Those around the clock need no look, but for their exceptions."""
    stated = Location.objects.filter(_inside(box), gone_at=None, payload__opening_times__isnull=False)
    if filters.partner is not None:
        stated = stated.filter(partner=filters.partner)
    always = Q(payload__opening_times__twentyfourseven=True)
    rows = stated.exclude(always & Q(payload__opening_times__exceptional_closings__isnull=True))
    now = clock.now()
    hours = rows.values_list("pk", "payload__opening_times", "time_zone")
    return [pk for pk, stated_hours, zone in hours if not is_open(Hours.from_wire(stated_hours), zone, now)]


def _described(pks: list[int]) -> dict[int, dict[str, Any]]:
    counts: dict[int, dict[str, int]] = {}
    rows = EVSE.objects.filter(location__in=pks, hidden_at=None).exclude(status=Status.REMOVED).order_by()
    for pk, status, n in rows.values_list("location", "status").annotate(n=Count("pk")):
        counts.setdefault(pk, {})[status] = n
    return {
        row.pk: {
            "name": str(row), "address": f"{row.address}, {row.city}", "partner": row.partner.name,
            "url": core.page(row),
            "badges": [
                {"tone": core.TONES["evse"].get(status, "neutral"), "text": f"{n} {core.label('evse', status)}"}
                for status, n in sorted(counts.get(row.pk, {}).items())
            ],
        }
        for row in Location.objects.filter(pk__in=pks).select_related("partner").defer("payload")
    }  # fmt: skip
