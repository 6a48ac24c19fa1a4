"""What came out of a run."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """One kind of call. Times in milliseconds, `rate` in calls a second."""

    name: str
    calls: int = 0
    failed: int = 0
    rate: float = 0
    p50: float = 0
    p95: float = 0
    p99: float = 0
    worst: float = 0


@dataclass
class Figures:
    """`course`: for each second the calls that ended in it, and the 95th percentile of the last ten."""

    lines: list[Line] = field(default_factory=list)
    total: Line = Line("all")
    course: list[tuple[float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
