"""Celery tasks of CDRs."""

from celery import shared_task

from ocpi.core import outbox

from . import checks, days
from .models import CDR


@shared_task(name="ocpi.cdrs.check")
def check(cdr_id: str) -> None:
    checks.check(int(cdr_id))


@shared_task(name="ocpi.cdrs.sweep")
def sweep() -> None:
    checks.wait_again()
    for cdr_id in checks.waiting():
        check.delay(str(cdr_id))


@shared_task(name="ocpi.cdrs.count_days")
def count_days() -> None:
    days.count()


queue_check = outbox.hands_to(check)
outbox.row_waiting.connect(queue_check, sender=CDR, dispatch_uid="ocpi.cdrs.check")
