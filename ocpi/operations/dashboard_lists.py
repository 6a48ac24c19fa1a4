"""What the overview lists: partners in trouble, what waits for a worker, and exchanges that failed."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from ocpi.alerts.links import behind
from ocpi.alerts.models import Colour, Light
from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.journal.admin import other_side, outcome, short
from ocpi.journal.models import FAILED, Exchange

from . import queues
from .dashboard_figures import Figure

_SHOWN = 6
_TROUBLED = 8
_REASONS = 3
_SLOW = 15 * 60  # seconds that work may wait before it is said in red


def trouble(since: datetime) -> dict[str, Any]:
    """The partners whose light is red, then amber, those first that are so the longest."""
    rows = Light.objects.filter(colour__in=[Colour.RED, Colour.AMBER]).select_related("partner")
    return {
        "troubled": [_in_trouble(row) for row in rows.order_by("-colour", "since")[:_TROUBLED]],
        "troubled_url": core.list_page("ocpi_partners.partner", trouble="yes"),
    }


def _in_trouble(row: Light) -> dict[str, Any]:
    return {
        "badge": core.badge("light", row.colour),
        "partner": core.link(row.partner),
        "since": core.duration(row.since, None),
        "reasons": [(behind(each["code"], row.partner), each["text"]) for each in row.reasons[:_REASONS]],
        "more": max(0, len(row.reasons) - _REASONS),
    }


def queue(since: datetime) -> dict[str, Any]:
    """How long the oldest piece of work that is due has waited for a worker, and which it is."""
    waiting = [(found, each) for each in queues.QUEUES if (found := each.oldest())]
    if not waiting:
        return {"figures": [Figure("Queue", "hourglass", "0 s", core.list_page("ocpi_sync.pull"), "nothing waits")]}
    oldest, first = min(waiting, key=lambda item: item[0])
    seconds = max(0, int((clock.now() - oldest).total_seconds()))
    age = f"{seconds} s" if seconds < 120 else core.duration(oldest, None)
    url = core.list_page(first.list, **first.filters)
    tone = "danger" if seconds > _SLOW else ""
    return {"figures": [Figure("Queue", "hourglass", age, url, f"{first.what} has waited so long", url, tone)]}


# --- exchanges --------------------------------------------------------------------------------------------------------
def failures(since: datetime) -> dict[str, Any]:
    """The last exchanges that failed, of the last 24 hours, so that the index bounds the search."""
    rows: QuerySet[Exchange] = Exchange.objects.filter(FAILED, started_at__gte=since).exclude(partner__sandbox=True)
    heavy = ("request_headers", "request_body", "response_headers", "response_body")
    last = rows.select_related("partner", "api_client").defer(*heavy).order_by("-started_at")[:_SHOWN]
    return {
        "failures": [
            {
                "at": core.moment(row.started_at),
                "who": other_side(row),
                "request": f"{row.method} {short(row.url)}",
                "url": core.page(row),
                "badge": core.badge("exchange", "FAILED", outcome(row)),
                "error": row.error,
            }
            for row in last
        ],
        "failures_url": core.list_page("ocpi_journal.exchange", outcome="failed"),
    }
