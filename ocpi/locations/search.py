"""Finding stations for drivers: the extension list of SEED-04."""

from collections.abc import Mapping
from math import cos, radians
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import ACos, Cos, Greatest, Least, Radians, Sin

from ocpi.partners.models import ApiClient, Partner
from ocpi.protocol import errors
from ocpi.protocol.locations import Status

from .models import EVSE, Connector, Location, LocationQuerySet

_EARTH_KM = 6371.0


def visible_to(caller: Partner | ApiClient, query: Mapping[str, str]) -> LocationQuerySet:
    """A partner sees everything of its own; an app sees what drivers may see.

    Filters: `lat`, `lon`, `radius_km` together; `status`, `min_power_kw`, `connector` (an EVSE that meets all of them);
    for apps also `token_uid` (adds unpublished locations open to that token) and `unpublished=true` (helpdesk, LOC-27).
    Raises InvalidObject for a value that cannot be read.
    """
    rows = Location.objects.visible_to(caller).filter(gone_at=None)
    if caller.is_api_client and query.get("unpublished") != "true":
        rows = rows.offered()
    return _near(_with_evse(rows, query), query)


def _with_evse(rows: LocationQuerySet, query: Mapping[str, str]) -> LocationQuerySet:
    evses = EVSE.objects.filter(location=OuterRef("pk"), hidden_at=None)
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
