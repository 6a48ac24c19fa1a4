"""The report of a run: one HTML file with a table and two curves, light and dark, that asks no other host."""

from datetime import datetime
from html import escape

from .figures import Figures, Line

WIDTH, HEIGHT, LEFT = 860, 170, 56
STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --faint: #667085; --line: #d5dae1; --paper: #fff; --curve: #2f6fd6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --faint: #9aa4b2; --line: #363d48; --paper: #14181f; --curve: #6ea8ff; }
}
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
       font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1rem; margin: 2rem 0 .5rem; } p { color: var(--faint); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem; text-align: right; }
th:first-child, td:first-child { text-align: left; } tr:last-child td { font-weight: 600; border-bottom: 0; }
svg { width: 100%; height: auto; } svg text { fill: var(--faint); font-size: 12px; }
"""
HEAD = ("call", "calls", "failed", "calls/s", "p50 ms", "p95 ms", "p99 ms", "worst ms")
LEAST = 100  # characters that the table takes in a terminal


def cells(line: Line) -> tuple[str, ...]:
    times = (f"{each:,.0f}" for each in (line.p50, line.p95, line.p99, line.worst))
    return line.name, f"{line.calls:,}", f"{line.failed:,}", f"{line.rate:,.1f}", *times


def page(title: str, text: str, host: str, when: datetime, figures: Figures) -> str:
    lines = [*figures.lines, figures.total]
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells(line))}</tr>" for line in lines)
    head = "".join(f"<th>{each}</th>" for each in HEAD)
    rate, times = ([each[index] for each in figures.course] for index in (0, 1))
    errors = "".join(f"<li>{escape(each)}</li>" for each in figures.errors)
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Load: {escape(title)}</title>
<meta name="viewport" content="width=device-width"><style>{STYLE}</style>
<h1>Load: {escape(title)}</h1><p>{escape(text)}<br>{escape(host)}, {when:%Y-%m-%d %H:%M} UTC</p>
<table><tr>{head}</tr>{rows}</table>{f"<h2>Failed</h2><ul>{errors}</ul>" if errors else ""}
<h2>Calls in each second</h2>{curve(rate)}
<h2>95 of 100 calls took at most so many milliseconds (the last ten seconds)</h2>{curve(times)}
</html>
"""


def curve(values: list[float]) -> str:
    """Seconds from left to right, zero at the bottom."""
    top = max([*values, 1])
    step = (WIDTH - LEFT) / max(len(values) - 1, 1)
    points = " ".join(f"{LEFT + i * step:.1f},{_height(value, top):.1f}" for i, value in enumerate(values))
    grid = "".join(_grid(top * part, top) for part in (0, 0.5, 1))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT + 24}" role="img">{grid}'
        f'<polyline points="{points}" fill="none" stroke="var(--curve)" stroke-width="2"/>'
        f'<text x="{LEFT}" y="{HEIGHT + 20}">0 s</text>'
        f'<text x="{WIDTH}" y="{HEIGHT + 20}" text-anchor="end">{len(values)} s</text></svg>'
    )


def _height(value: float, top: float) -> float:
    return HEIGHT - (HEIGHT - 12) * value / top


def _grid(value: float, top: float) -> str:
    y = _height(value, top)
    return (
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--line)"/>'
        f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:,.0f}</text>'
    )
