"""What CDRs do when something happens elsewhere: in its transaction, and once more when that is committed.

A CDR that is being stored at the same moment on another connection is only seen then.
"""

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from ocpi.core import arrivals
from ocpi.core.rows import Key
from ocpi.core.signals import object_arrived, objects_arrived, spending_asked_for
from ocpi.core.transactions import after_commit
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.sessions.models import Session

from . import services, spending
from .models import CDR


def _bills_for(row: Session) -> Key:
    """Those that came before their session."""
    return Key(
        CDR, partner=row.partner_id, country_code=row.country_code, party_id=row.party_id, session_id=row.session_id,
        session_row=None,
    )  # fmt: skip


arrivals.wait_for(Session, "ocpi.cdrs", _bills_for)


@receiver(object_arrived, sender=Session, dispatch_uid="ocpi.cdrs")
def link_to_session(*, row: Session, **kwargs: Any) -> None:
    services.link_to(session=row)
    after_commit(services.link_to, session=row)


@receiver(object_arrived, sender=Location, dispatch_uid="ocpi.cdrs")
def place_at_location(*, row: Location, **kwargs: Any) -> None:
    services.placed_at(location=row)
    after_commit(services.placed_at, location=row)


@receiver(objects_arrived, sender=Location, dispatch_uid="ocpi.cdrs")
def place_at_locations(*, partner: Partner, rows: list[Location], **kwargs: Any) -> None:
    services.placed_at_many(partner=partner, locations=rows)
    transaction.on_commit(partial(services.placed_at_many, partner=partner, locations=rows))


@receiver(spending_asked_for, dispatch_uid="ocpi.cdrs")
def tell_spending(
    *, token_id: int | None, contract_id: str, since: datetime | None, currency: str, **kwargs: Any
) -> Decimal:
    """For budgets."""
    return spending.spent(token_id, contract_id, since, currency)
