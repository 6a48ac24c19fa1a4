"""What can happen to a CDR: it is received, once (chapter mod_cdrs)."""

from django.db import IntegrityError, transaction

from ocpi.core import parties
from ocpi.partners.models import Partner
from ocpi.partners.owned import Stored
from ocpi.protocol import cdrs as wire
from ocpi.protocol import errors
from ocpi.protocol.headers import PartyId
from ocpi.sessions.models import Session
from ocpi.tokens.models import Token

from .models import CDR


def receive(*, partner: Partner, party: PartyId, cdr: wire.CDR) -> tuple[CDR, Stored]:
    """Store a bill. The same one again is the same bill (AMB-23).

    Raises InvalidObject when another bill has this id (CDR-06), UnknownToken when the driver is not ours (CDR-18).
    """
    token = cdr.cdr_token
    if not parties.is_ours(token.country_code, token.party_id):
        raise errors.UnknownToken(
            f"cdr_token: party {token.country_code}-{token.party_id} is not on this platform", http_status=200
        )
    row = CDR(partner=partner, country_code=party.country_code, party_id=party.party_id)
    row.fill(cdr)
    known = _find(row)
    if known is None:
        _link(row)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
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


def _find(row: CDR) -> CDR | None:
    owned = CDR.objects.of(row.partner, PartyId(row.country_code, row.party_id))
    return owned.filter(cdr_id=row.cdr_id).first()


def _link(row: CDR) -> None:
    token = row.payload["cdr_token"]
    row.token_row = Token.objects.find(token["uid"], token["type"], token["country_code"], token["party_id"])
    if row.session_id:
        owned = Session.objects.of(row.partner, PartyId(row.country_code, row.party_id))
        row.session_row = owned.filter(session_id=row.session_id).first()
