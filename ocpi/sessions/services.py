"""What can happen to sessions: PUT replaces, PATCH changes fields and appends periods (chapter mod_sessions).

Pushes may come twice and in any order: each field has its value from the newest push that gave one
(`ocpi.protocol.order`), and each period stays unless a PUT that is newer than all its pushes left it out.
"""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q

from ocpi.core import parties
from ocpi.core.signals import object_arrived
from ocpi.core.transactions import one_transaction
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.partners.owned import Stored, check_same, patch_moment
from ocpi.protocol import errors, order
from ocpi.protocol import sessions as wire
from ocpi.protocol.headers import PartyId
from ocpi.protocol.merge import merge
from ocpi.protocol.types import ci_key, format_datetime
from ocpi.tokens.models import Token

from .models import ChargingPeriod, Session


@one_transaction
def put(*, partner: Partner, party: PartyId, session: wire.Session, tenant: PartyId | None = None) -> Stored:
    """Create or replace a session with its periods (SES-01, SES-02). Raises UnknownToken for another eMSP's driver.

    `tenant`: the party of ours that was addressed; the driver must be its own (HUB-06). What newer PATCHes gave stays,
    fields and periods.
    """
    _check_token(session, tenant)
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
        payload, session = _at_latest(row, order.laid_under(payload, row.payload, row.field_times), moment)
    _save(row, payload, session, said=said, moment=moment)
    return Stored(created=False, applied=applied)


@one_transaction
def patch(
    *, partner: Partner, party: PartyId, session_id: str, patch: dict[str, Any], tenant: PartyId | None = None
) -> Stored:
    """Change the given fields; periods are appended, and the same period twice is one (SES-03..07).

    A PATCH that newer ones overtook changes what they did not give, and its periods are not lost. Raises UnknownObject
    (the CPO then PUTs), InvalidObject; then nothing has changed.
    """
    moment = patch_moment(patch)
    check_same({"country_code": party.country_code, "party_id": party.party_id, "id": session_id}, patch)
    row = _lock(partner, party, session_id)
    if row is None or (tenant is not None and row.tenant.key != tenant.key):
        raise errors.UnknownObject(f"session {session_id} is not known; PUT the whole session first")
    said = str(patch.get("status"))
    if moment < row.replaced_at:
        return _superseded(row, said, moment)
    # Only the new periods are validated: the stored ones were, when they came.
    rest = {key: value for key, value in patch.items() if key != "charging_periods"}
    whole = merge(row.payload, rest) | {"charging_periods": patch.get("charging_periods") or []}
    session = wire.Session.from_wire(whole, partner.tolerance())
    _check_token(session, tenant)
    payload = session.to_wire()
    _append(row, moment, payload.pop("charging_periods", []))
    counting = order.counting(rest, moment, row.field_times)
    row.field_times = order.given(counting, moment, row.field_times)
    applied = not row.newer_than(moment)
    if not applied:
        payload, session = _at_latest(row, row.payload | {name: payload[name] for name in counting}, moment)
    _save(row, payload, session, said=said, moment=moment)
    return Stored(created=False, applied=applied or bool(counting))


def _superseded(row: Session, said: str, moment: datetime) -> Stored:
    """From before the last PUT: nothing of it counts but when the session was over."""
    if row.note_status(said, moment):
        row.save(update_fields=["final_since", "changed_after_end"])
    return Stored(created=False, applied=False)


def _at_latest(row: Session, payload: dict[str, Any], moment: datetime) -> tuple[dict[str, Any], wire.Session]:
    """What an overtaken push left, under the time of the newest."""
    payload = payload | {"last_updated": format_datetime(max(row.last_updated, moment))}
    return payload, wire.Session.from_wire(payload)


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
    pushed = {period.digest: period for period in reversed(ChargingPeriod.build(row, moment, payloads))}
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
        transaction.on_commit(partial(_look_again, row.pk))
    if news:
        object_arrived.send(sender=Session, row=row)


def _look_again(pk: int) -> None:
    """Its location may have been committed meanwhile; whichever commits last must see the other."""
    row = Session.objects.select_related("partner").filter(pk=pk).first()
    if row is not None:
        owned = Location.objects.of(row.partner, PartyId(row.country_code, row.party_id))
        for location in owned.filter(location_id=row.location_id):
            link_to(location=location)


def link_to(*, location: Location) -> None:
    """Sessions that came before their location (SES-20)."""
    owned = Session.objects.of(location.partner, PartyId(location.country_code, location.party_id))
    owned.filter(location_id=location.location_id, location_row=None).update(location_row=location)


def link_to_many(*, partner: Partner, locations: Collection[Location]) -> None:
    """The same for many of one partner: one query, and those of the few for which sessions wait."""
    waiting = Session.objects.filter(partner=partner, location_row=None)
    wanted = set(
        waiting.filter(location_id__in={row.location_id for row in locations}).values_list("location_id", flat=True)
    )
    for location in locations:
        if location.location_id in wanted:
            link_to(location=location)


def _lock(partner: Partner, party: PartyId, session_id: str) -> Session | None:
    return Session.objects.of(partner, party).select_for_update().filter(session_id=session_id).first()


def _check_token(session: wire.Session, tenant: PartyId | None) -> None:
    """A session of another eMSP's driver is none of ours; one of a card that we do not know may be (SES-20, SES-21)."""
    token = session.cdr_token
    parties.check_driver(PartyId(token.country_code, token.party_id), tenant)
