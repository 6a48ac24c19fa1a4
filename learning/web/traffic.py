"""What a run has exchanged, to be drawn and to be read. The journal is the only source: nothing here is made up."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.db.models import Count, Max
from django.http import Http404, HttpRequest

from learning import explain
from learning.course import exchanges, tokens
from learning.explain.headers import Header, explained
from learning.models import Run
from ocpi.core.admin import page
from ocpi.journal import changes, curl
from ocpi.journal.diagram import OURS, Diagram, Event, Lane, draw, outcome
from ocpi.journal.models import Exchange
from ocpi.operations.navigation import may_see

WIDTH = 760
"""Pixels of the column that the diagram stands in; it is scaled to what there is."""
_SHOWN = 150
_BASE = re.compile(r"^/ocpi/[a-z]+/2\.2\.1(?=/.)")
_LONGEST = 600
_HEAVY = ("request_body", "response_headers", "response_body")


class Side(NamedTuple):
    """Request or answer. `lines`: of its JSON; `text`: of a body that is none; `more`: lines that are not shown."""

    title: str
    lines: list[explain.Line]
    text: str
    more: int
    headers: list[Header]
    other_headers: list[Header]


class Message(NamedTuple):
    row: Exchange
    source: str
    target: str
    path: str
    outcome: str
    sides: list[Side]
    changed: list[tuple[str, str, str]]
    curl: str
    notes: list[explain.Explained]
    admin_url: str
    token: str  # what the token is that the request shows; empty where that is not known


def version(run: Run) -> str:
    """Changes whenever there is something new to be drawn."""
    seen = exchanges.rows_of(run).aggregate(newest=Max("pk"), count=Count("pk"))
    events = run.attempts.exclude(outcome={}).count()
    return f"{seen['newest'] or 0}-{seen['count']}-{events}"


def drawn(run: Run) -> tuple[Diagram, list[Exchange]]:
    """The last messages of the run with what people did between them."""
    newest = exchanges.rows_of(run).defer(*_HEAVY).order_by("-started_at", "-pk")[:_SHOWN]
    rows = list(reversed(newest))
    other, known = other_side(run), tokens.letters(run, exchanges.rows_of(run))

    def mark(row: Exchange) -> str:
        letter = tokens.shown(known, row.request_headers)
        return f"[{letter}]" if letter else ""

    return draw(rows, _events(run, other), lambda row: other, lambda url: shown_path(run, url), mark), rows


def shown_path(run: Run, url: str) -> str:
    """Without host, world and version: what an OCPI developer would call the path."""
    parts = urlsplit(url)
    inside = parts.path.removeprefix(urlsplit(run.facts.get("base_url", "")).path)
    short = _BASE.sub("", inside) or inside
    return f"{short}?{parts.query}" if parts.query else short


def other_side(run: Run) -> Lane:
    return Lane("other", "Hub" if run.facts.get("hub") else "CPO")


def _events(run: Run, other: Lane) -> Iterator[Event]:
    for attempt in run.attempts.all():
        for event in attempt.outcome.get("events", []):
            source, target = (_lane(event[end], other) for end in ("by", "to"))
            yield Event(datetime.fromisoformat(event["at"]), source, target, event["text"])


def _lane(name: str, other: Lane) -> Lane:
    if name == "EMSP":
        return OURS
    return other if name in {"CPO", "HUB"} else Lane(f"person-{name}", name.capitalize())


def message(request: HttpRequest, run: Run, number: int) -> Message:
    """One exchange of this run and of no other. Raises Http404."""
    row = exchanges.rows_of(run).filter(pk=number).first()
    if row is None:
        raise Http404("this message does not belong to this lesson")
    found = changes.of(row)
    known = tokens.letters(run, exchanges.rows_of(run))
    sides = [_side(row, known, answer=False, changed=_altered(found)), _side(row, known, answer=True)]
    names = (other_side(run).name, OURS.name)
    source, target = names if row.direction == Exchange.Direction.IN else names[::-1]
    admin_url = page(row) if may_see(request, "ocpi_journal.exchange") else ""
    told = [(_as_path(each.path), _shown(each.before), _shown(each.after)) for each in found]
    shown = tokens.MEANINGS.get(tokens.shown(known, row.request_headers), "")
    return Message(row, source, target, shown_path(run, row.url), outcome(row), sides, told, curl.as_curl(row),
                   _notes(sides), admin_url, shown)  # fmt: skip


def _altered(found: list[changes.Change]) -> set[str]:
    """Paths to be marked; of what a list grew by, the list, because it stands elsewhere in the message."""
    return {_as_path(each.path) for each in found} | {each.path.split(".")[0] for each in found if each.before is None}


def _shown(value: Any) -> str:
    return "–" if value is None else json.dumps(value, ensure_ascii=False)


def _side(row: Exchange, known: tokens.Letters, *, answer: bool, changed: set[str] = frozenset()) -> Side:  # type: ignore[assignment]
    body, fields = (row.response_body, row.response_headers) if answer else (row.request_body, row.request_headers)
    shape = explain.shape_of(
        row.module, row.method, row.url, to_emsp=row.direction == Exchange.Direction.IN, answer=answer
    )
    fields = {name: tokens.named(known, value) for name, value in fields.items()}
    value, text = _read(tokens.named(known, body))
    lines = explain.annotate(value, shape, changed=changed) if body and not text else []
    return Side("Answer" if answer else "Request", lines[:_LONGEST], text, max(0, len(lines) - _LONGEST),
                *explained(fields))  # fmt: skip


def _read(body: str) -> tuple[Any, str]:
    """JSON, or the text that it is instead: the journal cuts what is very long."""
    try:
        return (json.loads(body), "") if body else (None, "")
    except ValueError:
        return None, body


def _notes(sides: list[Side]) -> list[explain.Explained]:
    """Each field once, in the order in which the fields appear."""
    return list(dict.fromkeys(line.field for side in sides for line in side.lines if line.field))


def _as_path(text: str) -> str:
    """`evses.0.status`, as the journal writes it, in the protocol's way."""
    return explain.as_text(int(step) if step.isdecimal() else step for step in text.split("."))
