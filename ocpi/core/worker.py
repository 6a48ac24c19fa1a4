"""The embedded worker: Celery's own worker and beat, as threads of the web process, when there is no Redis.

The broker is then this process's memory. Tasks lost with it do no harm: state lives in rows, and the sweepers find what
was left (DESIGN.md, decisions 3 and 4).
"""

import atexit
import logging
import threading
from contextlib import suppress

from celery import Celery
from celery.beat import EmbeddedService, Scheduler
from celery.worker import WorkController

logger = logging.getLogger(__name__)
_lock = threading.Lock()
_worker: WorkController | None = None
_thread: threading.Thread | None = None


def start_embedded(app: Celery) -> None:
    """Start worker and beat once per process; they are daemon threads and end with it."""
    global _worker, _thread
    with _lock:
        if _thread is not None:
            return
        _worker = app.WorkController(
            concurrency=4, pool="threads", without_heartbeat=True, without_mingle=True, without_gossip=True, quiet=True
        )
        _thread = threading.Thread(target=_worker.start, name="embedded-worker", daemon=True)
        _thread.start()
        EmbeddedService(app, thread=True, max_interval=5, scheduler_cls=Scheduler).start()
        atexit.register(_stop)
        logger.info("embedded worker started")


def embedded_is_alive() -> bool:
    return _thread is not None and _thread.is_alive()


def _stop() -> None:
    with suppress(Exception):  # the process is ending: whatever is not finished is in its row
        if _worker is not None:
            _worker.stop(in_sighandler=True)
