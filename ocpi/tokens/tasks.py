"""Celery tasks of tokens."""

from celery import shared_task

from ocpi.core import outbox
from ocpi.partners.models import Partner

from . import batches, pushes
from .models import TokenBatch, TokenPush


@shared_task(name="ocpi.tokens.push")
def push(push_id: str) -> None:
    pushes.send(int(push_id))


@shared_task(name="ocpi.tokens.spread")
def spread(partner_id: str) -> None:
    pushes.spread(int(partner_id))
    sweep.delay()


@shared_task(name="ocpi.tokens.drain")
def drain(partner_id: str) -> None:
    if pushes.drain(int(partner_id)):
        drain.delay(partner_id)


@shared_task(name="ocpi.tokens.batch")
def batch(batch_id: str) -> None:
    if batches.work(int(batch_id)):
        batch.delay(batch_id)
    sweep_pushes()


@shared_task(name="ocpi.tokens.sweep")
def sweep() -> None:
    sweep_pushes()
    for batch_id in batches.unfinished():
        batch.delay(str(batch_id))


def sweep_pushes() -> None:
    for partner_id in pushes.to_spread():
        spread.delay(str(partner_id))
    for partner_id in pushes.owed():
        drain.delay(str(partner_id))


queue_push = outbox.hands_to(push)
outbox.row_waiting.connect(queue_push, sender=TokenPush, dispatch_uid="ocpi.tokens.push")

queue_spread = outbox.hands_to(spread)
outbox.row_waiting.connect(queue_spread, sender=Partner, dispatch_uid="ocpi.tokens.spread")

queue_batch = outbox.hands_to(batch)
outbox.row_waiting.connect(queue_batch, sender=TokenBatch, dispatch_uid="ocpi.tokens.batch")
