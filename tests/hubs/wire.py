"""ClientInfo as hubs send it, and routing headers."""

from typing import Any

from ocpi.protocol.headers import PartyId, Routing

LAST_UPDATED = "2026-03-01T12:00:00Z"
LATER = "2026-03-01T12:05:00Z"
NAMES = ("OCPI-to-country-code", "OCPI-to-party-id", "OCPI-from-country-code", "OCPI-from-party-id")


def info(party: str = "NL/CPO", **changes: Any) -> dict[str, Any]:
    country_code, party_id = party.split("/")
    fixed = {"country_code": country_code, "party_id": party_id, "role": "CPO", "status": "CONNECTED"}
    return {**fixed, "last_updated": LAST_UPDATED, **changes}


def url(party: str = "NL/CPO") -> tuple[str, ...]:
    return ("hubclientinfo", *party.split("/"))


def party(text: str) -> PartyId:
    return PartyId(*text.split("/"))


def route(from_: str = "", to: str = "NL/EMS") -> dict[str, str]:
    """The routing headers of a request; those of an empty party are left out."""
    return Routing(*(party(text) if text else None for text in (to, from_))).to_headers()


def shown(headers: Any) -> tuple[str, str]:
    """(TO, FROM) of a request that we sent, or of an answer of ours; empty where they were left out."""
    to_country, to_party, from_country, from_party = (headers.get(name) or "" for name in NAMES)
    return f"{to_country}/{to_party}".strip("/"), f"{from_country}/{from_party}".strip("/")
