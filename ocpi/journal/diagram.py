"""What was exchanged, as a sequence diagram: a lane for each platform, arrows in the order of time.

diagram = draw(Exchange.objects.filter(correlation_id=flow))
diagram.svg(), diagram.mermaid(), diagram.plantuml(), diagram.text()
"""

import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from .models import Exchange

_US = "eMSP"
_TOP, _ROW, _LINE = 46, 30, 14  # pixels
_CHARACTER = 7  # pixels
_LEFT, _RIGHT = 120, 70  # pixels: of a column, before the first lane and behind the last
_WORDS = 44  # characters of a line of what people did: they may reach beyond their lanes,
_TIMES = 80  # but not into the column of times; pixels


@dataclass(frozen=True)
class Lane:
    """`key`: unique among the lanes of a diagram; `name`: for people."""

    key: str
    name: str


OURS = Lane("emsp", _US)


@dataclass(frozen=True)
class Event:
    """What somebody did between the messages, such as plugging in a cable; `text` says it in words."""

    at: datetime
    source: Lane
    target: Lane
    text: str


@dataclass(frozen=True)
class Arrow:
    """One message, a request or its answer; `answer` is False for the request. `source`, `target`: lane numbers.

    Without `exchange` it is an event.
    """

    exchange: Exchange | None
    source: int
    target: int
    text: str
    at: datetime
    answer: bool

    @property
    def failed(self) -> bool:
        return self.answer and self.exchange is not None and self.exchange.failed

    @property
    def tone(self) -> str:
        if self.exchange is None:
            return "event"
        return "failed" if self.failed else "answer" if self.answer else "request"


