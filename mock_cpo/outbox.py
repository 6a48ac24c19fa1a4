"""Pushes on their way to the eMSPs: in order for each object, in parallel between objects, retried a few times.

OCPI does not want old messages to be queued and replayed (TRA-44): a push carries the state of the moment at which it
is sent, and after the last try the receiver must come and GET. Sessions and CDRs are worth a few tries, as bills hang
on them.
"""

import heapq
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from itertools import count

from ocpi.protocol.errors import PartnerError

log = logging.getLogger("mock_cpo.outbox")
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Real seconds before each further try."""


@dataclass(slots=True)
class Job:
    """One push. `send` raises PartnerError when it fails; `tries` is how often it may be sent."""

    key: Hashable
    send: Callable[[], None]
    tries: int = 1
    done: int = 0


@dataclass(slots=True)
class Counts:
    waiting: int = 0
    delivered: int = 0
    failed: int = 0


@dataclass(order=True, slots=True)
class _Ready:
    at: float
    order: int
    key: Hashable = field(compare=False)


class Outbox:
    """Worker threads that take the first job of each object in turn."""

    def __init__(self, workers: int = 8) -> None:
        self._workers = workers
        self._changed = threading.Condition()
        self._queues: dict[Hashable, deque[Job]] = {}
        self._ready: list[_Ready] = []
        self._order = count()
        self._open = False
        self.counts = Counts()

    def start(self) -> None:
        self._open = True
        for number in range(self._workers):
            threading.Thread(target=self._work, name=f"push-{number}", daemon=True).start()

    def stop(self) -> None:
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def clear(self) -> None:
        """Forgets what waits; a push that is under way still ends."""
        with self._changed:
            self._queues.clear()
            self._ready.clear()
            self.counts = Counts()

    def add(self, key: Hashable, send: Callable[[], None], tries: int = 1) -> None:
        with self._changed:
            queue = self._queues.setdefault(key, deque())
            queue.append(Job(key, send, tries))
            self.counts.waiting += 1
            if len(queue) == 1:
                self._schedule(key, 0.0)

    def later(self, pause: float, send: Callable[[], None]) -> None:
        """A single job of its own, after some real seconds."""
        with self._changed:
            key = object()
            self._queues[key] = deque([Job(key, send)])
            self.counts.waiting += 1
            self._schedule(key, pause)

    def _schedule(self, key: Hashable, pause: float) -> None:
        heapq.heappush(self._ready, _Ready(time.monotonic() + pause, next(self._order), key))
        self._changed.notify()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job.send()
                self._finish(job, delivered=True)
            except PartnerError as error:
                self._failed(job, error)
            except Exception:
                log.exception("a push broke")
                self._finish(job, delivered=False)

    def _next(self) -> Job | None:
        with self._changed:
            while self._open:
                pause = self._ready[0].at - time.monotonic() if self._ready else None
                if pause is not None and pause <= 0:
                    queue = self._queues.get(heapq.heappop(self._ready).key)
                    if queue:
                        return queue[0]
                    continue
                self._changed.wait(pause)
            return None

    def _failed(self, job: Job, error: PartnerError) -> None:
        job.done += 1
        if error.permanent or job.done >= job.tries:
            log.warning("given up: %s", error.message)
            self._finish(job, delivered=False)
            return
        pause = error.retry_after or PAUSES[min(job.done, len(PAUSES)) - 1]
        with self._changed:
            self._schedule(job.key, pause)

    def _finish(self, job: Job, delivered: bool) -> None:
        with self._changed:
            self.counts.waiting = max(0, self.counts.waiting - 1)
            if delivered:
                self.counts.delivered += 1
            else:
                self.counts.failed += 1
            queue = self._queues.get(job.key)
            if not queue or queue[0] is not job:
                return
            queue.popleft()
            if queue:
                self._schedule(job.key, 0.0)
            else:
                del self._queues[job.key]
