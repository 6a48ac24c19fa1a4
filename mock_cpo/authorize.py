"""Asks an eMSP in real time whether a token may charge here (mod_tokens, `POST {tokens}/{uid}/authorize`)."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from mock_cpo.client import Client, join
from mock_cpo.partners import Partner
from ocpi.protocol.errors import InvalidObject, OcpiError, PartnerError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.tokens import AuthorizationInfo
from ocpi.protocol.types import ci_equal

Wire = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the eMSP answered: `allowed` is None without a usable answer, `reachable` false without any."""

    http_status: int | None = None
    status_code: int | None = None
    allowed: str | None = None
    reachable: bool = True
    token: Wire | None = None
    reference: str | None = None
    info: Wire | None = None
    location: Wire | None = None
    correlation_id: str = ""
    error: str | None = None

    def shown(self) -> Wire:
        """For the control API."""
        return {
            "http_status": self.http_status,
            "status_code": self.status_code,
            "allowed": self.allowed,
            "authorization_reference": self.reference,
            "info": self.info,
            "location": self.location,
            "error": self.error,
        }

    def admits(self, evse_uid: str) -> bool:
        """ALLOWED, and not for other EVSEs only (TOK-12)."""
        uids = (self.location or {}).get("evse_uids") or [evse_uid]
        return self.allowed == "ALLOWED" and any(ci_equal(uid, evse_uid) for uid in uids)


def ask(
    client: Client,
    partner: Partner,
    uid: str,
    token_type: str,
    location_id: str,
    evse_uid: str,
    owner: PartyId | None = None,
) -> Verdict:
    """One real-time authorisation with LocationReferences. Never raises: an eMSP that fails is a verdict too."""
    endpoint = partner.endpoint("tokens", "SENDER")
    if endpoint is None:
        return Verdict(reachable=False, error="the eMSP has no tokens endpoint")
    query = "" if token_type == "RFID" else f"type={token_type}"
    correlation_id = str(uuid4())
    body = {"location_id": location_id, "evse_uids": [evse_uid]}
    try:
        url = join(endpoint, uid, "authorize", query=query)
        reply = client.functional("POST", url, partner, body, to=owner, correlation_id=correlation_id)
    except PartnerError as error:
        reachable = error.http_status is not None and error.http_status < 500
        return Verdict(
            error.http_status,
            error.status_code,
            reachable=reachable,
            error=error.message,
            correlation_id=correlation_id,
        )
    return _read(reply.http_status, reply.data, correlation_id)


def _read(http_status: int, data: object, correlation_id: str) -> Verdict:
    try:
        info = AuthorizationInfo.from_wire(data).to_wire()
    except (InvalidObject, OcpiError) as error:
        return Verdict(
            http_status, 1000, error=f"not an AuthorizationInfo: {error.message}", correlation_id=correlation_id
        )
    return Verdict(
        http_status,
        1000,
        info["allowed"],
        True,
        info["token"],
        info.get("authorization_reference"),
        info.get("info"),
        info.get("location"),
        correlation_id,
    )
