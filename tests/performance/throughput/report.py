"""The figures as a table in Markdown, and as a chart."""

import statistics
from typing import Any

from .stage import FASTEST, FLOOR, OURS

Results = dict[tuple[str, str], list[dict[str, Any]]]

GOAL = 0.45  # of the floor
_HEAD = ["work", "ours /s", "spread", "floor /s", "of it", "floor on granian /s", "of it", "median ms", "p99 ms"]
_COLOURS = {OURS: "#2563eb", FLOOR: "#94a3b8", FASTEST: "#cbd5e1"}


def middle(found: Results, scenario: str, side: str, what: str = "rate") -> float:
    return statistics.median(run[what] for run in found[scenario, side])


def rows(found: Results) -> list[list[str]]:
    """Medians of the rounds; the spread is the slowest and the fastest of them."""
    table = []
    for scenario in [name for name, side in found if side == OURS]:
        rate, floor, fastest = (middle(found, scenario, side) for side in (OURS, FLOOR, FASTEST))
        rates = [run["rate"] for run in found[scenario, OURS]]
        table.append([
            scenario, f"{rate:,.0f}", f"{min(rates):,.0f} to {max(rates):,.0f}", f"{floor:,.0f}", f"{rate / floor:.2f}",
            f"{fastest:,.0f}", f"{rate / fastest:.2f}", f"{middle(found, scenario, OURS, 'median'):.1f}",
            f"{middle(found, scenario, OURS, 'p99'):.1f}",
        ])  # fmt: skip
    return table


def markdown(found: Results, facts: list[str]) -> str:
    lines = [_HEAD, ["---"] * len(_HEAD), *rows(found)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return "# Requests a second\n\n" + "".join(f"* {fact}\n" for fact in facts) + f"\n{table}\n"


def chart(found: Results) -> str:
    """Bars as SVG: ours beside the two floors."""
    scenarios = [name for name, side in found if side == OURS]
    most = max(middle(found, name, side) for name in scenarios for side in _COLOURS)
    parts = []
    for n, name in enumerate(scenarios):
        top = 40 + n * 76
        parts.append(f'<text x="8" y="{top + 32}">{name}</text>')
        for m, (side, colour) in enumerate(_COLOURS.items()):
            rate = middle(found, name, side)
            width, y = 480 * rate / most, top + m * 20
            parts.append(f'<rect x="120" y="{y}" width="{width:.0f}" height="16" fill="{colour}"/>')
            parts.append(f'<text x="{126 + width:.0f}" y="{y + 13}">{rate:,.0f}/s {side}</text>')
    height = 40 + 76 * len(scenarios)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="780" height="{height}" font-family="sans-serif" '
        f'font-size="13">'
        f'<rect width="100%" height="100%" fill="#fff"/><text x="8" y="22" font-size="16">Requests a second</text>'
        f"{''.join(parts)}</svg>\n"
    )


def missed(found: Results) -> list[str]:
    """Goals that were not reached: the share of the floor, and the slowest one in a hundred beside the median."""
    wrong = [
        f"{name}: {share:.2f} of the floor, {GOAL} are wanted"
        for name, side in found
        if side == OURS and (share := middle(found, name, OURS) / middle(found, name, FLOOR)) < GOAL
    ]
    if ("authorize", OURS) in found:
        spread = middle(found, "authorize", OURS, "p99") / middle(found, "authorize", OURS, "median")
        wrong += [f"authorize: its p99 is {spread:.1f} times its median, 5 are allowed"] if spread > 5 else []
    return wrong
