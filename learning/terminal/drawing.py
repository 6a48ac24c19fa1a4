"""Messages in a terminal: lanes with arrows, JSON with colours, a field in words."""

import textwrap
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from rich.console import Console
from rich.json import JSON
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from learning import explain
from learning.course.exchanges import Traffic
from learning.course.paths import MISSING, at

_PEOPLE, _WAY = 8, 44  # columns between the lanes
_LANES = {"EMSP": 1, "CPO": 2, "HUB": 2}
_OUT, _IN, _PERSON = "cyan", "magenta", "yellow"
_MOST_TEXT = 60


def heading(hub: bool = False) -> Text:
    """The lanes, with their names."""
    other = "hub" if hub else "CPO"
    return Text(f" {'people':<{_PEOPLE}} {'eMSP':<{_WAY}} {other}", style="bold")


def arrow(one: Traffic, number: int) -> Text:
    """`│ ├── [C] GET …/locations ──────▶│  200 · 1000  12 ms  [3]`; the number is what `m` shows."""
    outward = one.by == "EMSP"
    label = f" {f'[{one.token}] ' if one.token else ''}{one.method} {_short(one.target)} "
    room = _WAY - 3
    label = label if len(label) <= room else f"{label[: room - 2]}… "
    line = "─" * (room - len(label))
    shaft = f"─{label}{line}▶" if outward else f"◀{line}{label}─"
    text = Text(f" │{' ' * _PEOPLE}│")
    text.append(shaft, style=_OUT if outward else _IN)
    text.append("│ ")
    text.append(status(one), style="green" if is_fine(one) else "red")
    text.append(f"  {one.ms} ms  [{number}]", style="dim")
    return text


def status(one: Traffic) -> str:
    if one.http is None:
        return one.error or "no answer"
    return f"{one.http}" + (f" · {one.ocpi}" if one.ocpi is not None else "")


def is_fine(one: Traffic) -> bool:
    return one.http is not None and one.http < 300 and (one.ocpi or 1000) < 2000


def event(what: dict[str, Any]) -> Text:
    """What somebody did, which is no message of OCPI."""
    who = what["by"].lower() if what["by"] in _LANES else what["by"]
    text = Text(f" │{' ' * _PEOPLE}│ ", style="")
    text.append(f"{who}: ", style=f"bold {_PERSON}")
    text.append(what["text"], style=_PERSON)
    return text


def _short(target: str) -> str:
    """The path from the module on: what stands before it is the same in every message."""
    path = unquote(target)
    for start in ("/ocpi/emsp/2.2.1/", "/ocpi/cpo/2.2.1/", "/ocpi/hub/2.2.1/"):
        if start in path:
            return path[path.index(start) + len(start) :] or "2.2.1"
    return path[path.index("/ocpi/") + 6 :] if "/ocpi/" in path else path


def message(one: Traffic, number: int) -> Panel:
    """Request and answer with their headers, whole."""
    rows = Table.grid(padding=(0, 1))
    rows.add_row(Text(f"{one.method} {one.url}", style="bold"))
    for title, headers, body in (
        ("request", one.request_headers, one.request), ("answer", one.answer_headers, one.answer),
    ):  # fmt: skip
        rows.add_row(Text(f"\n{title}" + (f": {status(one)}" if title == "answer" else ""), style="bold"))
        for name, value in headers.items():
            rows.add_row(Text(f"{name}: {value}", style="dim"))
        if body is not None:
            rows.add_row(JSON.from_data(body, indent=2) if isinstance(body, (dict, list)) else Text(str(body)))
    return Panel(rows, title=f"message {number}: {one.by} → {one.to}", border_style=_OUT if one.by == "EMSP" else _IN)


def looked_at(one: Traffic, fields: Sequence[tuple[str, str]], *, narrow: bool = False) -> Table:
    """The fields that a lesson points to, with what stands there and why it matters; `narrow`: below it."""
    table = Table(box=None, padding=(0, 2), show_header=False)
    for path, why in fields:
        shown = Text(path, style="cyan"), Text(_value(value_at(one, path))), Text(why, style="italic")
        if narrow:
            table.add_row(Text.assemble(shown[0], "  ", shown[1], "\n    ", shown[2], overflow="fold"))
        else:
            table.add_row(*shown)
    return table


def value_at(one: Traffic, path: str) -> Any:
    """`request.…`, `answer.…`, `request_headers.…` or `answer_headers.…` of a message."""
    part, _, rest = path.partition(".")
    found = getattr(one, part, MISSING)
    if part.endswith("_headers"):
        return next((value for name, value in found.items() if name.lower() == rest.lower()), MISSING)
    return at(found, rest)


def _value(value: Any) -> str:
    if value is MISSING:
        return "–"
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _MOST_TEXT else f"{text[: _MOST_TEXT - 1]}…"


def field(one: Traffic, path: str) -> Text:
    """What the specification says of a field, from the protocol's own types."""
    part, _, rest = path.partition(".")
    steps = tuple(int(step) if step.lstrip("-").isdigit() else step for step in rest.split(".") if step)
    shape = explain.shape_of(one.module, one.method, one.target, to_emsp=one.to == "EMSP", answer=part == "answer")
    found = explain.field_at(shape, steps) if steps else None
    if found is None:
        return Text(f"{path}: OCPI knows no such field here. Begin with `request.` or `answer.`", style="yellow")
    text = Text(f"{found.owner}.{found.name}", style="bold cyan")
    text.append(f"  {found.type}, {found.cardinality_in_words}\n", style="dim")
    text.append(found.description)
    if found.values:
        text.append(f"\none of {', '.join(found.values)}", style="dim")
    text.append(f"\n{found.chapter}", style="dim")
    return text


def prose(text: str, width: int) -> str:
    """A lesson's Markdown as console markup: **strong** and `code`, in paragraphs of readable width."""
    paragraphs = [textwrap.fill(paragraph, min(width, 92)) for paragraph in text.split("\n\n")]
    return _marked(_marked(escape("\n\n".join(paragraphs)), "**", "bold"), "`", "cyan")


def _marked(text: str, mark: str, style: str) -> str:
    parts = text.split(mark)
    if len(parts) % 2 == 0:
        return text
    return "".join(f"[{style}]{part}[/]" if index % 2 else part for index, part in enumerate(parts))


def claims(console: Console, found: Sequence[dict[str, Any]]) -> None:
    for claim in found:
        mark = "[green]✓[/]" if claim["holds"] else "[red]✗[/]"
        console.print(f"   {mark} {escape(claim['says'])}", highlight=False)
        for difference in claim["differs"]:
            console.print(f"       {escape(difference)}", style="red", highlight=False)
