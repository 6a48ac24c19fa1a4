"""From what an app or an operator wants to a command that may be sent: everything is checked before anything is stored.

Each builder returns the row, unsaved; what was decided about its token is stored already (ocpi.tokens.permissions).
Raises OcpiError: UnknownLocation (200/2003), UnknownToken (200/2004), InvalidObject (2001) for what OCPI or the charger
does not allow, MayNotCharge among them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import Q

from ocpi.core import ids
from ocpi.locations.models import EVSE, Connector, Location
from ocpi.partners import shared_parties
from ocpi.partners.models import Partner
from ocpi.partners.sandboxes import mine_or_real
from ocpi.protocol import commands as wire
from ocpi.protocol import errors
from ocpi.protocol.commands import CommandType
from ocpi.protocol.headers import PartyId
from ocpi.protocol.locations import Capability
from ocpi.protocol.tokens import LocationReferences, TokenType
from ocpi.protocol.types import OcpiModel
from ocpi.protocol.versions import InterfaceRole
from ocpi.sessions.capabilities import require
from ocpi.sessions.models import Session
from ocpi.tokens import permissions
from ocpi.tokens.models import Authorization, Token

from .models import Command

_PLACEHOLDER = "https://placeholder.invalid/"  # response_url is ours and known only once the row has its id


class Among(NamedTuple):
    """Whose objects may be meant: `owner` tells them apart where two partners use one id; `sandbox` is a learner's."""

    owner: PartyId | None = None
    sandbox: Partner | None = None

    def rows(self) -> Q:
        named = Q(country_code=self.owner.country_code, party_id=self.owner.party_id) if self.owner else Q()
        return named & mine_or_real(self.sandbox)


def build(type: CommandType, body: Any, among: Among) -> Command:
    """`body` is the OCPI command object; `token` may be just `{uid, type}`, response_url may be missing (SEED-06)."""
    if not isinstance(body, dict):
        raise errors.InvalidObject("the body must be a JSON object")
    webhook = body.get("response_url") or ""
    body = {**body, "response_url": webhook or _PLACEHOLDER}
    row = _BUILDERS[type](body, among)
    row.type, row.webhook_url = type, webhook
    row.webhook_state = Command.Webhook.WAITING if webhook else Command.Webhook.NONE
    _check_reachable(row)
    return row


def _check_reachable(row: Command) -> None:
    obstacle = row.partner.unreachable(row.party)
    if not obstacle and not row.partner.endpoint("commands", InterfaceRole.RECEIVER):
        obstacle = f"{row.partner.name} takes no commands"
    if not obstacle and not row.partner.takes(row.type):
        obstacle = f"{row.partner.name} does not support {row.type}"
    if obstacle:
        raise errors.InvalidObject(obstacle)


def _start(body: dict[str, Any], among: Among) -> Command:
    row, evse = _at_location(wire.StartSession, body, among, Authorization.Origin.START_SESSION)
    require(evse, Capability.REMOTE_START_STOP_CAPABLE, "be started remotely")
    if evse and Capability.START_SESSION_CONNECTOR_REQUIRED in evse.capabilities and not body.get("connector_id"):
        raise errors.InvalidObject("connector_id: this EVSE needs to be told which connector")
    return row


def _reserve(body: dict[str, Any], among: Among) -> Command:
    row, evse = _at_location(wire.ReserveNow, body, among, Authorization.Origin.RESERVE_NOW)
    require(evse, Capability.RESERVABLE, "be reserved")
    row.reservation_id = body["reservation_id"]
    return row


def _unlock(body: dict[str, Any], among: Among) -> Command:
    request = _checked(wire.UnlockConnector, body)
    location = _location(request.location_id, among)
    evse = _evse(location, request.evse_uid, request.connector_id)
    require(evse, Capability.UNLOCK_CAPABLE, "be unlocked remotely")
    return _row(location.partner, location.party, request, location_id=location.location_id, evse_uid=request.evse_uid)


def _stop(body: dict[str, Any], among: Among) -> Command:
    request = _checked(wire.StopSession, body)
    session = _one(Session.objects.filter(session_id=request.session_id), among, "session_id")
    if session is None:
        raise errors.InvalidObject(f"session_id: session {request.session_id} is not known")
    return _stop_row(session, request)


def stop_of(session: Session) -> Command:
    """A STOP_SESSION of our own accord. Raises InvalidObject when its CPO cannot be reached."""
    request = _checked(wire.StopSession, {"session_id": session.wire_id, "response_url": _PLACEHOLDER})
    row = _stop_row(session, request)
    row.type = CommandType.STOP_SESSION
    _check_reachable(row)
    return row


