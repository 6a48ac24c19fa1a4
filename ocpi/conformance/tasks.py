"""Celery tasks of the conformance kit."""

from celery import shared_task

from . import services
from .models import Run


@shared_task(name="ocpi.conformance.carry_out")
def carry_out(run_id: int) -> None:
    run = Run.objects.select_related("partner").filter(pk=run_id).first()
    if run is not None:
        services.carry_out(run=run)
