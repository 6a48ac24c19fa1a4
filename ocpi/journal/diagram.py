"""What was exchanged, as a sequence diagram: a lane for each platform, arrows in the order of time.

diagram = draw(Exchange.objects.filter(correlation_id=flow))
diagram.svg(), diagram.mermaid(), diagram.plantuml(), diagram.text()
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from .models import Exchange

_US = "eMSP"
_TOP, _ROW = 46, 30  # pixels
_CHARACTER = 7  # pixels


class _Spacing(NamedTuple):
    """Pixels: from the edge to the first lane, between two lanes, and how wide the head of a lane is."""

    margin: int
    between: int
    head: int


def _spacing(lanes: int, width: int | None) -> _Spacing:
    """Roomy, or so that all lanes fit into a column that wide."""
    if width is None:
        return _Spacing(130, 430 if lanes == 2 else 350, 210)
    margin = 118
    between = (width - 2 * margin) // max(1, lanes - 1)
    return _Spacing(margin, between, min(210, between - 12, 2 * margin - 12))


@dataclass(frozen=True)
class Lane:
    """`key`: unique among the lanes of a diagram; `name`: for people."""

    key: str
    name: str


_OURS = Lane("emsp", _US)


@dataclass(frozen=True)
class Arrow:
    """One message, a request or its answer; `answer` is False for the request. `source`, `target`: lane numbers."""

    exchange: Exchange
    source: int
    target: int
    text: str
    at: datetime
    answer: bool

    @property
    def failed(self) -> bool:
        return self.answer and self.exchange.failed


class Diagram:
    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._exchanges = sorted(exchanges, key=lambda row: (row.started_at, -row.duration_ms))

    def __bool__(self) -> bool:
        return bool(self._exchanges)

    @cached_property
    def lanes(self) -> list[Lane]:
        """Our own apps, we, everybody else, each in the order in which they come up."""
        others = list(dict.fromkeys(_other(row) for row in self._exchanges))
        apps = [lane for lane in others if lane.key.startswith("app")]
        return [*apps, _OURS, *(lane for lane in others if lane not in apps)]

    @cached_property
    def arrows(self) -> list[Arrow]:
        """A call inside a call stands between the request and the answer of the outer one."""
        moments = []
        for row in self._exchanges:
            end = row.started_at + timedelta(milliseconds=row.duration_ms)
            moments.append(((row.started_at, 1, -row.duration_ms), self._request(row)))
            if row.http_status is not None or row.error:
                moments.append(((end, 0 if row.duration_ms else 2, row.duration_ms), self._answer(row, end)))
        return [arrow for _, arrow in sorted(moments, key=lambda moment: moment[0])]

    def _request(self, row: Exchange) -> Arrow:
        return Arrow(row, *self._ends(row), f"{row.method} {path(row.url)}", row.started_at, answer=False)

    def _answer(self, row: Exchange, at: datetime) -> Arrow:
        return Arrow(row, *reversed(self._ends(row)), f"{outcome(row)}, {row.duration_ms:,} ms", at, answer=True)

    def _ends(self, row: Exchange) -> tuple[int, int]:
        """Caller and called."""
        other, we = self.lanes.index(_other(row)), self.lanes.index(_OURS)
        return (we, other) if row.direction == Exchange.Direction.OUT else (other, we)

    # --- as pictures and texts ---
    def svg(
        self, shown: Exchange | None = None, links: dict[int, str] | None = None, width: int | None = None
    ) -> SafeString:
        """`shown` is drawn bold; `links`: where an arrow leads, by the exchange's primary key; `width`: pixels."""
        space = _spacing(len(self.lanes), width)
        xs = [space.margin + number * space.between for number in range(len(self.lanes))]
        height = _TOP + len(self.arrows) * _ROW + 16
        rows = [self._row(arrow, n, xs, shown, links or {}) for n, arrow in enumerate(self.arrows)]
        lanes = [{"x": x, "left": x - space.head // 2, "name": _cut(lane.name, space.head // 8)}
                 for x, lane in zip(xs, self.lanes, strict=True)]  # fmt: skip
        context = {"rows": rows, "lanes": lanes, "width": xs[-1] + space.margin, "head": space.head,
                   "height": height, "bottom": height - 8}  # fmt: skip
        return render_to_string("ocpi_journal/diagram.svg", context)

    @staticmethod
    def _row(arrow: Arrow, n: int, xs: list[int], shown: Exchange | None, links: dict[int, str]) -> dict[str, Any]:
        start, end = xs[arrow.source], xs[arrow.target]
        text = _cut(arrow.text, (abs(end - start) - 20) // _CHARACTER)
        tone = "failed" if arrow.failed else "answer" if arrow.answer else "request"
        return {
            "x1": start, "x2": end - (9 if end > start else -9), "tip": end, "back": -9 if end > start else 9,
            "y": _TOP + n * _ROW + 22, "middle": (start + end) // 2, "text": text, "full": arrow.text, "tone": tone,
            "time": clock_time(arrow.at), "url": links.get(arrow.exchange.pk, ""),
            "here": shown is not None and shown.pk == arrow.exchange.pk,
        }  # fmt: skip

    def mermaid(self) -> str:
        names = [f"    participant L{n} as {_mermaid(lane.name)}" for n, lane in enumerate(self.lanes)]
        signs = {False: "->>", True: "-->>"}
        lines = [f"    L{a.source}{signs[a.answer]}L{a.target}: {_mermaid(a.text)}" for a in self.arrows]
        return "\n".join(["sequenceDiagram", *names, *lines, ""])

    def plantuml(self) -> str:
        names = [f'participant "{lane.name.replace(chr(34), "")}" as L{n}' for n, lane in enumerate(self.lanes)]
        signs = {False: "->", True: "-->"}
        lines = [f"L{a.source} {signs[a.answer]} L{a.target}: {a.text}" for a in self.arrows]
        return "\n".join(["@startuml", *names, *lines, "@enduml", ""])

    def text(self) -> str:
        """One line a message, for terminals and mails."""
        names = [lane.name for lane in self.lanes]
        lines = (f"{clock_time(a.at)}  {names[a.source]} → {names[a.target]}: {a.text}" for a in self.arrows)
        return "\n".join([*lines, ""])


def draw(exchanges: Iterable[Exchange]) -> Diagram:
    """Rows need `partner` and `api_client`, but neither bodies nor headers."""
    return Diagram(exchanges)


def _other(row: Exchange) -> Lane:
    if row.api_client_id is not None:
        return Lane(f"app{row.api_client_id}", str(row.api_client))
    if row.partner_id is not None:
        return Lane(f"partner{row.partner_id}", str(row.partner))
    return Lane("unknown", "unknown caller")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def outcome(row: Exchange) -> str:
    if row.http_status is None:
        return "no answer"
    return f"{row.http_status} / {row.status_code}" if row.status_code else str(row.http_status)


def path(url: str) -> str:
    """Without the host, and without what all of our own URLs begin with."""
    found = url.split("://", 1)[-1]
    found = found[found.find("/") :] if "://" in url else found
    return found.removeprefix(urlsplit(settings.OCPI_BASE_URL).path)


def clock_time(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M:%S.%f}"[:-3]


def _mermaid(text: str) -> str:
    """What would end a statement or start a comment there."""
    return text.translate({ord("#"): "#35;", ord(";"): "#59;"}).replace("\n", " ")
