"""What can happen to sessions: PUT replaces, PATCH changes fields and appends periods (chapter mod_sessions).

Pushes may come twice and in any order: each field has its value from the newest push that gave one
(`ocpi.protocol.order`), and each period stays unless a PUT that is newer than all its pushes left it out.

Most pushes change figures of a session that runs: `plain` stores these by one statement. Everything else is stored
here, with the row locked.
"""

from datetime import datetime
from typing import Any

from django.db.models import Q

from ocpi.core.signals import object_arrived
from ocpi.core.transactions import after_commit, one_transaction
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.partners.owned import Stored, check_same, patch_moment
from ocpi.protocol import errors, order
from ocpi.protocol import sessions as wire
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import ci_key
from ocpi.tokens.models import Token

from . import changes, links, plain
from .models import ChargingPeriod, Session


def put(
    *,
    partner: Partner,
    party: PartyId,
    session: wire.Session,
    tenant: PartyId | None = None,
    form: dict[str, Any] | None = None,
) -> Stored:
    """Create or replace a session with its periods (SES-01, SES-02). Raises UnknownToken for another eMSP's driver.

    `tenant`: the party of ours that was addressed; the driver must be its own (HUB-06). `form`: the wire form of the
    session, where it is known. What newer PATCHes gave stays, fields and periods.
    """
    changes.check_token(session, tenant)
    return plain.put(partner, party, session, form) or _put(partner, party, session)


@one_transaction
def _put(partner: Partner, party: PartyId, session: wire.Session) -> Stored:
    row = _lock(partner, party, session.id)
    payload, moment, said = session.to_wire(), session.last_updated, str(session.status)
    periods = payload.pop("charging_periods", [])
    if row is None:
        row = Session(partner=partner, country_code=party.country_code, party_id=party.party_id, replaced_at=moment)
        row.period_count = len(periods)
        _save(row, payload, session, said=said, moment=moment)
        ChargingPeriod.objects.bulk_create(ChargingPeriod.build(row, moment, periods))
        return Stored(created=True)
    if moment < row.replaced_at:
        return _superseded(row, said, moment)
    row.replaced_at, row.field_times = moment, order.since(moment, row.field_times)
    _replace_periods(row, moment, periods)
    applied = not row.newer_than(moment)
    if not applied:
        payload, session = changes.at_latest(row, order.laid_under(payload, row.payload, row.field_times), moment)
    _save(row, payload, session, said=said, moment=moment)
    return Stored(created=False, applied=applied)


def patch(
    *, partner: Partner, party: PartyId, session_id: str, patch: dict[str, Any], tenant: PartyId | None = None
) -> Stored:
    """Change the given fields; periods are appended, and the same period twice is one (SES-03..07).

    A PATCH that newer ones overtook changes what they did not give, and its periods are not lost. Raises UnknownObject
    (the CPO then PUTs), InvalidObject; then nothing has changed.
    """
    moment = patch_moment(patch)
    check_same({"country_code": party.country_code, "party_id": party.party_id, "id": session_id}, patch)
    given = (partner, party, session_id, patch, moment, tenant)
    return plain.patch(*given) or _patch(*given)


@one_transaction
def _patch(
    partner: Partner, party: PartyId, session_id: str, patch: dict[str, Any], moment: datetime, tenant: PartyId | None
) -> Stored:
    row = _lock(partner, party, session_id)
    if row is None or (tenant is not None and row.tenant.key != tenant.key):
        raise errors.UnknownObject(f"session {session_id} is not known; PUT the whole session first")
    said = str(patch.get("status"))
    if moment < row.replaced_at:
        return _superseded(row, said, moment)
    change = changes.merged(row, patch, moment, partner, tenant)
    _append(row, moment, change.periods)
    _save(row, change.payload, change.session, said=said, moment=moment)
    return Stored(created=False, applied=change.applied)


def _superseded(row: Session, said: str, moment: datetime) -> Stored:
    """From before the last PUT: nothing of it counts but when the session was over."""
    if row.note_status(said, moment):
        row.save(update_fields=["final_since", "changed_after_end"])
    return Stored(created=False, applied=False)


# --- charging periods ------------------------------------------------------------------------------------------------
def _replace_periods(row: Session, moment: datetime, payloads: list[dict[str, Any]]) -> None:
    """The periods of a PUT instead of all until then; those of newer PATCHes stay. The caller saves the row."""
    newer = list(row.periods.filter(Q(pushed_at__gt=moment) | Q(repeated_at__gt=moment)).defer("payload"))
    fresh = ChargingPeriod.build(row, moment, payloads)
    digests, again = {period.digest for period in fresh}, {period.digest: period.last_pushed_at for period in newer}
    stay = [period for period in newer if period.digest not in digests]
    row.periods.exclude(pk__in=[period.pk for period in stay]).delete()
    for period in stay:
        if period.pushed_at <= moment:  # taken away by this PUT, and brought again
            period.pushed_at, period.repeated_at = period.last_pushed_at, None
            period.save(update_fields=["pushed_at", "repeated_at"])
    for period in fresh:
        period.repeated_at = again.get(period.digest)
    ChargingPeriod.objects.bulk_create(fresh)
    row.period_count = len(fresh) + len(stay)


def _append(row: Session, moment: datetime, payloads: list[dict[str, Any]]) -> None:
    """Store the periods that we do not have yet. The caller saves the row."""
    if not payloads:
        return
    pushed = {period.digest: period for period in reversed(changes.distinct(row, moment, payloads))}
    have = list(row.periods.filter(digest__in=pushed).defer("payload"))
    for period in have:
        if moment < period.pushed_at:  # in the CPO's time they came with this push
            period.pushed_at, period.repeated_at = moment, period.last_pushed_at
            period.order_at = pushed[period.digest].order_at
            period.save(update_fields=["pushed_at", "repeated_at", "order_at"])
    repeated = [period.pk for period in have if period.last_pushed_at < moment]
    if repeated:
        row.periods.filter(pk__in=repeated).update(repeated_at=moment)
    for period in have:
        pushed.pop(period.digest, None)
    ChargingPeriod.objects.bulk_create(reversed(pushed.values()))
    row.period_count += len(pushed)


# --- shared ----------------------------------------------------------------------------------------------------------
def _save(row: Session, payload: dict[str, Any], session: wire.Session, *, said: str, moment: datetime) -> None:
    """`said`: the status that the push of that moment gave, if any."""
    reference = ci_key(session.authorization_reference or "")
    news = row.pk is None or (row.status, row.authorization_reference) != (session.status, reference)
    moved = ci_key(session.location_id) != ci_key(row.location_id)
    row.fill(payload, session)
    row.note_status(said, moment)
    if moved or row.location_row_id is None:
        owned = Location.objects.of(row.partner, PartyId(row.country_code, row.party_id))
        row.location_row = owned.filter(location_id=session.location_id).first()
    token = session.cdr_token
    row.token_row = Token.objects.at(row.partner).find(token.uid, str(token.type), token.country_code, token.party_id)
    row.save()
    if row.location_row_id is None:
        after_commit(links.look_again, row.pk)
    if news:
        object_arrived.send(sender=Session, row=row)


def _lock(partner: Partner, party: PartyId, session_id: str) -> Session | None:
    return Session.objects.of(partner, party).select_for_update().filter(session_id=session_id).first()
