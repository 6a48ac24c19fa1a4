"""Celery tasks of commands."""

from celery import shared_task

from ocpi.core import outbox

from . import services, webhooks
from .models import Command


@shared_task(name="ocpi.commands.work")
def work(command_id: str) -> None:
    """Whatever the row is waiting for: to be sent, or for its webhook to go out. Each claims its row."""
    services.send(command_id)
    webhooks.deliver(command_id)


@shared_task(name="ocpi.commands.sweep")
def sweep() -> None:
    for command_id in services.sweep():
        work.delay(command_id)


queue_work = outbox.hands_to(work)
outbox.row_waiting.connect(queue_work, sender=Command, dispatch_uid="ocpi.commands.work")
