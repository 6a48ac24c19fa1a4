"""Celery tasks of lights and alerts."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from ocpi.core import clock, outbox

from . import delivery, lights, occasions
from .models import Delivery


@shared_task(name="ocpi.alerts.look")
def look() -> None:
    """Lights first: what they tell may be worth an alert; then whatever is due goes out."""
    lights.look()
    occasions.raise_due()
    for recipient_id in delivery.owed():
        send.delay(recipient_id)


@shared_task(name="ocpi.alerts.send")
def send(recipient_id: int) -> None:
    delivery.send(recipient_id)


@shared_task(name="ocpi.alerts.deliver")
def deliver(delivery_id: str) -> None:
    """What was announced, with all that waits for the same recipient."""
    row = Delivery.objects.filter(pk=delivery_id).first()
    if row is not None:
        delivery.send(row.recipient_id)


@shared_task(name="ocpi.alerts.forget_old")
def forget_old() -> None:
    """As long as the journal keeps its messages."""
    limit = clock.now() - timedelta(days=settings.JOURNAL_RETENTION_DAYS)
    lights.forget_old(limit)
    occasions.forget_old(limit)


queue_delivery = outbox.hands_to(deliver)
outbox.row_waiting.connect(queue_delivery, sender=Delivery, dispatch_uid="ocpi.alerts.deliver")
