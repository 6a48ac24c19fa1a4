"""How the demo looks in a terminal: numbered steps, real exchanges, progress bars, a table at the end."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .errors import DemoFailed

_MOST_LINES = 8


class Stage:
    """`routing`: whether each exchange is shown with its OCPI-from and OCPI-to headers, and the legs inside a hub."""

    def __init__(self, console: Console, control: Any, routing: bool = False) -> None:
        self.console, self.control, self.routing = console, control, routing
        self.number, self.last_exchange = 0, 0

    def step(self, title: str) -> None:
        self.number += 1
        self.console.print(f"\n[bold cyan]{self.number}[/] [bold]{title}[/]")

    def say(self, text: str) -> None:
        self.console.print(f"  {text}")

    def require(self, fact: bool, seen: str, otherwise: str) -> None:
        """Tell what was checked. Raises DemoFailed when it is not so."""
        if not fact:
            raise DemoFailed(otherwise)
        self.console.print(f"  [green]✓[/] {seen}")

    def exchanges(self, most: int = _MOST_LINES) -> None:
        """What really travelled between the two platforms since the last call, as the mock CPO recorded it."""
        found = self.control.get("exchanges", after=self.last_exchange, limit=1000)
        if not found:
            return
        self.last_exchange = found[-1]["id"]
        # In the order in which they began: a hub asks its CPOs before its own answer is complete.
        found.sort(key=lambda exchange: (datetime.fromisoformat(exchange["at"]), exchange["direction"] == "hub"))
        self.show(found[:most])
        if len(found) > most:
            self.console.print(f"    [dim]… and {len(found) - most} more exchanges[/]")

    def show(self, exchanges: list[dict[str, Any]]) -> None:
        """What was shown, and what came before it, is not shown again."""
        for exchange in exchanges:
            self.last_exchange = max(self.last_exchange, exchange["id"])
            way = _way(exchange["request_headers"]) if self.routing else ""
            self.console.print(_line(exchange, "hub" if self.routing else "CPO") + way, highlight=False)

    @contextmanager
    def progress(self, text: str, total: float | None) -> Iterator[Any]:
        columns = (
            TextColumn("    {task.description}"),
            BarColumn(30),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console) as bar:
            task = bar.add_task(text, total=total, note="")
            yield lambda done, note, total=total: bar.update(task, completed=done, total=total, note=note)

    def summary(self, rows: dict[str, str]) -> None:
        table = Table(show_header=False, box=None, padding=(0, 2))
        for name, value in rows.items():
            table.add_row(f"[dim]{name}[/]", value)
        self.console.print(table)


_PREFIX = re.compile(r"^/ocpi(/(emsp|cpo|hub))?(/2\.2\.1(?=/.))?")
_UUID = re.compile(r"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _way(headers: dict[str, str]) -> str:
    """`FROM NL-EMS TO DE-RHE`; a dash where one is missing, nothing in configuration modules, which have neither."""
    lower = {name.lower(): value for name, value in headers.items()}
    parties = [
        "-".join(lower.get(f"ocpi-{side}-{part}", "") for part in ("country-code", "party-id")).strip("-")
        for side in ("from", "to")
    ]
    return "  [dim]FROM[/] {} [dim]TO[/] {}".format(*(party or "–" for party in parties)) if any(parties) else ""


def _line(exchange: dict[str, Any], other: str) -> str:
    """`eMSP → CPO  GET    /versions   200 · 1000   12 ms`; common prefixes and the tails of UUIDs are left out."""
    arrow = {
        "in": f"[magenta]eMSP → {other}[/]", "out": f"[blue]{other} → eMSP[/]", "hub": "[yellow]hub  → CPO[/]",
    }[exchange["direction"]]  # fmt: skip
    body = exchange.get("response_body")
    code = body.get("status_code", "") if isinstance(body, dict) else ""
    path = _UUID.sub(r"\1…", _PREFIX.sub("", urlsplit(exchange["url"]).path))
    status = exchange["status"] or exchange["error"]
    return (
        f"    {arrow}  {exchange['method']:<6} {path:<34} [bold]{status}[/] · {code}  [dim]{exchange['ms']:.0f} ms[/]"
    )
