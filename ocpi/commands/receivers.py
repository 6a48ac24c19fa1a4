"""What commands do when something happens elsewhere."""

from typing import Any

from django.dispatch import receiver

from ocpi.core.signals import object_arrived
from ocpi.sessions.models import Session

from . import starts


@receiver(object_arrived, sender=Session, dispatch_uid="ocpi.commands")
def find_the_command_behind(*, row: Session, **kwargs: Any) -> None:
    starts.meet(row)
