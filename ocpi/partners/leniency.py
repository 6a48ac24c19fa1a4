"""How often a leniency was used: counted in memory and written seldom, so that no message costs a row."""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import F

from ocpi.core import clock

_PAUSE = 5.0  # seconds between two writes of one process
_lock = threading.Lock()
_counts: Counter[tuple[int, str]] = Counter()
_examples: dict[tuple[int, str], str] = {}
_written = 0.0


def note(partner_id: int, warnings: Iterable[str]) -> None:
    """`warnings` as `Tolerance` collects them: `path/kind`."""
    with _lock:
        for warning in warnings:
            path, _, kind = warning.rpartition("/")
            _counts[partner_id, kind[:32]] += 1
            _examples[partner_id, kind[:32]] = path[:255]


def write_seldom(**kwargs: Any) -> None:
    """After a request: what was counted, unless it was written a moment ago."""
    if _counts and time.monotonic() - _written > _PAUSE:
        write()


def write() -> None:
    """Everything that was counted until now."""
    global _written
    with _lock:
        counts, examples = dict(_counts), dict(_examples)
        _counts.clear()
        _examples.clear()
        _written = time.monotonic()
    for key, count in counts.items():
        _add(*key, count, examples[key])


def forget() -> None:
    with _lock:
        _counts.clear()
        _examples.clear()


def _add(partner_id: int, kind: str, count: int, example: str) -> None:
    from .models import Partner, PartnerLeniency

    if not Partner.objects.filter(pk=partner_id).exists():
        return
    seen = {"last_seen": clock.now(), "example": example}
    known = PartnerLeniency.objects.filter(partner_id=partner_id, kind=kind)
    if not known.update(count=F("count") + count, **seen):
        _, created = PartnerLeniency.objects.get_or_create(
            partner_id=partner_id, kind=kind, defaults={"count": count, **seen}
        )
        if not created:  # another process was faster
            known.update(count=F("count") + count, **seen)
