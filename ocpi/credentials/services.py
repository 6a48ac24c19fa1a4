"""The handshake as Receiver and as Sender (chapter credentials).

Tokens: A opens the registration only; B is what the Sender gives the Receiver; C is what the Receiver gives back.
A token that we hand out is committed, and so works, before we hand it out: the other side calls back at once (CRE-04).
"""

from typing import Any

from django.conf import settings
from django.db import transaction

from ocpi.core import client, clock, ids, parties, secrets
from ocpi.core.client import Peer
from ocpi.core.signals import partner_registered
from ocpi.partners import outages
from ocpi.partners import services as partners
from ocpi.partners.models import Partner, PartnerEndpoint, PartnerRole, PartnerToken
from ocpi.protocol import errors
from ocpi.protocol.credentials import Credentials
from ocpi.protocol.errors import NotOcpi, OcpiError, PartnerError, Unreachable
from ocpi.protocol.versions import InterfaceRole

from . import claims
from .discovery import Discovered, Follow, alone, discover
from .errors import EndpointsMissing, HandshakeError, NoMutualVersion, NotPossible, OutcomeUnknown

REGISTRATION = PartnerToken.Purpose.REGISTRATION
OPERATIONAL = PartnerToken.Purpose.OPERATIONAL
# Why a request cannot have reached them: no connection was made.
_NEVER_SENT = {"url", "https", "private", "dns", "refused", "route", "tls", "connect"}


def ours(token: str) -> dict[str, Any]:
    """Our Credentials object; `token` is what the other side shows us."""
    details = {"name": settings.PROJECT_NAME}
    roles = [
        {"role": "EMSP", "country_code": p.country_code, "party_id": p.party_id, "business_details": details}
        for p in parties.ours()
    ]
    return Credentials.from_wire({"token": token, "url": settings.OCPI_VERSIONS_URL, "roles": roles}).to_wire()


# --- they start ------------------------------------------------------------------------------------------------------
def receive(
    *, partner: Partner, credentials: Credentials, correlation_id: str = "", at: Follow = alone
) -> dict[str, Any]:
    """POST credentials by a partner with token A: register it and answer with token C.

    Raises OcpiError with 3001, 3002 or 3003; then nothing has changed and token A works for another attempt (B6).
    """
    with claims.hold(partner.token_row):
        at("READING")
        discovered = _visit(partner, credentials, correlation_id)
        at("STORED")
        with transaction.atomic():
            _still_admitted(partner)
            store(partner, credentials, discovered)
            token_c = partners.issue(partner=partner, purpose=OPERATIONAL)
            partner.tokens.filter(purpose=REGISTRATION).delete()
            partner_registered.send(sender=None, partner=partner)
    return ours(token_c)


def update(*, partner: Partner, credentials: Credentials, correlation_id: str = "") -> dict[str, Any]:
    """PUT credentials by a registered partner: read its versions again, answer with a new token (CRE-19, CRE-21)."""
    discovered = _visit(partner, credentials, correlation_id)
    with transaction.atomic():
        _still_admitted(partner)
        store(partner, credentials, discovered)
        token = partners.issue(partner=partner, purpose=OPERATIONAL)
        partners.supersede(partner=partner, by=token, overlap=claims.GRACE)
    return ours(token)


@transaction.atomic
def unregister(*, partner: Partner) -> None:
    """Forget both tokens; automated traffic ends here (CRE-24). What was exchanged stays."""
    partners.revoke(partner=partner)
    partner.token_out = partner.token_out_before = ""
    partner.status = Partner.Status.UNREGISTERED
    partner.save(update_fields=["token_out", "token_out_before", "status"])


def _still_admitted(partner: Partner) -> None:
    """What was revoked while we were visiting them stays revoked: a DELETE, a reset, a suspension."""
    token = partner.tokens.select_for_update().filter(pk=partner.token_row.pk).first()
    suspended = Partner.objects.filter(pk=partner.pk, status=Partner.Status.SUSPENDED).exists()
    if token is None or suspended:
        raise errors.Unauthorized("the credentials token was revoked meanwhile")


def _visit(partner: Partner, credentials: Credentials, correlation_id: str) -> Discovered:
    """Use the token from the body on their versions and details, before we answer (CRE-10)."""
    peer = partner.peer_with(credentials.token)
    try:
        return discover(peer, credentials.url, correlation_id)
    except PartnerError as error:
        raise errors.CannotUseClientApi(f"your API cannot be used with the token of your request: {error}") from error
    except NoMutualVersion as error:
        raise errors.UnsupportedVersion(f"your platform {error}") from error
    except EndpointsMissing as error:
        raise errors.MissingEndpoints(f"your platform {error}") from error


