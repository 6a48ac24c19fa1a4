"""Celery tasks of lights and alerts."""

from celery import shared_task

from . import lights


@shared_task(name="ocpi.alerts.look")
def look() -> None:
    lights.look()


@shared_task(name="ocpi.alerts.forget_old")
def forget_old() -> None:
    lights.forget_old()
