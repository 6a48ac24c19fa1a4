"""Asking whether a token may charge: decided, kept with its trace, and answered."""

from ocpi.core import clock, ids, rows
from ocpi.core.tables import blank
from ocpi.core.transactions import one_transaction
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.tokens import AllowedType, LocationReferences

from . import gathering, policy
from .models import Authorization, Policy, Token
from .policy import Decision


class MayNotCharge(InvalidObject):
    """A command for a token that may not charge there; `authorization` is not stored yet: the command's transaction
    is about to be undone."""

    def __init__(self, authorization: Authorization) -> None:
        super().__init__(f"token: may not charge there, {authorization.reason}")
        self.authorization = authorization


def consider(
    *, token: Token, place: LocationReferences | None, partner: Partner | None, location: Location | None = None
) -> Decision:
    """The decision as it would be now; nothing is stored, nobody is told.

    `token` comes from `governed()`; `location` is given where it is known already.
    """
    governed = getattr(token, "is_governed", True)
    return policy.decide(token, place, gathering.terms(token, place, partner, location) if governed else ())


def ask(
    *, token: Token, place: LocationReferences | None, partner: Partner | None, location: Location | None = None,
    origin: Authorization.Origin = Authorization.Origin.REALTIME, reference: str = "",
) -> tuple[Authorization, Decision]:  # fmt: skip
    """Decide and keep it. A permission gets `reference`, or one of ours, which comes back in session and CDR."""
    given = (token, place, partner, location, origin, reference)
    return _in_turn(*given) if getattr(token, "is_governed", True) else _decide(*given)


@one_transaction
def _in_turn(
    token: Token, place: LocationReferences | None, partner: Partner | None, location: Location | None,
    origin: Authorization.Origin, reference: str,
) -> tuple[Authorization, Decision]:  # fmt: skip
    """One after another, where charges at once are limited: two who ask at the same moment see each other."""
    limited = Policy.objects.of(token).exclude(max_charges=None)
    list(limited.select_for_update().order_by("pk").values_list("pk"))
    return _decide(token, place, partner, location, origin, reference)


def _decide(
    token: Token, place: LocationReferences | None, partner: Partner | None, location: Location | None,
    origin: Authorization.Origin, reference: str,
) -> tuple[Authorization, Decision]:  # fmt: skip
    decision = consider(token=token, place=place, partner=partner, location=location)
    allowed = decision.allowed == AllowedType.ALLOWED
    row = blank(Authorization)
    row.partner, row.token, row.origin, row.decided_at = partner, token, origin, clock.now()
    row.allowed, row.reason, row.trace = str(decision.allowed), decision.reason[:255], decision.as_json()
    if place is not None:
        row.location_id, row.evse_uids = place.location_id, list(place.evse_uids)
    if allowed:
        row.authorization_reference = reference or ids.new_id()
    if origin == Authorization.Origin.REALTIME or allowed:
        rows.insert(row)
    return row, decision


def require(
    *, token: Token, place: LocationReferences, location: Location, origin: Authorization.Origin, reference: str
) -> None:
    """For a command: the decision that the CPO would get from us, made before we send (CMD-19). Raises MayNotCharge."""
    row, decision = ask(
        token=token, place=place, partner=location.partner, location=location, origin=origin, reference=reference
    )
    if decision.allowed != AllowedType.ALLOWED:
        raise MayNotCharge(row)


def keep(refused: MayNotCharge) -> None:
    """Once the command's transaction is undone."""
    refused.authorization.save(force_insert=True)
