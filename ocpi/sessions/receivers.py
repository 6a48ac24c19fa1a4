"""What sessions do when something happens elsewhere."""

from typing import Any

from django.dispatch import receiver

from ocpi.core.signals import object_arrived
from ocpi.locations.models import Location

from . import services


@receiver(object_arrived, sender=Location, dispatch_uid="ocpi.sessions")
def link_to_location(*, row: Location, **kwargs: Any) -> None:
    services.link_to(location=row)
