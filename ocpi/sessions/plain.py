"""The flood: pushes that change figures of a session, stored without a lock and by one statement (`ocpi.core.rows`).

| push                                          | statements                                          |
|-----------------------------------------------|-----------------------------------------------------|
| PUT, over what is no newer, without periods   | one                                                 |
| PUT of a new session                          | one, and one look for who came at the same moment   |
| PATCH, also with new charging periods         | two: the row, and the row as it is then             |

Whatever has consequences elsewhere (another status, another driver or place), was overtaken, or meets another push on
its way is not for here: the answer is None, and nothing has happened.
"""

from datetime import datetime
from typing import Any

from ocpi.core import arrivals, rows
from ocpi.core.rows import Key
from ocpi.core.signals import object_arrived
from ocpi.core.tables import blank
from ocpi.core.transactions import after_commit, one_transaction
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.partners.owned import OWNER_KEY, Stored
from ocpi.protocol import sessions as wire
from ocpi.protocol.headers import PartyId
from ocpi.tokens.models import Token

from . import changes, links
from .models import ChargingPeriod, Session

_KEY = [*OWNER_KEY, "session_id"]
# A PUT gives every field, so of one that is no newer nothing stays; but periods, and what others go by, need more.
_OVER = """old.last_updated <= new.last_updated AND old.period_count = 0 AND old.status = new.status
    AND old.authorization_reference = new.authorization_reference"""
_COMPUTED = {
    "final_since": "COALESCE(old.final_since, new.final_since)",
    "changed_after_end": "old.changed_after_end OR COALESCE(new.last_updated > old.final_since, FALSE)",
    # The location may have been linked while this statement was on its way.
    "location_row": "COALESCE(new.location_row_id, CASE WHEN old.location_id = new.location_id "
                    "THEN old.location_row_id END)",
}  # fmt: skip
_LINKS = ("status", "authorization_reference", "location_id", "cdr_token")
_KEPT = {"id", *_KEY, "received_at", "location_row", "token_row"}  # by a PATCH
_MOST_PERIODS = 20  # of one push


def put(partner: Partner, party: PartyId, session: wire.Session, form: dict[str, Any] | None) -> Stored | None:
    """`form`: its wire form, where it is known."""
    if session.charging_periods:
        return None
    row = _new(partner, party, session, session.to_wire() if form is None else {**form})
    waiting = arrivals.waiting(row)
    token = session.cdr_token
    stored = rows.upsert(
        row, key=_KEY, over=_OVER, computed=_COMPUTED, unless=waiting,
        location_row=Key(Location, **_owner(partner, party), location_id=row.location_id),
        token_row=Token.key(partner, token.uid, str(token.type), token.country_code, token.party_id),
    )  # fmt: skip
    if stored is None:
        return None
    row.pk, created, row.location_row_id, row.token_row_id = stored
    if created and waiting and any(rows.ids(*waiting)):
        _meet(row)
    if row.location_row_id is None:
        after_commit(links.look_again, row.pk)
    return Stored(created)


def _new(partner: Partner, party: PartyId, session: wire.Session, payload: dict[str, Any]) -> Session:
    moment = session.last_updated
    payload.pop("charging_periods", None)
    row = blank(Session)
    row.partner, row.country_code, row.party_id, row.replaced_at = partner, *party, moment
    row.fill(payload, session)
    row.note_status(row.status, moment)
    return row


@one_transaction
def _meet(row: Session) -> None:
    """Somebody who waits for it was committed while it was being stored."""
    object_arrived.send(sender=Session, row=Session.objects.select_for_update().get(pk=row.pk))


def patch(
    partner: Partner, party: PartyId, session_id: str, patch: dict[str, Any], moment: datetime, tenant: PartyId | None
) -> Stored | None:
    if len(patch.get("charging_periods") or ()) > _MOST_PERIODS:
        return None
    with rows.turn():
        row = rows.find(Session, **_owner(partner, party), session_id=session_id)
        if row is None or moment < row.replaced_at or _moves(row, patch) or _is_foreign(row, tenant):
            return None
        before = row.status, row.authorization_reference
        change = changes.merged(row, patch, moment, partner, tenant)
        row.fill(change.payload, change.session)
        if before != (row.status, row.authorization_reference):
            return None
        row.note_status(str(patch.get("status")), moment)
        return Stored(created=False, applied=change.applied) if _rewrite(row, moment, change.periods) else None


def _moves(row: Session, patch: dict[str, Any]) -> bool:
    """Whether others may go by what this gives, or it is not linked yet to all that it names."""
    given = any(patch.get(name) not in (None, row.payload.get(name)) for name in _LINKS)
    return given or row.location_row_id is None or row.token_row_id is None


def _is_foreign(row: Session, tenant: PartyId | None) -> bool:
    return tenant is not None and row.tenant.key != tenant.key


def _rewrite(row: Session, moment: datetime, payloads: list[dict[str, Any]]) -> bool:
    written = [field.name for field in Session._meta.concrete_fields if field.name not in _KEPT]
    if not payloads:
        return rows.rewrite(row, written)
    periods = changes.distinct(row, moment, payloads)
    row.period_count += len(periods)
    known = [Key(ChargingPeriod, session=row.pk, digest=period.digest) for period in periods]
    return rows.rewrite(row, written, unless=known, then=[rows.adding(periods)])


def _owner(partner: Partner, party: PartyId) -> dict[str, Any]:
    return {"partner": partner.pk, "country_code": party.country_code, "party_id": party.party_id}
