"""Pictures for the documentation, drawn from the tables that the code obeys."""

import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

from ocpi.protocol.states import COMMAND, SESSION, Machine

ROOT = Path(__file__).resolve().parents[2]
_COLOURS = {"info": "#1d4ed8", "success": "#15803d", "warning": "#b45309", "danger": "#b91c1c", "neutral": "#4b5563"}
_LINE = "#8b95a5"
_WIDE, _HIGH = 66, 18  # half of a box
# Where each state stands; one that is new in the table goes below, until somebody gives it a place.
_SESSION = {
    "PENDING": (90, 80), "RESERVATION": (90, 190), "ACTIVE": (300, 80), "COMPLETED": (510, 80), "INVALID": (510, 190),
}  # fmt: skip
_COMMAND = {
    "QUEUED": (80, 130), "SENDING": (260, 130), "ACCEPTED": (450, 130), "EXPIRED": (80, 290), "REJECTED": (260, 290),
    "UNKNOWN": (450, 290), "SUCCEEDED": (680, 40), "TIMED_OUT": (680, 130), "FAILED": (680, 220),
    "CANCELLED": (900, 220),
}  # fmt: skip


class Spot(NamedTuple):
    x: float
    y: float


def states(machine: Machine, places: dict[str, tuple[int, int]], title: str) -> str:
    """Boxes in the colours of the admin's badges; an arrow for each step, a dot where a life may begin."""
    below = max(y for _, y in places.values()) + 90
    unplaced = iter(range(90, 2000, 180))
    at = {name: Spot(*(places.get(name) or (next(unplaced), below))) for name in machine.states}
    width, height = max(s.x for s in at.values()) + 90, max(s.y for s in at.values()) + 40
    parts = [_arrow(at[old], at[new], at) for old, new in machine.transitions() if old != new]
    parts += [_box(name, machine, at[name]) for name in machine.states]
    return _svg(width, height, title, parts)


def _box(name: str, machine: Machine, spot: Spot) -> str:
    dot = (
        f'<circle cx="{spot.x - _WIDE}" cy="{spot.y - _HIGH}" r="5" fill="{_LINE}"/>' if name in machine.initial else ""
    )
    colour = _COLOURS[machine.tone(name)]
    return (
        f'<rect x="{spot.x - _WIDE}" y="{spot.y - _HIGH}" width="{2 * _WIDE}" height="{2 * _HIGH}" rx="6" '
        f'fill="{colour}"/><text x="{spot.x}" y="{spot.y + 4}" fill="#fff">{escape(name)}</text>{dot}'
    )


def _arrow(old: Spot, new: Spot, at: dict[str, Spot]) -> str:
    """From rim to rim; in a bow above where another state stands between."""
    start, end = _rim(old, new), _rim(new, old, 7)
    line = f"L{end.x:.0f} {end.y:.0f}"
    if any(_between(spot, start, end) for spot in at.values() if spot not in (old, new)):
        start, end = Spot(old.x, old.y - _HIGH), Spot(new.x, new.y - _HIGH - 7)
        line = f"Q{(start.x + end.x) / 2:.0f} {min(start.y, end.y) - 60:.0f} {end.x:.0f} {end.y:.0f}"
    return f'<path d="M{start.x:.0f} {start.y:.0f} {line}" marker-end="url(#tip)"/>'


def _between(box: Spot, start: Spot, end: Spot) -> bool:
    steps = (Spot(start.x + (end.x - start.x) * n / 50, start.y + (end.y - start.y) * n / 50) for n in range(51))
    return any(abs(at.x - box.x) <= _WIDE and abs(at.y - box.y) <= _HIGH for at in steps)


def _rim(box: Spot, towards: Spot, more: float = 0) -> Spot:
    dx, dy = towards.x - box.x, towards.y - box.y
    share = min((_WIDE + more) / abs(dx) if dx else 9, (_HIGH + more) / abs(dy) if dy else 9)
    return Spot(box.x + dx * share, box.y + dy * share)


def floors() -> str:
    """Who may import whom, from the contract that the linter holds: each floor sees those below."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = {each["name"]: each for each in project["tool"]["importlinter"]["contracts"]}
    layers = [layer.split(" | ") for layer in contracts["the floors of the house"]["layers"]]
    parts = []
    for row, names in enumerate(layers):
        width = (640 - 10 * (len(names) - 1)) / len(names)
        for column, name in enumerate(names):
            x, y = 20 + column * (width + 10), 20 + row * 38
            parts.append(
                f'<rect x="{x:.0f}" y="{y}" width="{width:.0f}" height="30" rx="6" fill="{_COLOURS["info"]}"/>'
                f'<text x="{x + width / 2:.0f}" y="{y + 20}" fill="#fff">{escape(name)}</text>'
            )
    return _svg(680, 20 + len(layers) * 38 + 12, "Who may import whom: each floor only those below", parts)


def _svg(width: float, height: float, title: str, parts: list[str]) -> str:
    style = (
        f"text{{font:13px system-ui,sans-serif;text-anchor:middle}}path{{fill:none;stroke:{_LINE};stroke-width:1.5}}"
    )
    tip = (
        '<marker id="tip" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 L8 4 L0 8 z" style="fill:{_LINE};stroke:none"/></marker>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img">'
        f"<title>{escape(title)}</title><style>{style}</style><defs>{tip}</defs>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def made() -> Iterator[tuple[Path, str]]:
    """Every picture: its file, and what should stand in it."""
    images = ROOT / "docs/images"
    yield images / "session-states.svg", states(SESSION, _SESSION, "The life of a session")
    yield images / "command-states.svg", states(COMMAND, _COMMAND, "The life of a command")
    yield images / "floors.svg", floors()
