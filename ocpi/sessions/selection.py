"""Finding the session that an app means, and those that count as a driver's charges."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q

from ocpi.partners import shared_parties
from ocpi.partners.sandboxes import real
from ocpi.protocol import errors
from ocpi.protocol.types import ci_key
from ocpi.tokens.facts import Charge, Spot

from . import watchdog
from .models import Session

_OPEN = ("PENDING", "ACTIVE")


def one(session_id: str, owner: Mapping[str, str]) -> Session:
    """By its id, and by `country_code` and `party_id` of its CPO where two CPOs use one.

    Raises UnknownObject, and InvalidObject naming the parties when there are several.
    """
    keys = {name: owner[name] for name in ("country_code", "party_id") if owner.get(name)}
    rows = Session.objects.filter(real(), session_id=session_id, **keys).select_related("partner", "location_row")
    found = list(rows[:20])
    if not found:
        raise errors.UnknownObject(f"session {session_id} is not known")
    if len({(row.country_code, row.party_id) for row in found}) > 1:
        named = ", ".join(f"{row.party.country_code}-{row.party.party_id} of {row.partner.name}" for row in found)
        raise errors.InvalidObject(f"session_id: used by several parties ({named}); add ?country_code=&party_id=")
    return shared_parties.foremost(found)


def charges(token_id: int | None, contract_id: str, since: datetime) -> list[Charge]:
    """Sessions of a token, or of any token of a contract, that are open or began since then.

    What has been silent for long does not count: a charge whose end got lost must not lock its driver out (SES-39).
    """
    whose = (Q(token_row=token_id) if token_id else Q()) | (Q(contract_id=contract_id) if contract_id else Q())
    recent = Q(status__in=_OPEN) | Q(start_date_time__gte=since)
    rows = Session.objects.filter(whose, recent).exclude(watchdog.silent()).exclude(status="RESERVATION").order_by()
    columns = ("token_row_id", "location_id", "evse_uid", "authorization_reference", "start_date_time", "status")
    return [
        Charge(Spot(token, place, (ci_key(evse),)), reference, start, status in _OPEN)
        for token, place, evse, reference, start, status in rows.values_list(*columns)
    ]
