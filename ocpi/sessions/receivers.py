"""What sessions do when something happens elsewhere: in its transaction, and once more when that is committed.

A session that is being stored at the same moment on another connection is only seen then.
"""

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from ocpi.core.signals import object_arrived
from ocpi.locations.models import Location

from . import services


@receiver(object_arrived, sender=Location, dispatch_uid="ocpi.sessions")
def link_to_location(*, row: Location, **kwargs: Any) -> None:
    services.link_to(location=row)
    transaction.on_commit(partial(services.link_to, location=row))
