"""How a partner's calls and ours went in the last hour and day: counts, failures, and how long the answers took."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Case, Value, When

from ocpi.core import clock
from ocpi.journal.models import FAILED, Exchange
from ocpi.partners.models import Partner

MOST = 10_000  # messages that are read, the newest
SPANS = {"hour": timedelta(hours=1), "day": timedelta(hours=24)}


@dataclass(frozen=True)
class Line:
    """Of one direction (IN, OUT) in one span. `p50` and `p95`: milliseconds, None without calls.

    `capped`: there were more messages than MOST; then these figures are of the newest ones alone.
    """

    direction: str
    span: str
    since: datetime
    calls: int
    failed: int
    p50: int | None
    p95: int | None
    capped: bool

    @property
    def share(self) -> float:
        """Of the calls that failed, 0 to 1."""
        return self.failed / self.calls if self.calls else 0.0


def of(partner: Partner) -> list[Line]:
    """Hour and day, in and out. One query by the index on partner and time, whatever the journal holds."""
    now = clock.now()
    since = {span: now - length for span, length in SPANS.items()}
    rows = Exchange.objects.filter(partner=partner, started_at__gte=since["day"]).order_by("-started_at")
    failed = Case(When(FAILED, then=Value(True)), default=Value(False), output_field=BooleanField())
    found = list(rows.annotate(bad=failed).values_list("direction", "started_at", "duration_ms", "bad")[:MOST])
    return [_line(found, direction, span, moment) for span, moment in since.items() for direction in Exchange.Direction]


def percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The nearest rank: a value that occurred."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


def _line(rows: Iterable[Any], direction: str, span: str, since: datetime) -> Line:
    rows = list(rows)
    capped = len(rows) == MOST and rows[-1][1] > since
    mine = [(took, bad) for way, at, took, bad in rows if way == direction and at >= since]
    took = sorted(duration for duration, _ in mine)
    half, most = percentile(took, 50), percentile(took, 95)
    return Line(direction, span, since, len(mine), sum(bad for _, bad in mine), half, most, capped)