class Diagram:
    def __init__(
        self,
        exchanges: Iterable[Exchange],
        events: Iterable[Event],
        lane_of: Callable[[Exchange], Lane],
        shorten: Callable[[str], str],
        mark: Callable[[Exchange], str],
    ) -> None:
        self._exchanges = sorted(exchanges, key=lambda row: (row.started_at, -row.duration_ms))
        self._events = sorted(events, key=lambda event: event.at)
        self._lane_of = lane_of
        self._shorten = shorten
        self._mark = mark

    def __bool__(self) -> bool:
        return bool(self._exchanges or self._events)

    @cached_property
    def lanes(self) -> list[Lane]:
        """People, our own apps, we, everybody else, each in the order in which they come up."""
        others = list(dict.fromkeys(self._lane_of(row) for row in self._exchanges))
        apps = [lane for lane in others if lane.key.startswith("app")]
        partners = [lane for lane in others if lane not in apps]
        acting = dict.fromkeys(lane for event in self._events for lane in (event.source, event.target))
        left = [lane for lane in acting if lane.key.startswith("person")]
        more = [lane for lane in acting if lane not in (*left, *others, OURS)]
        return [*left, *apps, OURS, *partners, *more]

    @cached_property
    def arrows(self) -> list[Arrow]:
        """A call inside a call stands between the request and the answer of the outer one."""
        moments = []
        for row in self._exchanges:
            end = row.started_at + timedelta(milliseconds=row.duration_ms)
            moments.append(((row.started_at, 1, -row.duration_ms), self._request(row)))
            if row.http_status is not None or row.error:
                moments.append(((end, 0 if row.duration_ms else 2, row.duration_ms), self._answer(row, end)))
        moments += [((event.at, 1, 0), self._happened(event)) for event in self._events]
        return [arrow for _, arrow in sorted(moments, key=lambda moment: moment[0])]

    def _request(self, row: Exchange) -> Arrow:
        text = f"{self._mark(row)} {row.method} {self._shorten(row.url)}".lstrip()
        return Arrow(row, *self._ends(row), text, row.started_at, answer=False)

    def _answer(self, row: Exchange, at: datetime) -> Arrow:
        return Arrow(row, *reversed(self._ends(row)), f"{outcome(row)}, {row.duration_ms:,} ms", at, answer=True)

    def _happened(self, event: Event) -> Arrow:
        ends = (self.lanes.index(event.source), self.lanes.index(event.target))
        return Arrow(None, *ends, event.text, event.at, answer=False)

    def _ends(self, row: Exchange) -> tuple[int, int]:
        """Caller and called."""
        other, we = self.lanes.index(self._lane_of(row)), self.lanes.index(OURS)
        return (we, other) if row.direction == Exchange.Direction.OUT else (other, we)

    # --- as pictures and texts ---
    def svg(
        self, shown: Exchange | None = None, links: dict[int, str] | None = None, width: int | None = None
    ) -> SafeString:
        """`shown` is drawn bold; `links`: where an arrow leads, by the exchange's primary key; `width`: pixels."""
        frame, rows, y = self._frame(width), [], _TOP + 22 - _ROW
        for arrow in self.arrows:
            lines = self._lines(arrow, frame["xs"])
            y += _ROW + (len(lines) - 1) * _LINE
            rows.append(self._row(arrow, lines, y, frame["xs"], shown, links or {}))
        height = y + _ROW - 22 + 16
        context = {**frame, "rows": rows, "height": height, "bottom": height - 8}
        return render_to_string("ocpi_journal/diagram.svg", context)

    def heads(self, width: int | None = None) -> SafeString:
        """The names of the lanes alone: they stay in sight while a long picture is scrolled."""
        return render_to_string("ocpi_journal/heads.svg", self._frame(width))

    def _frame(self, width: int | None) -> dict[str, Any]:
        xs, head = _roomy(self.lanes) if width is None else _fitted(self.lanes, width)
        lanes = [{"x": x, "left": x - head // 2, "name": _cut(lane.name, head // 8)}
                 for x, lane in zip(xs, self.lanes, strict=True)]  # fmt: skip
        return {"xs": xs, "lanes": lanes, "width": width or xs[-1] + xs[0], "head": head}

    @staticmethod
    def _lines(arrow: Arrow, xs: list[int]) -> list[str]:
        """What stands above an arrow. URLs are cut, the message has them whole; what people did stands nowhere else."""
        longest = (abs(xs[arrow.target] - xs[arrow.source]) - 20) // _CHARACTER
        if arrow.exchange:
            return [_cut(arrow.text, longest)]
        return textwrap.wrap(arrow.text, max(longest, _WORDS)) or [""]

    @staticmethod
    def _row(
        arrow: Arrow, lines: list[str], y: int, xs: list[int], shown: Exchange | None, links: dict[int, str]
    ) -> dict[str, Any]:
        start, end = xs[arrow.source], xs[arrow.target]
        pk, middle = arrow.exchange.pk if arrow.exchange else None, (start + end) // 2
        if arrow.exchange is None:
            middle = max(middle, _TIMES + max(map(len, lines)) * _CHARACTER // 2)
        above = [(y - 6 - (len(lines) - 1 - number) * _LINE, line) for number, line in enumerate(lines)]
        return {
            "x1": start, "x2": end - (9 if end > start else -9), "tip": end, "back": -9 if end > start else 9,
            "y": y, "middle": middle, "lines": above, "full": arrow.text,
            "tone": arrow.tone, "time": clock_time(arrow.at), "url": links.get(pk, "") if pk else "",
            "here": shown is not None and shown.pk == pk,
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


def draw(
    exchanges: Iterable[Exchange],
    events: Iterable[Event] = (),
    lane_of: Callable[[Exchange], Lane] | None = None,
    shorten: Callable[[str], str] | None = None,
    mark: Callable[[Exchange], str] = lambda row: "",
) -> Diagram:
    """Rows need `partner` and `api_client`, but neither bodies nor headers.

    `lane_of`: who is on the other side of an exchange, where that is not simply its partner or app. Lanes of people,
    who only appear in events, have keys that begin with `person`. `shorten`: what is shown of a URL; `mark`: what
    stands before a request.
    """
    return Diagram(exchanges, events, lane_of or _other, shorten or path, mark)


def _other(row: Exchange) -> Lane:
    if row.api_client_id is not None:
        return Lane(f"app{row.api_client_id}", str(row.api_client))
    if row.partner_id is not None:
        return Lane(f"partner{row.partner_id}", str(row.partner))
    return Lane("unknown", "unknown caller")


def _roomy(lanes: list[Lane]) -> tuple[list[int], int]:
    """Where each lane stands, and how wide its head is, in pixels."""
    between = 430 if len(lanes) == 2 else 350
    return [130 + number * between for number in range(len(lanes))], 210


def _fitted(lanes: list[Lane], width: int) -> tuple[list[int], int]:
    """All lanes in a column that wide. People send no URLs, so their lanes are narrower."""
    gaps = [0.45 if lane.key.startswith("person") else 1.0 for lane in lanes[:-1]]
    space = (width - _LEFT - _RIGHT) / (sum(gaps) or 1)
    xs = [_LEFT + round(sum(gaps[:number]) * space) for number in range(len(lanes))]
    return xs, int(min(2 * _RIGHT - 8, space * min(gaps, default=1) - 8))


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
