"""Celery tasks of partners."""

from celery import shared_task

from . import outages


@shared_task(name="ocpi.partners.probe")
def probe(partner_id: int) -> None:
    outages.probe(partner_id)


@shared_task(name="ocpi.partners.sweep")
def sweep() -> None:
    for partner_id in outages.to_probe():
        probe.delay(partner_id)
