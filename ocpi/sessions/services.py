"""What can happen to sessions: PUT replaces, PATCH changes fields and appends periods (chapter mod_sessions)."""

from typing import Any

from ocpi.core import parties
from ocpi.core.transactions import one_transaction
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.partners.owned import Stored, check_same, patch_moment
from ocpi.protocol import errors
from ocpi.protocol import sessions as wire
from ocpi.protocol.headers import PartyId
from ocpi.protocol.merge import merge
from ocpi.tokens.models import Token

from .models import ChargingPeriod, Session, digest


@one_transaction
def put(*, partner: Partner, party: PartyId, session: wire.Session) -> Stored:
    """Create or replace a session with its periods (SES-01, SES-02). Raises UnknownToken for a driver who is not ours."""
    _check_token(session)
    row = _lock(partner, party, session.id)
    if row is not None and row.newer_than(session.last_updated):
        return Stored(created=False, applied=False)
    created = row is None
    row = row or Session(partner=partner, country_code=party.country_code, party_id=party.party_id)
    payload = session.to_wire()
    periods = payload.pop("charging_periods", [])
    row.period_count = len(periods)
    _save(row, payload, session)
    row.periods.all().delete()
    ChargingPeriod.objects.bulk_create(ChargingPeriod.build(row, n, period) for n, period in enumerate(periods))
    return Stored(created)


@one_transaction
def patch(*, partner: Partner, party: PartyId, session_id: str, patch: dict[str, Any]) -> Stored:
    """Change the given fields; periods are appended, and the same period twice is one (SES-03..07).

    Raises UnknownObject (the CPO then PUTs), InvalidObject; then nothing has changed.
    """
    moment = patch_moment(patch)
    check_same({"country_code": party.country_code, "party_id": party.party_id, "id": session_id}, patch)
    row = _lock(partner, party, session_id)
    if row is None:
        raise errors.UnknownObject(f"session {session_id} is not known; PUT the whole session first")
    added = patch.get("charging_periods") or []
    if row.newer_than(moment):
        return Stored(created=False, applied=False)
    # Only the new periods are validated: the stored ones were, when they came.
    rest = {key: value for key, value in patch.items() if key != "charging_periods"}
    session = wire.Session.from_wire(merge(row.payload, rest) | {"charging_periods": added}, partner.tolerance())
    _check_token(session)
    payload = session.to_wire()
    periods = _new_periods(row, payload.pop("charging_periods", []))
    row.period_count += len(periods)
    _save(row, payload, session)
    ChargingPeriod.objects.bulk_create(periods)
    return Stored(created=False)


def _new_periods(row: Session, payloads: list[dict[str, Any]]) -> list[ChargingPeriod]:
    unique = {digest(payload): payload for payload in payloads}
    known = set(row.periods.filter(digest__in=unique).values_list("digest", flat=True)) if unique else set()
    fresh = [payload for key, payload in unique.items() if key not in known]
    return [ChargingPeriod.build(row, row.period_count + n, payload) for n, payload in enumerate(fresh)]


def _save(row: Session, payload: dict[str, Any], session: wire.Session) -> None:
    row.fill(payload, session)
    owned = Location.objects.of(row.partner, PartyId(row.country_code, row.party_id))
    row.location_row = owned.filter(location_id=session.location_id).first()
    token = session.cdr_token
    row.token_row = Token.objects.find(token.uid, str(token.type), token.country_code, token.party_id)
    row.save()


def _lock(partner: Partner, party: PartyId, session_id: str) -> Session | None:
    return Session.objects.of(partner, party).select_for_update().filter(session_id=session_id).first()


def _check_token(session: wire.Session) -> None:
    """A session of another eMSP's driver is none of ours; one of a card that we do not know may be (SES-20, SES-21)."""
    token = session.cdr_token
    if not parties.is_ours(token.country_code, token.party_id):
        raise errors.UnknownToken(
            f"cdr_token: party {token.country_code}-{token.party_id} is not on this platform", http_status=200
        )