def store(partner: Partner, credentials: Credentials, discovered: Discovered) -> None:
    """The whole registration at once; the caller's transaction holds it together."""
    partner.versions_url, partner.version = credentials.url, discovered.version
    partner.token_out, partner.token_out_before = secrets.encrypt(credentials.token), ""
    partner.status, partner.last_error = Partner.Status.REGISTERED, ""
    partner.registered_at = clock.now()
    partner.save(update_fields=[
        "versions_url", "version", "token_out", "token_out_before", "status", "last_error", "registered_at",
    ])  # fmt: skip  # an operator may have changed the others meanwhile
    outages.close(partner.pk)
    partner.roles.all().delete()
    PartnerRole.objects.bulk_create(_role(partner, role) for role in credentials.roles)
    partner.read_again()
    partner.endpoints.all().delete()
    unique = {(e.identifier, str(e.role)): e.url for e in discovered.known()}
    PartnerEndpoint.objects.bulk_create(
        PartnerEndpoint(partner=partner, identifier=i, role=r, url=url) for (i, r), url in unique.items()
    )


def _role(partner: Partner, role: Any) -> PartnerRole:
    return PartnerRole(
        partner=partner,
        role=str(role.role),
        country_code=role.country_code,
        party_id=role.party_id,
        name=role.business_details.name,
        business_details=role.business_details.to_wire(),
    )


# --- we start --------------------------------------------------------------------------------------------------------
def register(
    *, partner: Partner, versions_url: str, token_a: str, correlation_id: str = "", at: Follow = alone
) -> Partner:
    """Register at a partner with the token A that it gave us (steps A1 to A8).

    Raises HandshakeError or PartnerError; then nothing is registered, but after OutcomeUnknown token B stays alive,
    because they may have it.
    """
    if partner.connected or partner.status == Partner.Status.SUSPENDED:
        raise NotPossible(f"{partner.name} is registered already; unregister or reset it first")
    flow = correlation_id or ids.new_id()
    peer = partner.peer_with(token_a)
    discovered = discover(peer, versions_url, flow, at)
    return _exchange_tokens(partner, peer, discovered, flow, at)


def leave(*, partner: Partner) -> None:
    """Unregister at the partner, then here (CRE-25). Raises PartnerError when they refuse; then nothing changed."""
    endpoint = partner.endpoint("credentials", InterfaceRole.SENDER)
    if not partner.connected or not endpoint:
        raise NotPossible(f"{partner.name} is not registered")
    client.call(partner.peer(), "DELETE", endpoint, module="credentials")
    unregister(partner=partner)


@transaction.atomic
def reset(*, partner: Partner) -> str:
    """Forget the registration on our side only, and issue a new token A (CRE-38). What was exchanged stays."""
    unregister(partner=partner)
    Partner.objects.filter(pk=partner.pk).update(status=Partner.Status.NEW)
    partner.status = Partner.Status.NEW
    return partners.issue_token_a(partner=partner)


def _exchange_tokens(partner: Partner, peer: Peer, discovered: Discovered, flow: str, at: Follow) -> Partner:
    at("CREDENTIALS")
    token_b = partners.issue(partner=partner, purpose=OPERATIONAL)
    try:
        credentials = send(peer, "POST", discovered.url("credentials"), token_b, flow)
    except (PartnerError, HandshakeError) as error:
        if isinstance(error, Unreachable) and error.reason not in _NEVER_SENT:
            note(partner, f"no answer to POST credentials: {error}", Partner.Status.UNKNOWN)
            raise OutcomeUnknown(f"{error}; they may or may not have registered us") from error
        partners.drop_token(token_b)
        note(partner, str(error))
        raise
    at("STORED")
    with transaction.atomic():
        store(partner, credentials, discovered)
        partners.revoke(partner=partner, keep=token_b)
        partner_registered.send(sender=None, partner=partner)
    return partner


def send(peer: Peer, method: str, url: str, token_b: str, flow: str) -> Credentials:
    """They call our versions back while this request is open, so it may take longer than others."""
    reply = client.call(
        peer, method, url, module="credentials", body=ours(token_b), correlation_id=flow,
        read_timeout=settings.OCPI_READ_TIMEOUT * 2,
    )  # fmt: skip
    try:
        return Credentials.from_wire(reply.data)
    except OcpiError as error:
        nobody = isinstance(reply.data, dict) and not reply.data.get("roles")
        problem = f"their Credentials cannot be read: {error.message}"
        raise NotOcpi(problem, reason="roles" if nobody else "credentials") from error


def note(partner: Partner, problem: str, status: str = "") -> None:
    """The status only where it changes: an operator may have suspended them meanwhile."""
    partner.last_error = problem[:500]
    partner.status = status or partner.status
    partner.save(update_fields=["last_error", "status"] if status else ["last_error"])
