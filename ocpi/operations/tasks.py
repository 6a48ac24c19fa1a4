"""Celery tasks of the operators' desks."""

import logging

from celery import shared_task

from ocpi.locations.models import Location
from ocpi.sync import single

logger = logging.getLogger(__name__)


@shared_task(name="ocpi.operations.ask_for_location")
def ask_for_location(location_id: int) -> None:
    """The answer is in the row and in the messages; a partner that fails is no failure of the task."""
    row = Location.objects.select_related("partner").get(pk=location_id)
    logger.info("location %s asked for again: %s", row.location_id, single.told(row))
