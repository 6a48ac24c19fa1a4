"""What commands do when something happens elsewhere."""

from typing import Any

from django.dispatch import receiver

from ocpi.core import arrivals
from ocpi.core.rows import Key
from ocpi.core.signals import object_arrived
from ocpi.sessions.models import Session

from . import starts
from .models import Command


def _commands_behind(row: Session) -> Key | None:
    reference = row.authorization_reference
    return Key(
        Command, authorization_reference=reference, partner=row.partner_id, country_code=row.country_code,
        party_id=row.party_id,
    ) if reference else None  # fmt: skip


arrivals.wait_for(Session, "ocpi.commands", _commands_behind)


@receiver(object_arrived, sender=Session, dispatch_uid="ocpi.commands")
def find_the_command_behind(*, row: Session, **kwargs: Any) -> None:
    starts.meet(row)
