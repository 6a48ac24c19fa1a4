"""The Celery application: Redis when REDIS_URL is set, otherwise a broker in this process's memory."""

import os
from typing import Any

from celery import Celery
from celery import Task as CeleryTask
from celery.signals import before_task_publish, worker_init, worker_process_init

from ocpi.core import garbage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emsp_project.settings")
_FLOW = "ocpi_correlation_id"


class Task(CeleryTask):
    """Its log records name the task, and the flow of whoever queued it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from ocpi.core import logs

        with logs.bound(task=self.name, task_id=self.request.id, correlation_id=self.request.get(_FLOW)):
            return super().__call__(*args, **kwargs)


app = Celery("emsp", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@before_task_publish.connect
def _hand_on(headers: dict[str, Any], **kwargs: Any) -> None:
    from ocpi.core import logs

    flow = logs.context().get("correlation_id")
    if flow:
        headers[_FLOW] = flow


@worker_init.connect
def _settle(**kwargs: Any) -> None:
    """Before it forks: what is frozen is shared by its processes."""
    garbage.seldom(bulk=True)


@worker_process_init.connect
def _watch(**kwargs: Any) -> None:
    from . import telemetry

    telemetry.start("worker")
