"""May this token charge, here, now? Pure: no database, no clock, so that a driver in the rain does not wait."""

from typing import NamedTuple

from ocpi.protocol import errors
from ocpi.protocol.tokens import AllowedType, LocationReferences
from ocpi.protocol.types import ci_key

from .models import Token

_BY_STATUS = {
    Token.Status.BLOCKED: AllowedType.BLOCKED,
    Token.Status.EXPIRED: AllowedType.EXPIRED,
    Token.Status.NO_CREDIT: AllowedType.NO_CREDIT,
    Token.Status.NOT_ALLOWED: AllowedType.NOT_ALLOWED,
}


class Decision(NamedTuple):
    """`place`: where charging is allowed, only if the partner asked about a place and the answer is yes (TOK-12)."""

    allowed: AllowedType
    reason: str
    place: LocationReferences | None = None


def decide(token: Token, place: LocationReferences | None) -> Decision:
    """Raises NotEnoughInformation when the token is bound to places and none is given (TOK-11)."""
    if token.status != Token.Status.ACTIVE:
        status = Token.Status(token.status)
        return Decision(_BY_STATUS[status], f"the token is {status.label}")
    if not token.allowed_locations:
        return Decision(AllowedType.ALLOWED, "the token is active", place)
    if place is None:
        raise errors.NotEnoughInformation("this token is bound to certain locations: say which one is meant")
    return _at(token, place)


def _at(token: Token, place: LocationReferences) -> Decision:
    here = [p for p in token.allowed_locations if ci_key(p["location_id"]) == ci_key(place.location_id)]
    if not here:
        return Decision(AllowedType.NOT_ALLOWED, "the token is not allowed at this location")
    if any(not p.get("evse_uids") for p in here):
        return Decision(AllowedType.ALLOWED, "the token is allowed at this location", place)
    bound = {ci_key(uid): uid for p in here for uid in p["evse_uids"]}
    evses = [uid for uid in place.evse_uids or bound.values() if ci_key(uid) in bound]
    if not evses:
        return Decision(AllowedType.NOT_ALLOWED, "the token is not allowed at these EVSEs")
    allowed = LocationReferences.from_wire({"location_id": place.location_id, "evse_uids": evses})
    return Decision(AllowedType.ALLOWED, "the token is allowed at some of these EVSEs", allowed)
