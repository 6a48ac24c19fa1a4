"""The exchanges of a run as they really happened, from the journal: a partner's, because the sandbox is a partner.

Callers whom nobody knows (a wrong token, say) have no partner; they are found by how their correlation id starts.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q, QuerySet

from learning.models import Run
from ocpi.journal.models import Exchange

from . import tokens

_MOST = 500


@dataclass(frozen=True)
class Traffic:
    """One exchange. `by` is who asked, `to` who answered: EMSP or CPO (HUB where the world is a hub).

    `target` is path and query of the URL; `request` and `answer` are JSON, or text where they are none. `ms` is the
    time until the answer. Tokens and what identifies a driver are masked, as everywhere in the journal. `token` is the
    letter of the token that the request shows: A, B, C, or nothing where that is not known.
    """

    id: int
    by: str
    to: str
    method: str
    target: str
    module: str
    http: int | None
    ocpi: int | None
    ms: int
    at: datetime
    error: str = ""
    correlation_id: str = ""
    request: Any = None
    answer: Any = None
    request_headers: dict[str, str] = field(default_factory=dict)
    answer_headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    token: str = ""

    def to_json(self) -> dict[str, Any]:
        """What a diagram draws; `at` in ISO 8601."""
        names = ("id", "by", "to", "method", "target", "module", "http", "ocpi", "ms", "error", "correlation_id", "url",
                 "token")  # fmt: skip
        bodies = {"request": self.request, "answer": self.answer}
        headers = {"request_headers": self.request_headers, "answer_headers": self.answer_headers}
        return {name: getattr(self, name) for name in names} | bodies | headers | {"at": self.at.isoformat()}


def of(run: Run, *, since: datetime | None = None, after: int = 0) -> list[Traffic]:
    """In the order in which they began; `since`: began then or later, `after`: only those with a greater id."""
    known = tokens.letters(run, rows_of(run))
    rows = rows_of(run).filter(pk__gt=after)
    rows = rows.filter(started_at__gte=since) if since else rows
    hub = bool(run.facts.get("hub"))
    return [traffic(row, hub, known) for row in rows.order_by("started_at", "pk")[:_MOST]]


def rows_of(run: Run) -> QuerySet[Exchange]:
    strangers = Q(partner=None, correlation_id__startswith=run.flow)
    return Exchange.objects.filter(Q(partner=run.partner_id) | strangers if run.partner_id else strangers)


def traffic(row: Exchange, hub: bool, known: tokens.Letters) -> Traffic:
    other = "HUB" if hub else "CPO"
    came_in = row.direction == Exchange.Direction.IN
    parts = urlsplit(row.url)
    request, answer = (_read(tokens.named(known, body)) for body in (row.request_body, row.response_body))
    return Traffic(
        row.pk, *((other, "EMSP") if came_in else ("EMSP", other)), row.method,
        parts.path + (f"?{parts.query}" if parts.query else ""), row.module, row.http_status, row.status_code,
        row.duration_ms, row.started_at, row.error, row.correlation_id, request, answer,
        _named(known, row.request_headers), row.response_headers, row.url, tokens.shown(known, row.request_headers),
    )  # fmt: skip


def _named(known: tokens.Letters, headers: dict[str, str]) -> dict[str, str]:
    return {name: tokens.named(known, value) for name, value in headers.items()}


def _read(body: str) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body


def changes(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """The paths at which two JSON values differ: what a diagram marks as changed."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            yield from changes(before.get(key), after.get(key), f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from changes(*pair, f"{path}.{index}" if path else str(index))
    elif before != after:
        yield path
