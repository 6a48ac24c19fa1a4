"""Request headers: the credentials token, the message ids and routing (OCPI 2.2.1, chapters 4.1 and 4.2)."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ocpi.protocol.errors import InvalidObject, Unauthorized
from ocpi.protocol.types import ci_key

REQUEST_ID = "X-Request-ID"
CORRELATION_ID = "X-Correlation-ID"
TO_PARTY_ID = "OCPI-to-party-id"
TO_COUNTRY_CODE = "OCPI-to-country-code"
FROM_PARTY_ID = "OCPI-from-party-id"
FROM_COUNTRY_CODE = "OCPI-from-country-code"
ROUTING_HEADERS = (TO_PARTY_ID, TO_COUNTRY_CODE, FROM_PARTY_ID, FROM_COUNTRY_CODE)

# These modules talk between platforms, not parties: no routing headers in either direction (HUB-03).
CONFIGURATION_MODULES = {"versions", "credentials", "hubclientinfo"}

_TOKEN = re.compile(r"[!-~]{1,64}")
_PRINTABLE = re.compile(r"[ -~]+")
_URL_SAFE = str.maketrans("-_", "+/")


def authorization(token: str, plain: bool = False) -> str:
    """The value of `Authorization` for a token; `plain` for partners that do not Base64-encode (TRA-03, TRA-06)."""
    return "Token " + (token if plain else base64.b64encode(token.encode()).decode("ascii"))


def token_candidates(header: str | None) -> list[str]:
    """The tokens that the caller may have meant: decoded first, then as it stands.

    A hexadecimal token is valid Base64 too, so looks decide nothing (TRA-05): the caller of this function compares both
    with what it has stored, and takes the second only from partners that may send plain tokens.
    Raises Unauthorized for a missing or empty header, another scheme, or several values (TRA-07).
    """
    return list(_candidates(header or ""))


@lru_cache(maxsize=1024)
def _candidates(header: str) -> tuple[str, ...]:
    """Callers show the same one with each request."""
    parts = header.split()
    if len(parts) != 2 or parts[0].lower() != "token":
        raise Unauthorized("Expected one header 'Authorization: Token <credentials token in Base64>'.")
    candidates = [text for text in (_decoded(parts[1]), parts[1]) if text and _TOKEN.fullmatch(text)]
    if not candidates:
        raise Unauthorized("The value after 'Token' is not a credentials token.")
    return tuple(dict.fromkeys(candidates))


def _decoded(text: str) -> str | None:
    """Padding and alphabet are overlooked; the newline that the specification's sample encodes is dropped (TRA-04)."""
    unpadded = text.rstrip("=").translate(_URL_SAFE)
    try:
        raw = base64.b64decode(unpadded + "=" * (-len(unpadded) % 4), validate=True)
        return raw.decode("ascii").rstrip()
    except (binascii.Error, ValueError):
        return None


class PartyId(NamedTuple):
    """A party of the OCPI network; equal parties have equal `key`s, however they are spelled."""

    country_code: str
    party_id: str

    @property
    def key(self) -> "PartyId":
        return PartyId(ci_key(self.country_code), ci_key(self.party_id))

    def __str__(self) -> str:
        return f"{self.country_code}/{self.party_id}"


@dataclass(frozen=True)
class Routing:
    """Who a message is for and whom it comes from; None where the headers were left out."""

    to: PartyId | None = None
    from_: PartyId | None = None

    @classmethod
    def parse(cls, headers: Mapping[str, str]) -> "Routing":
        """Read the four headers, in any letter case. InvalidObject when one of a pair is alone or too long (HUB-07)."""
        lower = {name.lower(): value.strip() for name, value in headers.items()}
        return cls(
            to=_party(lower, TO_COUNTRY_CODE, TO_PARTY_ID),
            from_=_party(lower, FROM_COUNTRY_CODE, FROM_PARTY_ID),
        )

    def to_headers(self) -> dict[str, str]:
        """The headers to send; a party that is None is left out, as open routing wants it (HUB-13)."""
        headers: dict[str, str] = {}
        if self.to is not None:
            headers |= {TO_COUNTRY_CODE: self.to.country_code, TO_PARTY_ID: self.to.party_id}
        if self.from_ is not None:
            headers |= {FROM_COUNTRY_CODE: self.from_.country_code, FROM_PARTY_ID: self.from_.party_id}
        return headers

    def reply(self, responder: PartyId | None = None) -> "Routing":
        """The routing of the answer: swapped, not echoed (HUB-02); `responder` where the request named nobody."""
        return Routing(to=self.from_, from_=responder or self.to)


def _party(lower: Mapping[str, str], country_header: str, party_header: str) -> PartyId | None:
    country_code, party_id = lower.get(country_header.lower(), ""), lower.get(party_header.lower(), "")
    if not country_code and not party_id:
        return None
    if not country_code or not party_id:
        raise InvalidObject(f"{country_header} and {party_header} go together.")
    _check(country_header, country_code, 2)
    _check(party_header, party_id, 3)
    return PartyId(country_code, party_id)


def _check(header: str, value: str, length: int) -> None:
    if len(value) > length or not _PRINTABLE.fullmatch(value):
        raise InvalidObject(f"{header}: must be at most {length} printable ASCII characters")
