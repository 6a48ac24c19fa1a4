"""By what messages are found. Each condition that picks few among millions has an index in `models`."""

from typing import Any

from django.db.models import Q

from ocpi.protocol.versions import ModuleID

from .models import FAILED, SLOW_MS

# Pushes of partners that we answered with "invalid".
REFUSED = Q(direction="IN", partner__isnull=False, status_code=2001, method__in=["PUT", "PATCH", "POST"])
MODULES = ("versions", *ModuleID)
OUTCOMES = {
    "failed": ("failed", FAILED), "ok": ("answered with success", ~FAILED), "refused": ("invalid push", REFUSED),
}  # fmt: skip


def _statuses(field: str, spans: dict[str, tuple[int, int]]) -> dict[str, tuple[str, Any]]:
    found: dict[str, tuple[str, Any]] = {text: (text, Q(**{f"{field}__range": span})) for text, span in spans.items()}
    return found | {"none": ("no answer", Q(**{field: None}))}


HTTP_STATUSES = _statuses("http_status", {
    "2xx": (200, 299), "3xx": (300, 399), "4xx": (400, 499), "5xx": (500, 599),
})  # fmt: skip
OCPI_STATUSES = _statuses("status_code", {
    "1xxx success": (1000, 1999), "2xxx client errors": (2000, 2999), "2000 generic": (2000, 2000),
    "2001 invalid": (2001, 2001), "2002 not enough": (2002, 2002), "2003 unknown location": (2003, 2003),
    "2004 unknown token": (2004, 2004), "3xxx server errors": (3000, 3999), "4xxx hub errors": (4000, 4999),
})  # fmt: skip
DURATIONS = {
    str(seconds): (f"more than {seconds} s", Q(duration_ms__gt=seconds * 1000, duration_ms__gte=SLOW_MS))
    for seconds in (1, 2, 5, 15)
}  # the second condition is that of the index


def about(path: str) -> Q:
    """Requests about one object, whose URL ends with this path or goes on below it."""
    return Q(url__iendswith=path) | Q(url__icontains=f"{path}/") | Q(url__icontains=f"{path}?")
