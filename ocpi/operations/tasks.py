"""Celery tasks of the operators' desks."""

import logging
from typing import Any

from celery import shared_task
from django.db import transaction
from django.dispatch import receiver
from kombu.exceptions import OperationalError

from ocpi.core.signals import handshake_followed
from ocpi.locations.models import Location
from ocpi.sync import single
from ocpi.sync.tasks import pull_due

logger = logging.getLogger(__name__)


@shared_task(name="ocpi.operations.ask_for_location")
def ask_for_location(location_id: int) -> None:
    """The answer is in the row and in the messages; a partner that fails is no failure of the task."""
    row = Location.objects.select_related("partner").get(pk=location_id)
    logger.info("location %s asked for again: %s", row.location_id, single.told(row))


@receiver(handshake_followed, dispatch_uid="ocpi.operations.first_pulls")
def begin_first_pulls(**kwargs: Any) -> None:
    """An operator is watching: the round that would come within a minute comes now."""
    transaction.on_commit(_pull_now)


def _pull_now() -> None:
    try:
        pull_due.delay()
    except (OperationalError, OSError):
        logger.warning("the broker does not answer; the first pulls wait for the next round")
