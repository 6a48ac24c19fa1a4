"""What CDRs do when something happens elsewhere."""

from typing import Any

from django.dispatch import receiver

from ocpi.core.signals import object_arrived
from ocpi.locations.models import Location
from ocpi.sessions.models import Session

from . import services


@receiver(object_arrived, sender=Session, dispatch_uid="ocpi.cdrs")
def link_to_session(*, row: Session, **kwargs: Any) -> None:
    services.link_to(session=row)


@receiver(object_arrived, sender=Location, dispatch_uid="ocpi.cdrs")
def place_at_location(*, row: Location, **kwargs: Any) -> None:
    services.placed_at(location=row)
