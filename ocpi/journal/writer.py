"""Rows reach the table in batches, from a thread of their own: an audit trail that costs the caller nothing.

The queue is bounded. When it is full the newest entries are counted and dropped, never the request; on shutdown what is
queued is written (decision 7).
"""

import atexit
import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress

from django.db import DataError, IntegrityError, close_old_connections, connections

from . import counts
from .models import Exchange

logger = logging.getLogger(__name__)
_BATCH = 200
_PAUSE = 5.0  # seconds after which a writer without work looks whether counts wait
_PATIENCE = 10.0  # seconds that a shutdown waits for the last batch
_QUEUE: queue.Queue[Exchange] = queue.Queue(maxsize=20_000)
_lock = threading.Lock()
_thread: threading.Thread | None = None
_dropped = 0


def add(row: Exchange) -> None:
    global _dropped
    counts.add(row)
    try:
        _QUEUE.put_nowait(row)
    except queue.Full:
        _dropped += 1
    _start()


def flush() -> None:
    """Write what is queued now, in this thread, and wait for what another writes. For tests, commands and shutdown."""
    while rows := _take(block=False):
        _write(rows)
    _count(counts.keep)
    with _QUEUE.all_tasks_done:  # a daemon thread dies with the process, in the middle of its batch
        _QUEUE.all_tasks_done.wait_for(lambda: not _QUEUE.unfinished_tasks, timeout=_PATIENCE)


def _start() -> None:
    global _thread
    if _thread is not None and _thread.is_alive():
        return
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="journal-writer", daemon=True)
            _thread.start()


def _run() -> None:
    while True:
        rows = _take(block=True)
        if rows:
            _write(rows)
        if rows or counts.waiting():
            _count(counts.keep_if_due)
            close_old_connections()


def _take(block: bool) -> list[Exchange]:
    rows: list[Exchange] = []
    with suppress(queue.Empty):
        rows.append(_QUEUE.get(block=block, timeout=_PAUSE if block else None))
        while len(rows) < _BATCH:
            rows.append(_QUEUE.get_nowait())
    return rows


def _write(rows: list[Exchange]) -> None:
    global _dropped
    if _dropped:
        logger.warning("the journal was full: %d exchanges were not kept", _dropped)
        _dropped = 0
    try:
        _store(rows)
    except Exception:  # the journal must never take the platform down with it
        logger.exception("%d exchanges could not be written to the journal", len(rows))
        connections.close_all()
    finally:
        for _ in rows:
            _QUEUE.task_done()


def _count(keep: Callable[[], None]) -> None:
    try:
        keep()
    except Exception:
        logger.warning("exchanges could not be counted; they are with the next ones", exc_info=True)
        connections.close_all()


def _store(rows: list[Exchange]) -> None:
    try:
        Exchange.objects.bulk_create(rows)
    except (IntegrityError, DataError):  # one of a partner deleted meanwhile must not cost the others their place
        for row in rows:
            with suppress(IntegrityError, DataError):
                row.save(force_insert=True)


atexit.register(flush)
