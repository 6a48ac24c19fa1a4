"""Celery tasks of charging profiles."""

from celery import shared_task

from ocpi.core import outbox

from . import services
from .models import ProfileRequest


@shared_task(name="ocpi.chargingprofiles.send")
def send(request_id: str) -> None:
    services.send(request_id)


@shared_task(name="ocpi.chargingprofiles.sweep")
def sweep() -> None:
    for request_id in services.sweep():
        send.delay(request_id)


queue_send = outbox.hands_to(send)
outbox.row_waiting.connect(queue_send, sender=ProfileRequest, dispatch_uid="ocpi.chargingprofiles.send")
