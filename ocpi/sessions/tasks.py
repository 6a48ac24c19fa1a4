"""Celery tasks of sessions."""

from celery import shared_task

from ocpi.core import outbox

from . import preferences
from .models import ChargingPreference


@shared_task(name="ocpi.sessions.send_preferences")
def send_preferences(preference_id: str) -> None:
    preferences.send(preference_id)


@shared_task(name="ocpi.sessions.sweep")
def sweep() -> None:
    for preference_id in preferences.sweep():
        send_preferences.delay(preference_id)


queue_preferences = outbox.hands_to(send_preferences)
outbox.row_waiting.connect(queue_preferences, sender=ChargingPreference, dispatch_uid="ocpi.sessions.preferences")
