"""Celery tasks of CDRs."""

from collections.abc import Sequence
from itertools import zip_longest

from celery import shared_task

from ocpi.core import logs, outbox

from . import checks, days
from .models import CDR


@shared_task(name="ocpi.cdrs.check")
def check(*cdr_ids: str, flows: Sequence[str] = ()) -> None:
    """`flows`: the correlation ids of the messages that brought them. What one that fails leaves over is swept."""
    for cdr_id, flow in zip_longest(cdr_ids, flows[: len(cdr_ids)], fillvalue=""):
        with logs.bound(correlation_id=flow):
            checks.check(int(cdr_id))


@shared_task(name="ocpi.cdrs.sweep")
def sweep() -> None:
    checks.wait_again()
    for cdr_id in checks.waiting():
        check.delay(str(cdr_id))


@shared_task(name="ocpi.cdrs.count_days")
def count_days() -> None:
    days.count()


announced = outbox.gathers_for(check)
outbox.row_waiting.connect(announced.receive, sender=CDR, dispatch_uid="ocpi.cdrs.check")
