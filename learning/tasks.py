"""Celery tasks of lessons: what a learner lets happen, and tidying up behind those who went away."""

from celery import shared_task

from ocpi.core import outbox

from .models import Attempt


@shared_task(name="learning.perform")
def perform(attempt_id: str) -> None:
    from .course import engine  # only workers need the whole course

    engine.perform(int(attempt_id))


@shared_task(name="learning.sweep")
def sweep() -> None:
    from .course import engine

    for attempt_id in engine.sweep():
        perform.delay(str(attempt_id))


queue_attempt = outbox.hands_to(perform)
outbox.row_waiting.connect(queue_attempt, sender=Attempt, dispatch_uid="learning.perform")
