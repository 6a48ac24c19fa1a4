"""What can happen to sessions: PUT replaces, PATCH changes fields and appends periods (chapter mod_sessions)."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from ocpi.core import parties
from ocpi.core.signals import object_arrived
from ocpi.core.transactions import one_transaction
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.partners.owned import Stored, check_same, patch_moment
from ocpi.protocol import errors
from ocpi.protocol import sessions as wire
from ocpi.protocol.headers import PartyId
from ocpi.protocol.merge import merge
from ocpi.protocol.types import ci_key
from ocpi.tokens.models import Token

from .models import ChargingPeriod, Session, digest


@one_transaction
def put(*, partner: Partner, party: PartyId, session: wire.Session) -> Stored:
    """Create or replace a session with its periods (SES-01, SES-02). Raises UnknownToken for another eMSP's driver.

    A PUT that a newer PATCH overtook replaces no field, but the periods that the CPO had until then.
    """
    _check_token(session)
    row = _lock(partner, party, session.id)
    payload = session.to_wire()
    periods = payload.pop("charging_periods", [])
    if row is None:
        row = Session(partner=partner, country_code=party.country_code, party_id=party.party_id)
        row.replaced_at, row.period_count = session.last_updated, len(periods)
        _save(row, payload, session)
        _write_periods(row, session.last_updated, periods)
        return Stored(created=True)
    if session.last_updated < row.replaced_at:
        return Stored(created=False, applied=False)
    _replace_periods(row, session.last_updated, periods)
    return Stored(created=False, applied=_save_unless_overtaken(row, payload, session))


@one_transaction
def patch(*, partner: Partner, party: PartyId, session_id: str, patch: dict[str, Any]) -> Stored:
    """Change the given fields; periods are appended, and the same period twice is one (SES-03..07).

    A PATCH that a newer one overtook changes no field, but its periods are not lost. Raises UnknownObject (the CPO then
    PUTs), InvalidObject; then nothing has changed.
    """
    moment = patch_moment(patch)
    check_same({"country_code": party.country_code, "party_id": party.party_id, "id": session_id}, patch)
    row = _lock(partner, party, session_id)
    if row is None:
        raise errors.UnknownObject(f"session {session_id} is not known; PUT the whole session first")
    if moment < row.replaced_at:
        return Stored(created=False, applied=False)
    # Only the new periods are validated: the stored ones were, when they came.
    rest = {key: value for key, value in patch.items() if key != "charging_periods"}
    whole = merge(row.payload, rest) | {"charging_periods": patch.get("charging_periods") or []}
    session = wire.Session.from_wire(whole, partner.tolerance())
    _check_token(session)
    payload = session.to_wire()
    _append(row, moment, payload.pop("charging_periods", []))
    return Stored(created=False, applied=_save_unless_overtaken(row, payload, session))


def _replace_periods(row: Session, moment: datetime, payloads: list[dict[str, Any]]) -> None:
    """The periods of a PUT instead of all until then; those of newer PATCHes stay. The caller saves the row."""
    row.periods.filter(Q(pushed_at__lte=moment) | Q(digest__in={digest(payload) for payload in payloads})).delete()
    _write_periods(row, moment, payloads)
    row.replaced_at, row.period_count = moment, row.periods.count()


def _append(row: Session, moment: datetime, payloads: list[dict[str, Any]]) -> None:
    """Store the periods that we do not have yet. The caller saves the row."""
    unique = {digest(payload): payload for payload in payloads}
    have = dict(row.periods.filter(digest__in=unique).values_list("digest", "pushed_at"))
    if any(pushed_at > moment for pushed_at in have.values()):  # in the CPO's time they came with this push
        row.periods.filter(digest__in=unique, pushed_at__gt=moment).update(pushed_at=moment)
    fresh = [payload for key, payload in unique.items() if key not in have]
    _write_periods(row, moment, fresh)
    row.period_count += len(fresh)


def _write_periods(row: Session, moment: datetime, payloads: list[dict[str, Any]]) -> None:
    ChargingPeriod.objects.bulk_create(ChargingPeriod.build(row, moment, payload) for payload in payloads)


def _save_unless_overtaken(row: Session, payload: dict[str, Any], session: wire.Session) -> bool:
    if row.newer_than(session.last_updated):
        row.save(update_fields=["period_count", "replaced_at", "changed_at"])
        return False
    _save(row, payload, session)
    return True


def _save(row: Session, payload: dict[str, Any], session: wire.Session) -> None:
    reference = ci_key(session.authorization_reference or "")
    news = row.pk is None or (row.status, row.authorization_reference) != (session.status, reference)
    row.fill(payload, session)
    owned = Location.objects.of(row.partner, PartyId(row.country_code, row.party_id))
    row.location_row = owned.filter(location_id=session.location_id).first()
    token = session.cdr_token
    row.token_row = Token.objects.find(token.uid, str(token.type), token.country_code, token.party_id)
    row.save()
    if news:
        object_arrived.send(sender=Session, row=row)


def link_to(*, location: Location) -> None:
    """Sessions that came before their location (SES-20)."""
    owned = Session.objects.of(location.partner, PartyId(location.country_code, location.party_id))
    owned.filter(location_id=location.location_id, location_row=None).update(location_row=location)


def _lock(partner: Partner, party: PartyId, session_id: str) -> Session | None:
    return Session.objects.of(partner, party).select_for_update().filter(session_id=session_id).first()


def _check_token(session: wire.Session) -> None:
    """A session of another eMSP's driver is none of ours; one of a card that we do not know may be (SES-20, SES-21)."""
    token = session.cdr_token
    if not parties.is_ours(token.country_code, token.party_id):
        raise errors.UnknownToken(
            f"cdr_token: party {token.country_code}-{token.party_id} is not on this platform", http_status=200
        )
