"""What can happen to our tokens: created, changed, and asked about by a partner (chapter mod_tokens)."""

from typing import Any

from ocpi.core import clock, parties
from ocpi.core.transactions import one_transaction
from ocpi.partners.models import Partner
from ocpi.protocol import errors
from ocpi.protocol import tokens as wire
from ocpi.protocol.headers import PartyId

from . import permissions, pushes
from .models import Authorization, Token


@one_transaction
def put(*, uid: str, type: str, contract_id: str, issuer: str, party: PartyId | None = None, **fields: Any) -> Token:
    """Create a token or change the one with this uid, type and party; partners are told afterwards.

    `fields`: status, whitelist, visual_number, group_id, language, default_profile_type, energy_contract,
    allowed_locations, sandbox; what is not given keeps its value. An app token defaults to whitelist NEVER (TOK-29).
    Raises InvalidObject when the result is no valid OCPI Token.
    """
    country_code, party_id = party or parties.ours()[0]
    known = Token.objects.select_for_update().filter(country_code=country_code, party_id=party_id)
    row = known.find(uid, type) or Token(country_code=country_code, party_id=party_id, uid=uid, type=type)
    if row.pk is None and type in pushes.APP_TYPES:
        row.whitelist = wire.WhitelistType.NEVER
    for name, value in {"contract_id": contract_id, "issuer": issuer, **fields}.items():
        setattr(row, name, value)
    return _save(row, uid)


@one_transaction
def set_status(*, token: Token, status: str) -> Token:
    """Block, unblock, expire…: in force for the next authorization, and pushed to partners (TOK-17, TOK-21)."""
    row = Token.objects.select_for_update().get(pk=token.pk)
    row.status = Token.Status(status)
    return _save(row, row.wire_uid)


def _save(row: Token, uid: str) -> Token:
    row.last_updated = clock.now()
    row.build_payload(uid)
    wire.Token.from_wire(row.payload)  # what we could not send is not stored
    row.save()
    pushes.enqueue(row)
    return row


def authorize(
    *,
    partner: Partner | None,
    uid: str,
    type: str,
    place: wire.LocationReferences | None = None,
    party: PartyId | None = None,
) -> dict[str, Any]:
    """Real-time authorization: the wire form of AuthorizationInfo (TOK-06..14). `party`: whose token, of our parties.

    Raises UnknownToken (404/2004), NotEnoughInformation (2002) for a token that is bound to places when none is given.
    Opening hours and EVSE status are the CPO's business and never decide here.
    """
    token = Token.governed(partner, uid, type, party)
    if token is None:
        raise errors.UnknownToken("this token is not known here")
    row, decision = permissions.ask(token=token, place=place, partner=partner)
    if decision.allowed == Authorization.NO_PLACE:
        raise errors.NotEnoughInformation(decision.reason)
    info = {"allowed": str(decision.allowed), "token": token.to_wire()}
    if decision.place is not None:
        info["location"] = decision.place.to_wire()
    reference = row.authorization_reference
    return info | ({"authorization_reference": reference} if reference else {})
