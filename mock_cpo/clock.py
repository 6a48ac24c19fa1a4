"""Two kinds of time: the real one, and the faster one in which charging happens.

Everything that says when OUR data changed (`last_updated`, envelopes) is real time, so that `date_from` works.
Everything that says what happened at a charger (start, end, periods) runs on a `Timeline`: it begins at the real time
and then runs `fast` times quicker. A charge of 40 minutes therefore really lasts 40 minutes on its own clock and
costs what 40 minutes cost, although it took 40 seconds with `--fast 60`.
"""

import threading
import time
from datetime import UTC, datetime, timedelta


def whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


class Clock:
    """Counts simulated seconds; the pace may change while it runs."""

    def __init__(self, fast: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._fast = fast
        self._counted = 0.0
        self._since = time.monotonic()

    @property
    def fast(self) -> float:
        return self._fast

    @fast.setter
    def fast(self, value: float) -> None:
        with self._lock:
            self._counted += (time.monotonic() - self._since) * self._fast
            self._since = time.monotonic()
            self._fast = value

    def now(self) -> datetime:
        """Real time, UTC, at the millisecond precision that goes over the wire (PAG-04)."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def elapsed(self) -> float:
        """Simulated seconds since the clock was made."""
        with self._lock:
            return self._counted + (time.monotonic() - self._since) * self._fast

    def timeline(self, not_before: datetime | None = None) -> "Timeline":
        """A time that starts now, or at `not_before` when an earlier timeline has already run past now."""
        start = whole_second(self.now())
        return Timeline(self, max(start, not_before) if not_before else start)


class Timeline:
    """The time of one charge: whole seconds, UTC."""

    def __init__(self, clock: Clock, start: datetime) -> None:
        self._clock = clock
        self._offset = clock.elapsed()
        self.start = start

    def now(self) -> datetime:
        seconds = int(self._clock.elapsed() - self._offset)
        return self.start + timedelta(seconds=seconds)


class Stamps:
    """Strictly increasing `last_updated` values, so that no two states of an object share one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = datetime.min.replace(tzinfo=UTC)

    def next(self) -> datetime:
        with self._lock:
            self._last = max(self._clock.now(), self._last + timedelta(milliseconds=1))
            return self._last
