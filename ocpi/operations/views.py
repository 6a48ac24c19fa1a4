"""Pages of the admin that belong to no single model."""

from collections.abc import Mapping

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from ocpi.locations.models import Connector
from ocpi.partners.models import Partner

from .map import Box, Filters, points
from .navigation import may_see

_WORLD = {"south": -85.0, "west": -180.0, "north": 85.0, "east": 180.0}
_POWERS = (11, 22, 50, 100, 150, 300)


@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """`/admin/map/`: the frame; stations come from `map_points` as the map is moved."""
    _admit(request)
    context = admin.site.each_context(request) | {
        "title": "Map",
        "partners": Partner.objects.filter(sandbox=False).order_by("name"),
        "connectors": Connector.objects.order_by("standard").values_list("standard", flat=True).distinct()[:100],
        "powers": _POWERS,
        "tiles": settings.MAP_TILES_URL,
        "attribution": settings.MAP_TILES_ATTRIBUTION,
    }
    return TemplateResponse(request, "operations/map.html", context)


@require_safe
def map_points(request: HttpRequest) -> HttpResponse:
    """What lies in the rectangle `south`, `west`, `north`, `east` at this `zoom`; 400 when they cannot be read."""
    _admit(request)
    try:
        box = Box(**{name: float(request.GET.get(name, limit)) for name, limit in _WORLD.items()})
        found = points(box, int(request.GET.get("zoom", 0)), _filters(request.GET))
    except (ValueError, OverflowError):
        return JsonResponse({"error": "these parameters cannot be read"}, status=400)
    return JsonResponse({"points": found})


def _filters(query: Mapping[str, str]) -> Filters:
    power, partner = query.get("min_power_kw"), query.get("partner")
    return Filters(
        partner=int(partner) if partner else None,
        min_power_kw=float(power) if power else None,
        connector=query.get("connector", ""),
        tariff=query.get("tariff", ""),
        open_now=query.get("open_now") == "on",
        stale=query.get("stale") == "on",
    )


def _admit(request: HttpRequest) -> None:
    if not may_see(request, "ocpi_locations.location"):
        raise PermissionDenied
