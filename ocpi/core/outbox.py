"""From a committed row to a Celery task, without services knowing Celery.

A service announces a row; after the commit the module's `tasks.py` hears of it and queues a task with the row's id. A
broker that does not answer costs nothing but time: the row is there, and the sweeper finds it (decision 4).

Where somebody waits for the task, a message is sent at once (`hands_to`). What comes in floods and nobody waits for is
gathered (`gathers_for`): to publish a message costs as much as to store a bill.
"""

import atexit
import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from celery import Task
from django.db import models, transaction
from django.dispatch import Signal
from kombu.exceptions import OperationalError

from . import logs
from .tables import here

logger = logging.getLogger(__name__)

# A row waits for a worker. Sender: its model class. Argument: `pk`.
row_waiting = Signal(use_caching=True)


def announce(row: models.Model) -> None:
    """When it is committed: at once where that has happened, as with one statement of its own."""
    tell = partial(row_waiting.send, sender=type(row), pk=row.pk)
    if here().in_atomic_block:
        transaction.on_commit(tell)
    else:
        tell()


def hands_to(task: Task) -> Callable[..., None]:
    """The receiver that queues `task` for each announced row."""

    def receive(pk: Any, **kwargs: Any) -> None:
        try:
            task.delay(str(pk))
        except (OperationalError, OSError):
            logger.warning("the broker does not answer; %s %s waits for the sweeper", task.name, pk)

    return receive


class _Waiting(NamedTuple):
    pk: str
    flow: str  # the correlation id of who announced it


class Gatherer:
    """Announced rows of one kind, sent by a thread of its own: `task.delay(*keys, flows=[…])` for all of a moment.

    What does not fit into the queue, or meets a broker that is away, waits for the sweeper.
    """

    MOMENT, MOST = 0.1, 100  # seconds; rows in a message, which one worker takes one after the other

    def __init__(self, task: Task, held: int = 10_000) -> None:
        self.task, self.held = task, held
        self._queue: queue.SimpleQueue[_Waiting] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def receive(self, pk: Any, **kwargs: Any) -> None:
        if self._queue.qsize() < self.held:
            self._queue.put(_Waiting(str(pk), logs.context().get("correlation_id", "")))
        self._start()

    def flush(self) -> None:
        """Send what waits now, in this thread: on shutdown, and for tests. Gives up with the first failure."""
        while (rows := self._take()) and self._send(rows):
            pass

    def _start(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=f"announces {self.task.name}", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            first = self._queue.get()
            time.sleep(self.MOMENT)
            self._send([first, *self._take(self.MOST - 1)])

    def _take(self, most: int = MOST) -> list[_Waiting]:
        rows: list[_Waiting] = []
        with suppress(queue.Empty):
            while len(rows) < most:
                rows.append(self._queue.get_nowait())
        return rows

    def _send(self, rows: list[_Waiting]) -> bool:
        try:
            self.task.delay(*(row.pk for row in rows), flows=[row.flow for row in rows])
        except (OperationalError, OSError):
            logger.warning("the broker does not answer; %d of %s wait for the sweeper", len(rows), self.task.name)
        except Exception:  # the thread must go on, whatever a library makes of a broken broker
            logger.exception("%d of %s could not be announced and wait for the sweeper", len(rows), self.task.name)
        else:
            return True
        return False


def gathers_for(task: Task) -> Gatherer:
    """Its `receive` is the receiver. On shutdown what waits is sent."""
    gatherer = Gatherer(task)
    atexit.register(gatherer.flush)
    return gatherer
