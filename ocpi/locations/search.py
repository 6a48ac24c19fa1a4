"""Finding stations for drivers: the extension list of SEED-04."""

from collections.abc import Iterator, Mapping
from math import cos, radians
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import ACos, Cos, Greatest, Least, Radians, Sin

from ocpi.core.signals import token_asked_for
from ocpi.partners.models import ApiClient, Partner
from ocpi.protocol import errors
from ocpi.protocol.locations import Status
from ocpi.protocol.types import ci_key

from .models import EVSE, Connector, Location, LocationQuerySet

_EARTH_KM = 6371.0
_MOST_KW = 1_000_000


def visible_to(caller: Partner | ApiClient, query: Mapping[str, str]) -> LocationQuerySet:
    """The list: a partner sees everything of its own; an app sees what drivers may see.

    Filters: `lat`, `lon`, `radius_km` together; `status`, `min_power_kw`, `connector` (an EVSE that meets all of them),
    and for apps those of `shown_to`. Raises InvalidObject for a value that cannot be read.
    """
    rows = shown_to(caller, query).filter(gone_at=None)
    if not _as_driver(caller, query):
        return _near(_with_evse(rows, EVSE.objects.all(), query), query)
    usable = EVSE.objects.exclude(status=Status.REMOVED)
    return _near(_with_evse(rows.in_service(), usable, query), query)


def shown_to(caller: Partner | ApiClient, query: Mapping[str, str]) -> LocationQuerySet:
    """What may be looked at, in the list and one by one (LOC-23).

    For apps: what is published; with `token_uid` (and `token_type`, default RFID) also what is open to the driver who
    owns that token; with `unpublished=true` everything, for the helpdesk (LOC-27).
    """
    rows = Location.objects.visible_to(caller)
    if not _as_driver(caller, query):
        return rows
    rows = rows.once()
    return rows.filter(Q(publish=True) | Q(pk__in=_open_to(_driver(query), rows)))


def _as_driver(caller: Partner | ApiClient, query: Mapping[str, str]) -> bool:
    return caller.is_api_client and query.get("unpublished") != "true"


def _driver(query: Mapping[str, str]) -> Any:
    uid, type_ = query.get("token_uid"), query.get("token_type", "RFID")
    answers = token_asked_for.send(sender=Location, uid=uid, type=type_) if uid else []
    return next((token for _, token in answers if token is not None), None)


def _open_to(token: Any, rows: LocationQuerySet) -> list[int]:
    if token is None:
        return []
    closed = rows.filter(publish=False).values_list("pk", "payload__publish_allowed_to")
    return [pk for pk, entries in closed if any(_matches(entry, token) for entry in entries or [])]


def _matches(entry: Mapping[str, str], token: Any) -> bool:
    """All fields that are set in ONE entry must be the token's (LOC-24)."""
    return bool(entry) and all(_equal(name, value, getattr(token, name)) for name, value in _set_fields(entry))


def _set_fields(entry: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((name, entry[name]) for name in ("uid", "type", "visual_number", "issuer", "group_id") if entry.get(name))


def _equal(name: str, a: str, b: str) -> bool:
    return ci_key(a) == ci_key(b) if name in {"uid", "group_id"} else a == b


def _with_evse(rows: LocationQuerySet, evses: QuerySet[EVSE], query: Mapping[str, str]) -> LocationQuerySet:
    evses = evses.filter(location=OuterRef("pk"), hidden_at=None)
    wanted = False
    if status := query.get("status"):
        if status not in set(Status):
            raise errors.InvalidObject(f"status: {status!r} is not an EVSE status")
        evses, wanted = evses.filter(status=status), True
    if (plug := _plug(query)) is not None:
        evses, wanted = evses.filter(Exists(plug)), True
    return rows.filter(Exists(evses)) if wanted else rows


def _plug(query: Mapping[str, str]) -> QuerySet[Connector] | None:
    connectors = Connector.objects.filter(evse=OuterRef("pk"), hidden_at=None)
    power, standard = _number(query, "min_power_kw"), query.get("connector")
    if power is None and not standard:
        return None
    if power is not None and not 0 <= power <= _MOST_KW:
        raise errors.InvalidObject("min_power_kw: outside the possible range")
    if power is not None:
        connectors = connectors.filter(power_w__gte=power * 1000)
    return connectors.filter(standard=standard) if standard else connectors


def _near(rows: LocationQuerySet, query: Mapping[str, str]) -> LocationQuerySet:
    lat, lon, radius = (_number(query, name) for name in ("lat", "lon", "radius_km"))
    if lat is None and lon is None and radius is None:
        return rows
    if lat is None or lon is None:
        raise errors.InvalidObject("lat, lon: both are needed to search around a place")
    if not (-90 <= lat <= 90 and -180 <= lon <= 180) or (radius is not None and radius <= 0):
        raise errors.InvalidObject("lat, lon, radius_km: outside the possible range")
    return within(rows, lat, lon, radius if radius is not None else 10.0)


def within(rows: Any, lat: float, lon: float, radius_km: float) -> Any:
    """Rows at most `radius_km` away on the sphere; a box that an index can use comes first."""
    dlat = radius_km / 111.0
    dlon = min(180.0, radius_km / (111.0 * max(0.01, cos(radians(min(89.0, abs(lat) + dlat))))))
    box = Q(latitude__range=(lat - dlat, lat + dlat))
    if lon - dlon >= -180 and lon + dlon <= 180:  # a box across the date line would miss the other side
        box &= Q(longitude__range=(lon - dlon, lon + dlon))
    cosine = Sin(Radians(F("latitude"))) * Sin(Radians(Value(lat))) + Cos(Radians(F("latitude"))) * Cos(
        Radians(Value(lat))
    ) * Cos(Radians(F("longitude")) - Radians(Value(lon)))
    distance = _EARTH_KM * ACos(Least(Value(1.0), Greatest(Value(-1.0), cosine)))
    return rows.filter(box).alias(distance_km=distance).filter(distance_km__lte=radius_km)


def _number(query: Mapping[str, str], name: str) -> float | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise errors.InvalidObject(f"{name}: not a number") from error
    if value != value or abs(value) == float("inf"):
        raise errors.InvalidObject(f"{name}: not a number")
    return value
