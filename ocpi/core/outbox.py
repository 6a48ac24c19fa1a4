"""From a committed row to a Celery task, without services knowing Celery.

A service announces a row; after the commit the module's `tasks.py` hears of it and queues a task with the row's id. A
broker that does not answer costs nothing but time: the row is there, and the sweeper finds it (decision 4).
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from celery import Task
from django.db import models, transaction
from django.dispatch import Signal
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

# A row waits for a worker. Sender: its model class. Argument: `pk`.
row_waiting = Signal()


def announce(row: models.Model) -> None:
    transaction.on_commit(partial(row_waiting.send, sender=type(row), pk=row.pk))


def hands_to(task: Task) -> Callable[..., None]:
    """The receiver that queues `task` for each announced row."""

    def receive(pk: Any, **kwargs: Any) -> None:
        try:
            task.delay(str(pk))
        except (OperationalError, OSError):
            logger.warning("the broker does not answer; %s %s waits for the sweeper", task.name, pk)

    return receive
