"""The costs at three sizes, as a Markdown table and as a chart."""

from collections.abc import Iterator
from html import escape
from statistics import median

Seconds = dict[str, dict[str, list[float]]]  # operation → size → seconds of each call
_ROW, _LEFT, _WIDE = 46, 230, 520
_COLOURS = ("#94a3b8", "#38bdf8", "#2563eb")


def ratios(seconds: Seconds) -> dict[str, float]:
    """Of each operation: the cost at the largest size, as a multiple of that at the smallest."""
    return {what: _last(sizes) / _first(sizes) for what, sizes in seconds.items()}


def markdown(seconds: Seconds, limit: float) -> str:
    return "\n".join(_lines(seconds, limit))


def _lines(seconds: Seconds, limit: float) -> Iterator[str]:
    names = list(next(iter(seconds.values())))
    yield f"| milliseconds, median (fastest tenth) | {' | '.join(names)} | {names[-1]} to {names[0]} |"
    yield "|---|" + "---:|" * (len(names) + 1)
    for what, ratio in ratios(seconds).items():
        costs = " | ".join(f"{_ms(median(times))} ({_ms(_fastest(times))})" for times in seconds[what].values())
        yield f"| {what} | {costs} | {ratio:.2f}{'' if ratio <= limit else ' **over**'} |"


def chart(seconds: Seconds, limit: float) -> str:
    """A bar for each size, beside the others of its operation; 1 is the cost at the smallest size."""
    largest = max(limit, *(_middle(times) / _first(sizes) for sizes in seconds.values() for times in sizes.values()))
    unit, high = _WIDE / largest, _ROW * len(seconds) + 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDE + 60}" height="{high}"'
             ' font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>']  # fmt: skip
    for n, (what, sizes) in enumerate(seconds.items()):
        parts.append(f'<text x="8" y="{n * _ROW + 32}">{escape(what)}</text>')
        for m, (times, colour) in enumerate(zip(sizes.values(), _COLOURS, strict=True)):
            ratio, y = _middle(times) / _first(sizes), n * _ROW + 10 + m * 12
            parts.append(f'<rect x="{_LEFT}" y="{y}" width="{ratio * unit:.1f}" height="10" fill="{colour}"/>')
            parts.append(f'<text x="{_LEFT + ratio * unit + 4:.1f}" y="{y + 9}" font-size="9">{ratio:.2f}</text>')
    x = _LEFT + limit * unit
    parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{high - 24}" stroke="#dc2626"/>')
    legend = ", ".join(next(iter(seconds.values())))
    parts.append(f'<text x="8" y="{high - 8}">{legend}; cost at the smallest size = 1, limit {limit}</text></svg>')
    return "".join(parts)


def _middle(times: list[float]) -> float:
    return median(times)


def _first(sizes: dict[str, list[float]]) -> float:
    return _middle(next(iter(sizes.values())))


def _last(sizes: dict[str, list[float]]) -> float:
    return _middle(list(sizes.values())[-1])


def _fastest(times: list[float]) -> float:
    return sorted(times)[len(times) // 10]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"