def _stop_row(session: Session, request: wire.StopSession) -> Command:
    row = _row(session.partner, session.party, request, session_id=session.session_id)
    row.request["session_id"] = session.wire_id  # as the CPO spells it
    row.location_id, row.evse_uid, row.token = session.location_id, session.evse_uid, session.token_row
    return row


def _cancel(body: dict[str, Any], among: Among) -> Command:
    request = _checked(wire.CancelReservation, body)
    made = Command.objects.filter(type=CommandType.RESERVE_NOW, reservation_id=request.reservation_id)
    reservation = made.filter(among.rows()).select_related("partner").order_by("-created_at").first()
    if reservation is None:
        raise errors.InvalidObject(f"reservation_id: no reservation {request.reservation_id} was made here")
    return _row(
        reservation.partner, reservation.party, request,
        reservation_id=request.reservation_id, location_id=reservation.location_id, token=reservation.token,
    )  # fmt: skip


_BUILDERS: dict[CommandType, Callable[[dict[str, Any], Among], Command]] = {
    CommandType.START_SESSION: _start,
    CommandType.STOP_SESSION: _stop,
    CommandType.RESERVE_NOW: _reserve,
    CommandType.CANCEL_RESERVATION: _cancel,
    CommandType.UNLOCK_CONNECTOR: _unlock,
}


def _at_location(
    model: type[OcpiModel], body: dict[str, Any], among: Among, origin: Authorization.Origin
) -> tuple[Command, EVSE | None]:
    token = _token(body.get("token"), among)
    reference = body.get("authorization_reference") or ids.new_id()
    request: Any = _checked(model, {**body, "token": token.to_wire(), "authorization_reference": reference})
    location = _location(request.location_id, among)
    evse = _evse(location, request.evse_uid, getattr(request, "connector_id", None)) if request.evse_uid else None
    _authorise(token, request, location, origin)
    row = _row(
        location.partner, location.party, request,
        token=token, location_id=location.location_id, evse_uid=request.evse_uid or "",
        authorization_reference=reference,
    )  # fmt: skip
    row.request["location_id"] = location.wire_id
    if evse is not None:
        row.request["evse_uid"] = evse.wire_uid
    return row, evse


def _row(partner: Partner, party: PartyId, request: OcpiModel, **columns: Any) -> Command:
    wire_form = request.to_wire()
    del wire_form["response_url"]
    return Command(
        partner=partner, country_code=party.country_code, party_id=party.party_id, request=wire_form, **columns
    )


def _checked(model: type[Any], body: dict[str, Any]) -> Any:
    return model.from_wire(body)


def _token(given: Any, among: Among) -> Token:
    """Our own token (LOC-26)."""
    if not isinstance(given, dict) or not isinstance(given.get("uid"), str):
        raise errors.InvalidObject("token: an object with at least `uid` is required")
    type_ = given.get("type", TokenType.RFID)
    token = Token.objects.at(among.sandbox).governed().find(given["uid"], str(type_))
    if token is None:
        raise errors.UnknownToken("token: not one of our tokens", http_status=200)
    return token


def _authorise(token: Token, request: Any, location: Location, origin: Authorization.Origin) -> None:
    """Raises MayNotCharge."""
    evses = [request.evse_uid] if request.evse_uid else []
    place = LocationReferences(location_id=request.location_id, evse_uids=evses)
    reference = request.authorization_reference
    permissions.require(token=token, place=place, location=location, origin=origin, reference=reference)


def _location(location_id: str, among: Among) -> Location:
    row = _one(Location.objects.filter(location_id=location_id, gone_at=None).once(), among, "location_id")
    if row is None:
        raise errors.UnknownLocation(f"location_id: location {location_id} is not known", http_status=200)
    return row


def _one(rows: Any, among: Among, field: str) -> Any:
    found = list(rows.filter(among.rows()).select_related("partner")[:20])
    if len({(row.country_code, row.party_id) for row in found}) > 1:
        named = ", ".join(f"{r.party.country_code}-{r.party.party_id} of {r.partner.name}" for r in found)
        raise errors.InvalidObject(f"{field}: used by several parties ({named}); add ?country_code=&party_id=")
    return shared_parties.foremost(found) if found else None


def _evse(location: Location, uid: str, connector_id: str | None) -> EVSE:
    evse = location.evses.filter(uid=uid, hidden_at=None).exclude(status="REMOVED").first()
    if evse is None:
        raise errors.UnknownLocation(f"evse_uid: EVSE {uid} is not known at this location", http_status=200)
    if connector_id and not Connector.objects.filter(evse=evse, connector_id=connector_id, hidden_at=None).exists():
        raise errors.UnknownLocation(f"connector_id: connector {connector_id} is not known there", http_status=200)
    return evse
