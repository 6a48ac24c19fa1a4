"""Rows reach the table in batches, from a thread of their own: an audit trail that costs the caller nothing.

The queue is bounded. When it is full the newest entries are counted and dropped, never the request; on shutdown what is
queued is written (decision 7).
"""

import atexit
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from django.db import DataError, close_old_connections, connections

from ocpi.core import many
from ocpi.partners.models import ApiClient, Partner

from . import counts
from .models import Exchange

Row = dict[str, Any]  # by attribute of Exchange; models are made of rows that are read

logger = logging.getLogger(__name__)
_BATCH = 200
_GATHER = 0.1  # seconds in which a batch grows: a statement and a commit for each row would cost as much as a request
_PAUSE = 5.0  # seconds after which a writer without work looks whether counts wait
_PATIENCE = 10.0  # seconds that a shutdown waits for the last batch
_MOST_QUEUED = 20_000
_QUEUE: queue.Queue[Row] = queue.Queue(maxsize=_MOST_QUEUED)
_MOST_HELD = 64 * 1024 * 1024  # characters of bodies that wait, whatever the number of their rows
_lock = threading.Lock()
_thread: threading.Thread | None = None
_dropped = 0
_held = 0


def add(row: Row) -> None:
    global _dropped
    counts.add(row)
    try:
        _hold(row)
        _QUEUE.put_nowait(row)
    except queue.Full:
        _dropped += 1
    _start()


def _hold(row: Mapping[str, Any]) -> None:
    """Raises queue.Full. An estimate that starts anew whenever the queue was empty needs no lock."""
    global _held
    if _QUEUE.empty():
        _held = 0
    if _held > _MOST_HELD:
        raise queue.Full
    _held += len(row["request_body"]) + len(row["response_body"])


def flush() -> None:
    """Write what is queued now, in this thread, and wait for what another writes. For tests, commands and shutdown."""
    while rows := _take(block=False):
        _write(rows)
    _count(counts.keep)
    _wait()  # a daemon thread dies with the process, in the middle of its batch


def forget() -> None:
    """As in a new process: what waits is dropped, and another thread writes what comes. For tests."""
    global _QUEUE, _thread, _dropped
    while rows := _take(block=False):
        for _ in rows:
            _QUEUE.task_done()
    _wait()
    _QUEUE, _thread, _dropped = queue.Queue(maxsize=_MOST_QUEUED), None, 0
    counts.forget()


def _wait() -> None:
    with _QUEUE.all_tasks_done:
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
    while _thread is threading.current_thread():
        rows = _take(block=True)
        if rows or counts.waiting():
            _write(rows)
            close_old_connections()


def _take(block: bool) -> list[Row]:
    rows: list[Row] = []
    with suppress(queue.Empty):
        rows.append(_QUEUE.get(block=block, timeout=_PAUSE if block else None))
        if block and _QUEUE.qsize() < _BATCH:
            time.sleep(_GATHER)
        while len(rows) < _BATCH:
            rows.append(_QUEUE.get_nowait())
    return rows


def _write(rows: list[Row]) -> None:
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
        _count(counts.keep_if_due)
        for _ in rows:
            _QUEUE.task_done()


def _count(keep: Callable[[], None]) -> None:
    try:
        keep()
    except Exception:
        logger.warning("exchanges could not be counted; they are with the next ones", exc_info=True)
        connections.close_all()


def _store(rows: list[Row]) -> None:
    _forget_deleted(rows, "partner_id", Partner)
    _forget_deleted(rows, "api_client_id", ApiClient)
    try:
        many.store_values(Exchange, rows)
    except DataError:  # one that cannot be stored must not cost the others their place
        for row in rows:
            with suppress(DataError):
                Exchange(**row).save(force_insert=True)


def _forget_deleted(rows: list[Row], column: str, model: type[Partner | ApiClient]) -> None:
    """Whoever was deleted meanwhile leaves its messages: no constraint of the database holds them back."""
    named = {row[column] for row in rows} - {None}
    gone = named - set(model.objects.filter(pk__in=named).values_list("pk", flat=True)) if named else named
    for row in rows:
        if row[column] in gone:
            row[column] = None


atexit.register(flush)
