"""Celery tasks of the journal."""

from celery import shared_task

from . import services


@shared_task(name="ocpi.journal.forget_old")
def forget_old() -> None:
    services.forget_old()
