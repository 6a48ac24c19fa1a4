"""What sessions do when something happens elsewhere: in its transaction, and once more when that is committed.

A session that is being stored at the same moment on another connection is only seen then.
"""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from ocpi.core.signals import charges_asked_for, object_arrived, objects_arrived
from ocpi.core.transactions import after_commit
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.tokens.facts import Charge

from . import links, selection


@receiver(object_arrived, sender=Location, dispatch_uid="ocpi.sessions")
def link_to_location(*, row: Location, **kwargs: Any) -> None:
    links.link_to(location=row)
    after_commit(links.link_to, location=row)


@receiver(objects_arrived, sender=Location, dispatch_uid="ocpi.sessions")
def link_to_locations(*, partner: Partner, rows: list[Location], **kwargs: Any) -> None:
    links.link_to_many(partner=partner, locations=rows)
    transaction.on_commit(partial(links.link_to_many, partner=partner, locations=rows))


@receiver(charges_asked_for, dispatch_uid="ocpi.sessions")
def tell_charges(*, token_id: int | None, contract_id: str, since: datetime, **kwargs: Any) -> list[Charge]:
    """For the limit of charges at once."""
    return selection.charges(token_id, contract_id, since)
