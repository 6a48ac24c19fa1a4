"""Who called a moment ago: the owners of tokens, by digest, so that no flood of pushes asks the database each time.

An entry is as true as the rows that it was made of, for LIFE seconds at most. Whatever changes these rows in this
process (a suspension, a revoked token, a switch on the partner's page) has all entries forgotten at once, and once more
when that is committed; other processes forget within LIFE. Tokens that open nothing, unknown or of a suspended partner,
are never kept: whoever resumes a partner does not wait.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from django.db import models, transaction
from django.db.models.base import ModelState

T = TypeVar("T", bound=models.Model)

LIFE = 5.0  # seconds; docs/security.md promises it
_MOST = 10_000  # entries; more callers than that are asked for anew now and then
# What the platform notes about a partner or a token, and no caller is treated otherwise for.
_NOTES = frozenset({"last_seen_at", "late_use_at", "plain_use_at", "push_all_at", "pushing_until", "claimed_at"})


class _Entry(NamedTuple):
    until: float  # of time.monotonic()
    row: Any


_lock = threading.Lock()
_entries: dict[str, _Entry] = {}
_generation = 0


def known(digest: str, look_up: Callable[[], T | None]) -> T | None:
    """What `look_up` found for this digest, now or a moment ago. Shared by all threads: take a `copy` to change it."""
    entry = _entries.get(digest)
    if entry is not None and entry.until > time.monotonic():
        return entry.row
    generation, until = _generation, time.monotonic() + LIFE
    row = look_up()
    if row is not None:
        with _lock:
            if generation == _generation:  # otherwise it may be older than a change that was just made
                if len(_entries) >= _MOST:
                    _entries.clear()
                _entries[digest] = _Entry(until, row)
    return row


def leave_out(digest: str) -> None:
    """What was found does not open anything."""
    with _lock:
        _entries.pop(digest, None)


def own_copy(row: T) -> T:
    """For one request; `kept` is what the next one will see. `copy.copy` makes the same, by way of pickling."""
    own, state = type(row).__new__(type(row)), ModelState()
    state.__dict__.update(row._state.__dict__, fields_cache=row._state.fields_cache.copy())
    own.__dict__.update(row.__dict__, _state=state, kept=row)
    return own


def forget(**kwargs: Any) -> None:
    """Also the receiver of signals. A row that is read before the commit would be the old one: once more after it."""
    _forget()
    if transaction.get_connection().in_atomic_block:
        transaction.on_commit(_forget)


def _forget() -> None:
    global _generation
    with _lock:
        _generation += 1
        _entries.clear()


class CallerQuerySet(models.QuerySet[Any]):
    """Rows that callers are made of. Changes in bulk send no signals."""

    def update(self, **fields: Any) -> int:
        changed = super().update(**fields)
        if not _NOTES.issuperset(fields):
            forget()
        return changed

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Any]:
        rows = super().bulk_create(*args, **kwargs)
        forget()
        return rows
