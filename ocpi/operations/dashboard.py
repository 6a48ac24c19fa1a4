"""The admin's first page: what an operator wants to know in five seconds, each figure a link to the list behind it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from ocpi.core import clock

from . import dashboard_charts as charts
from . import dashboard_figures as tiles
from . import dashboard_lists as lists
from .navigation import may_see

_DAY = timedelta(hours=24)
# The model that one must be allowed to see, and what is shown of it then.
PARTS: list[tuple[str, Callable[[datetime], dict[str, Any]]]] = [
    ("ocpi_partners.partner", tiles.partners),
    ("ocpi_partners.partner", lists.trouble),
    ("ocpi_sessions.session", tiles.sessions),
    ("ocpi_cdrs.review", tiles.reviews),
    ("ocpi_cdrs.cdr", tiles.bills),
    ("ocpi_cdrs.cdr", charts.fill),
    ("ocpi_sync.missingbill", tiles.missing_bills),
    ("ocpi_commands.command", tiles.commands),
    ("ocpi_locations.location", tiles.stations),
    ("ocpi_sync.pull", lists.queue),
    ("ocpi_tokens.tokenpush", tiles.pushes),
    ("ocpi_sync.quarantinedobject", tiles.left_out),
    ("ocpi_journal.exchange", tiles.refused),
    ("ocpi_partners.hubparty", tiles.hub_parties),
    ("ocpi_journal.exchange", lists.failures),
]


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's DASHBOARD_CALLBACK. Each part only for those who may see the list behind it; at most 24 queries."""
    since = clock.now() - _DAY
    figures: list[tiles.Figure] = []
    for model, part in PARTS:
        if may_see(request, model):
            found = part(since)
            figures += found.pop("figures", [])
            context |= found
    return context | {"figures": figures}
