"""What can happen to charging profiles: we set, get and clear them, CPOs report (chapter mod_charging_profiles)."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from ocpi.core import client, clock, ids, outbox
from ocpi.core.client import Reply
from ocpi.core.transactions import one_transaction
from ocpi.partners import leniency, orders
from ocpi.partners.models import ApiClient, Feature, Partner
from ocpi.protocol import chargingprofiles as wire
from ocpi.protocol import errors
from ocpi.protocol.chargingprofiles import ChargingProfileResponseType, ChargingProfileResultType
from ocpi.protocol.errors import NotOcpi, OcpiError, PartnerError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.locations import Capability
from ocpi.protocol.states import SESSION
from ocpi.protocol.versions import InterfaceRole
from ocpi.sessions.capabilities import evse_of, require
from ocpi.sessions.models import Session

from . import profiles, sources
from .models import ActiveProfile, ProfileRequest

Kind = ProfileRequest.Kind
RESULTS: dict[str, type[wire.ActiveChargingProfileResult | wire.ChargingProfileResult | wire.ClearProfileResult]] = {
    Kind.GET: wire.ActiveChargingProfileResult,
    Kind.SET: wire.ChargingProfileResult,
    Kind.CLEAR: wire.ClearProfileResult,
}
BACK_OFF = timedelta(minutes=1)  # after TOO_OFTEN, twice as long each time; an hour at most (CHP-06)
_LONGEST = timedelta(hours=1)
_ASKED = timedelta(minutes=15)  # the duration that is asked for where nobody says


# --- we ask ----------------------------------------------------------------------------------------------------------
def set_profile(
    *, session: Session, profile: wire.ChargingProfile, api_client: ApiClient | None = None
) -> ProfileRequest:
    """Ask for limits on a session; a worker sends it at once. Limits are maxima, nobody promises to deliver them.

    Raises InvalidObject when profile, charger, session or partner do not allow it; then nothing is stored.
    """
    wanted = profiles.sendable(profile).to_wire()
    return _request(ProfileRequest(kind=Kind.SET, session=session, profile=wanted, api_client=api_client))


def get_profile(
    *, session: Session, duration: int | None = None, api_client: ApiClient | None = None
) -> ProfileRequest:
    """Ask which limits hold in the next `duration` seconds (default: 15 minutes). Raises as `set_profile`."""
    seconds = duration if duration is not None else int(_ASKED.total_seconds())
    if seconds <= 0:
        raise errors.InvalidObject("duration: must be more than 0")
    return _request(ProfileRequest(kind=Kind.GET, session=session, duration=seconds, api_client=api_client))


def clear_profile(*, session: Session, api_client: ApiClient | None = None) -> ProfileRequest:
    """Ask to remove the limits that we set. Raises as `set_profile`."""
    return _request(ProfileRequest(kind=Kind.CLEAR, session=session, api_client=api_client))


@transaction.atomic
def _request(row: ProfileRequest) -> ProfileRequest:
    """Committed before the call, because the result may come before the answer (CHP-24)."""
    session = row.session
    row.partner = session.partner
    row.country_code, row.party_id = session.party
    _check(row)
    row.warning = sources.mixed_with(row)
    row.note("QUEUED", f"by {row.api_client}" if row.api_client else "")
    row.save(force_insert=True)
    outbox.announce(row)
    return row


def _check(row: ProfileRequest) -> None:
    session = row.session
    if SESSION.final(session.status):
        raise errors.InvalidObject(f"session {session.wire_id} has ended")
    require(evse_of(session), Capability.CHARGING_PROFILE_CAPABLE, "follow charging profiles")
    obstacle = row.partner.unreachable(row.party)
    if not obstacle and not (_endpoint(row.partner) and row.partner.takes(Feature.CHARGING_PROFILES)):
        obstacle = f"{row.partner.name} takes no charging profiles"
    wait = _waits(session).order_by("-wait_until").first()
    if not obstacle and wait is not None:
        seconds = round((wait.wait_until - clock.now()).total_seconds())
        obstacle = f"the charger was asked too often; again in {seconds} seconds"
    if obstacle:
        raise errors.InvalidObject(obstacle)


def _waits(session: Session) -> QuerySet[ProfileRequest]:
    return ProfileRequest.objects.filter(session=session, wait_until__gt=clock.now())


def send(request_id: str) -> None:
    """Claim a request and send it, once."""
    row = orders.claim(ProfileRequest, request_id)
    if row is None:
        return
    try:
        response = _read(row, _call(row))
    except PartnerError as error:
        orders.failed(row, error)
        return
    accepted = response.result == ChargingProfileResponseType.ACCEPTED
    if response.result == ChargingProfileResponseType.TOO_OFTEN:
        _back_off(row)
    state = "ACCEPTED" if accepted else "REJECTED"
    orders.answered(row, state, str(response.result), response=response.to_wire(), timeout=response.timeout)


def _call(row: ProfileRequest) -> Reply:
    """PUT with a body; GET and DELETE with everything in the query and no body (CHP-01..04). Raises PartnerError."""
    url, method, body = ids.join(_endpoint(row.partner), row.session.wire_id), "PUT", None
    match row.kind:
        case Kind.SET:
            body = {"charging_profile": row.profile, "response_url": row.response_url}
        case Kind.GET:
            method = "GET"
            url = ids.with_query(url, {"duration": str(row.duration), "response_url": row.response_url})
        case Kind.CLEAR:
            method, url = "DELETE", ids.with_query(url, {"response_url": row.response_url})
    return client.call(
        row.partner.peer(row.party), method, url, module="chargingprofiles", body=body,
        sender=row.session.tenant, correlation_id=row.correlation_id,
    )  # fmt: skip


def _read(row: ProfileRequest, reply: Reply) -> wire.ChargingProfileResponse:
    try:
        return wire.ChargingProfileResponse.from_wire(reply.data, row.partner.tolerance())
    except OcpiError as error:
        raise NotOcpi(f"their ChargingProfileResponse cannot be read: {error.message}") from error
    finally:
        row.partner.keep_leniencies()
        leniency.write()


def _back_off(row: ProfileRequest) -> None:
    """Each TOO_OFTEN of the last hours doubles the pause."""
    recent = clock.now() - 2 * _LONGEST
    before = ProfileRequest.objects.filter(session=row.session_id, wait_until__gt=recent).count()
    pause = min(_LONGEST, BACK_OFF * 2 ** min(before, 10))
    ProfileRequest.objects.filter(pk=row.pk).update(wait_until=clock.now() + pause)


def _endpoint(partner: Partner) -> str:
    return partner.endpoint("chargingprofiles", InterfaceRole.RECEIVER)


# --- CPOs report -----------------------------------------------------------------------------------------------------
@one_transaction
def receive_result(*, partner: Partner, request_id: str, body: Any) -> ProfileRequest:
    """The result of a request, whenever it comes; of which type, the request says and not the body (CHP-08).

    Raises UnknownObject when this partner was asked no such thing, InvalidObject for another type's result.
    """
    row = orders.find(ProfileRequest, partner, request_id)
    result = RESULTS[row.kind].from_wire(body, partner.tolerance())
    done = result.result == ChargingProfileResultType.ACCEPTED
    if not orders.settle(row, "SUCCEEDED" if done else "FAILED", str(result.result), result.to_wire()):
        return row
    row.save()
    if done and isinstance(result, wire.ActiveChargingProfileResult) and result.profile is not None:
        _store(row.session, result.profile)
    if done and row.kind == Kind.CLEAR:  # what we know holds no longer; the CPO tells what does (CHP-14)
        ActiveProfile.objects.filter(session=row.session_id).delete()
    return row


@one_transaction
def put_active(
    *,
    partner: Partner,
    sender: PartyId | None,
    session_id: str,
    profile: wire.ActiveChargingProfile,
    tenant: PartyId | None = None,
) -> ActiveProfile:
    """The limits of a session have changed (CHP-11). Raises UnknownObject for a session that is not theirs (CHP-13).

    The URL names no party, and two parties may use one id: the sender decides, and for a hub what is unique (CHP-12).
    `tenant` is the party of ours that was addressed, if one was.
    """
    rows = Session.objects.of_tenant(tenant).select_for_update().filter(partner=partner, session_id=session_id)
    if sender is not None and (partner.hub is None or sender.key != partner.hub.key):
        rows = rows.filter(country_code=sender.country_code, party_id=sender.party_id)
    found = list(rows[:2])
    if len(found) != 1:
        raise errors.UnknownObject(f"session {session_id} is not known")
    return _store(found[0], profile)


def _store(session: Session, profile: wire.ActiveChargingProfile) -> ActiveProfile:
    """A profile that was calculated earlier than the one that we have does not replace it."""
    known = ActiveProfile.objects.select_for_update().filter(session=session).first()
    row = known or ActiveProfile(session=session)
    if row.pk is None or row.start_date_time <= profile.start_date_time:
        row.start_date_time, row.payload = profile.start_date_time, profile.to_wire()
        row.save()
    return row


def sweep() -> list[str]:
    return orders.sweep(ProfileRequest)
