"""Charging preferences: what our driver wants of a running session, told to its CPO (SES-30..37)."""

from django.conf import settings
from django.db import transaction

from ocpi.core import client, ids, outbox
from ocpi.core.client import Reply
from ocpi.partners import orders
from ocpi.partners.models import ApiClient, Feature
from ocpi.protocol import errors
from ocpi.protocol import sessions as wire
from ocpi.protocol.errors import NotOcpi, PartnerError, Refused
from ocpi.protocol.locations import Capability
from ocpi.protocol.sessions import ChargingPreferencesResponse, ProfileType
from ocpi.protocol.states import SESSION
from ocpi.protocol.versions import InterfaceRole
from ocpi.tariffs.models import Tariff

from .capabilities import connector_of, evse_of, require
from .models import ChargingPreference, Session


@transaction.atomic
def request(
    *, session: Session, preferences: wire.ChargingPreferences, api_client: ApiClient | None = None
) -> ChargingPreference:
    """Check what the driver wants and commit it; a worker sends it at once. Raises InvalidObject."""
    row = ChargingPreference(
        session=session, partner=session.partner, country_code=session.party.country_code,
        party_id=session.party.party_id, api_client=api_client, request=preferences.to_wire(),
    )  # fmt: skip
    _check(row, preferences.profile_type)
    row.note("QUEUED", f"by {api_client}" if api_client else "")
    row.save(force_insert=True)
    outbox.announce(row)
    return row


def offered(session: Session) -> list[ProfileType]:
    """The profile types that have a tariff at the session's connector: all, when we know no tariff there (SES-32)."""
    connector = connector_of(session)
    ids_there = connector.tariff_ids if connector else []
    rows = Tariff.objects.of(session.partner, session.party).filter(tariff_id__in=ids_there)
    types = set(rows.values_list("type", flat=True))
    if not types and settings.OCPI_CAPABILITY_UNKNOWN_ALLOWS:
        return list(ProfileType)
    regular = {"", "REGULAR"}  # a tariff without a type is for every session, but proves no profile
    return [t for t in ProfileType if f"PROFILE_{t}" in types or (t == ProfileType.REGULAR and types & regular)]


def _check(row: ChargingPreference, profile_type: ProfileType) -> None:
    session = row.session
    if SESSION.final(session.status):
        raise errors.InvalidObject(f"session {session.wire_id} has ended: no longer possible")
    require(evse_of(session), Capability.CHARGING_PREFERENCES_CAPABLE, "take charging preferences")
    if profile_type not in offered(session):
        raise errors.InvalidObject(f"profile_type: there is no tariff for {profile_type} at this connector")
    obstacle = row.partner.unreachable(row.party)
    offers = row.partner.endpoint("sessions", InterfaceRole.SENDER) and row.partner.takes(Feature.PREFERENCES)
    if not obstacle and not offers:
        obstacle = f"{row.partner.name} takes no charging preferences"
    if obstacle:
        raise errors.InvalidObject(obstacle)


def send(preference_id: str) -> None:
    """Claim and send, once. The answer is final: nothing follows later."""
    row = orders.claim(ChargingPreference, preference_id)
    if row is None:
        return
    try:
        answer = _read(_call(row))
    except Refused as error:
        # Not capable, finished or unknown: CPOs say 404 with 2001 to all of them (SES-36, SES-37).
        gone = "not supported, or no longer possible: " if error.http_status == 404 else ""
        orders.answered(row, "REJECTED", f"{gone}{error}", error=f"{gone}{error}")
    except PartnerError as error:
        orders.failed(row, error)
    else:
        ChargingPreference.objects.filter(pk=row.pk).update(answer=answer)
        accepted = answer == ChargingPreferencesResponse.ACCEPTED
        orders.answered(row, "SUCCEEDED" if accepted else "REJECTED", str(answer))


def _call(row: ChargingPreference) -> Reply:
    endpoint = row.partner.endpoint("sessions", InterfaceRole.SENDER)
    url = ids.join(endpoint, row.session.wire_id, "charging_preferences")
    return client.call(
        row.partner.peer(row.party), "PUT", url, module="sessions", body=row.request,
        sender=row.session.tenant, correlation_id=row.correlation_id,
    )  # fmt: skip


def _read(reply: Reply) -> ChargingPreferencesResponse:
    """A bare string (SES-35)."""
    try:
        return ChargingPreferencesResponse(reply.data)
    except ValueError as error:
        raise NotOcpi("their answer is not a ChargingPreferencesResponse") from error


def sweep() -> list[str]:
    return orders.sweep(ChargingPreference)
