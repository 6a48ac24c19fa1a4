"""Whether a partner answers now: its versions are asked for, and what went wrong is said as precisely as we know it."""

import time
from dataclasses import dataclass

from django.conf import settings

from ocpi.core import client, ids
from ocpi.partners.models import Partner
from ocpi.protocol.errors import (
    Failed,
    HubFailed,
    NotOcpi,
    PartnerError,
    Refused,
    Unauthenticated,
    Unreachable,
)

from .discovery import OURS
from .errors import NotPossible

# What an operator can do about each kind of failure; the first class that fits counts.
_ADVICE: dict[type[PartnerError], str] = {
    Unauthenticated: "They do not accept our token: rotate the credentials, or register anew.",
    Unreachable: "Nothing came back: ask them whether they are up, and whether their firewall knows our address.",
    NotOcpi: "Something answered that does not speak OCPI there: check their versions URL, and any proxy before it.",
    HubFailed: "The hub answered, what is behind it did not.",
    Refused: "They answered and refused: check their versions URL.",
    Failed: "They are there and have trouble of their own: try again later, or tell them.",
}


@dataclass(frozen=True)
class Connection:
    """The outcome of one GET versions. `problem` is empty when it succeeded; `flow`: its correlation id."""

    milliseconds: int
    versions: list[str]
    problem: str
    advice: str
    flow: str


def check(*, partner: Partner) -> Connection:
    """One real request with our token, within OCPI_HANDSHAKE_TIMEOUT. Raises NotPossible when there is none to show."""
    if not partner.versions_url or not partner.token_out:
        raise NotPossible(f"{partner.name} has given us no versions URL and no token yet: there is nothing to ask")
    flow, started = ids.new_id(), time.monotonic()
    versions, problem, advice = _ask(partner, flow)
    return Connection(round((time.monotonic() - started) * 1000), versions, problem, advice, flow)


def _ask(partner: Partner, flow: str) -> tuple[list[str], str, str]:
    """The versions that they name, what is wrong, and what to do about it."""
    try:
        reply = client.call(
            partner.peer(), "GET", partner.versions_url, module="versions", correlation_id=flow,
            read_timeout=settings.OCPI_HANDSHAKE_TIMEOUT,
        )  # fmt: skip
    except PartnerError as error:
        return [], str(error), next((text for kind, text in _ADVICE.items() if isinstance(error, kind)), "")
    listed = reply.data if isinstance(reply.data, list) else []
    versions = [str(item["version"]) for item in listed if isinstance(item, dict) and "version" in item]
    if OURS in versions:
        return versions, "", ""
    return versions, f"they do not offer {OURS}", "Ask them which version they agreed to speak with us."
