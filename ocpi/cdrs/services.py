"""What can happen to a CDR: it is received, once (chapter mod_cdrs)."""

from collections.abc import Collection
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from ocpi.core import many, outbox, parties
from ocpi.core.tables import blank
from ocpi.core.transactions import after_commit, one_transaction
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.partners.owned import Stored
from ocpi.protocol import cdrs as wire
from ocpi.protocol import errors
from ocpi.protocol.headers import PartyId
from ocpi.sessions.models import Session
from ocpi.tokens.models import Token

from . import plain, reviews
from .models import CDR
from .remarks import remarks


def receive(
    *,
    partner: Partner,
    party: PartyId,
    cdr: wire.CDR,
    tenant: PartyId | None = None,
    form: dict[str, Any] | None = None,
) -> tuple[CDR, Stored]:
    """Store a bill for `tenant`, the party of ours that was addressed. The same one again is the same bill (AMB-23).

    `form`: its wire form, where it is known.

    Raises InvalidObject when another bill has this id (CDR-06), UnknownToken when the driver is not ours (CDR-18).
    """
    token = cdr.cdr_token
    parties.check_driver(PartyId(token.country_code, token.party_id), tenant)
    row = blank(CDR)
    row.partner, row.country_code, row.party_id = partner, *party
    row.fill(cdr, cdr.to_wire() if form is None else form)
    if plain.receive(row):
        return row, Stored(created=True)
    known = _find(row)
    if known is None:
        try:
            with transaction.atomic():
                _insert(row)
            return row, Stored(created=True)
        except IntegrityError:
            known = _find(row)  # the same POST, a moment earlier, on another connection
    return _repeated(known, row), Stored(created=False, applied=False)


def _repeated(known: CDR | None, again: CDR) -> CDR:
    if known is None:
        raise errors.ServerError("the CDR could not be stored; try again")
    if known.digest != again.digest:
        raise errors.InvalidObject(f"id: CDR {known.wire_id} was received with other content, and a CDR cannot change")
    return known


def link_to(*, session: Session) -> None:
    """Bills that came before their session."""
    owned = CDR.objects.of(session.partner, PartyId(session.country_code, session.party_id))
    _review(owned.filter(session_id=session.session_id, session_row=None))


def placed_at(*, location: Location) -> None:
    """Bills that came before their location."""
    owned = CDR.objects.of(location.partner, PartyId(location.country_code, location.party_id))
    _review(owned.filter(location_id=location.location_id))


def placed_at_many(*, partner: Partner, locations: Collection[Location]) -> None:
    """The same for many of one partner: one query, and those of the few where something was billed."""
    keys = [(row.location_id,) for row in locations]
    billed = {id_ for (id_,) in many.named(CDR, partner.pk, keys, ["location_id"], ["location_id"])}
    for location in locations:
        if location.location_id in billed:
            one_transaction(placed_at)(location=location)


def _insert(row: CDR) -> None:
    _link(row)
    row.remarks = remarks(row)
    row.save(force_insert=True)
    outbox.announce(row)
    if row.credit:
        reviews.credited_by(row)
    if {CDR.Remark.UNKNOWN_SESSION, CDR.Remark.UNKNOWN_LOCATION} & set(row.remarks):
        # One of them may be stored at this moment; whichever commits last must see the other.
        after_commit(_review, CDR.objects.filter(pk=row.pk))
    _review(_owned(row).filter(credit=True, credit_reference_id=row.cdr_id))  # credits that came before their original


@transaction.atomic(savepoint=False)
def _review(rows: QuerySet[CDR]) -> None:
    """Link and remark anew; what is known now may change the verdict."""
    for row in rows.select_for_update(of=("self",)).select_related("session_row", "token_row", "partner"):
        before = row.session_row, row.token_row, row.remarks
        _link(row)
        row.remarks = remarks(row)
        if before != (row.session_row, row.token_row, row.remarks):
            row.verdict, row.check_claimed_at = CDR.Verdict.WAITING, None
            row.save(update_fields=["session_row", "token_row", "remarks", "verdict", "check_claimed_at", "changed_at"])
            outbox.announce(row)


def _owned(row: CDR) -> QuerySet[CDR]:
    return CDR.objects.of(row.partner, PartyId(row.country_code, row.party_id))


def _find(row: CDR) -> CDR | None:
    return _owned(row).filter(cdr_id=row.cdr_id).first()


def _link(row: CDR) -> None:
    token = row.payload["cdr_token"]
    row.token_row = Token.objects.at(row.partner).find(
        token["uid"], token["type"], token["country_code"], token["party_id"]
    )
    if row.session_id:
        owned = Session.objects.of(row.partner, PartyId(row.country_code, row.party_id))
        row.session_row = owned.filter(session_id=row.session_id).first()
