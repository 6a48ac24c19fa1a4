"""The eMSPs that may call us and whom we call: registrations, their tokens, and which objects belong to whom."""

import hmac
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any

from mock_cpo.clock import Clock
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import ci_key

GRACE = timedelta(minutes=5)
"""How long an old token still works beside a new one that nobody has used yet (AMB-10)."""


class State(StrEnum):
    """Where a registration stands. INVITED: only a CREDENTIALS_TOKEN_A exists. GONE: nothing is sent any more."""

    INVITED = "INVITED"
    CONNECTING = "CONNECTING"
    REGISTERED = "REGISTERED"
    GONE = "GONE"


def new_token() -> str:
    """A credentials token: 43 characters of printable ASCII (CRE-29)."""
    return secrets.token_urlsafe(32)


@dataclass(slots=True)
class Partner:
    """One platform. `our_tokens` are those it may use with us (newest last), `their_token` is the one we send."""

    id: str
    state: State = State.INVITED
    our_tokens: list[str] = field(default_factory=list)
    grace_until: datetime | None = None
    their_token: str = ""
    versions_url: str = ""
    roles: list[dict[str, Any]] = field(default_factory=list)
    endpoints: list[dict[str, str]] = field(default_factory=list)
    started_by: str = "THEM"
    registered_at: datetime | None = None

    @property
    def registered(self) -> bool:
        return self.state is State.REGISTERED

    @property
    def parties(self) -> list[PartyId]:
        """Every party of the platform, its EMSP role first."""
        ordered = sorted(self.roles, key=lambda role: role["role"] != "EMSP")
        return [PartyId(role["country_code"], role["party_id"]) for role in ordered]

    def owns(self, country_code: str, party_id: str) -> bool:
        wanted = (ci_key(country_code), ci_key(party_id))
        return any((ci_key(party.country_code), ci_key(party.party_id)) == wanted for party in self.parties)

    def endpoint(self, identifier: str, role: str) -> str | None:
        """The URL of a module, chosen by identifier and role (VER-12); credentials have no role (VER-05)."""
        for endpoint in self.endpoints:
            if endpoint["identifier"] == identifier and (endpoint["role"] == role or identifier == "credentials"):
                return endpoint["url"]
        return None

    def shown(self) -> dict[str, Any]:
        """For the control API: no tokens."""
        roles = [
            {key: role[key] for key in ("role", "country_code", "party_id")}
            | {"name": role["business_details"]["name"]}
            for role in self.roles
        ]
        return {
            "id": self.id,
            "state": self.state.value,
            "roles": roles,
            "versions_url": self.versions_url,
            "endpoints": self.endpoints,
            "started_by": self.started_by,
            "registered_at": self.registered_at and self.registered_at.isoformat().replace("+00:00", "Z"),
        }


class Partners:
    """All registrations, found by the token that a request carries."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.lock = threading.RLock()
        self._all: dict[str, Partner] = {}
        self._ids = count(1)

    def invite(self, token_a: str | None = None) -> Partner:
        """A registration that may begin with this CREDENTIALS_TOKEN_A."""
        with self.lock:
            partner = Partner(str(next(self._ids)), our_tokens=[token_a or new_token()])
            self._all[partner.id] = partner
            return partner

    def connecting(self, token_b: str, versions_url: str) -> Partner:
        """A registration that WE have started; the token in our POST works already (CRE-04)."""
        with self.lock:
            partner = Partner(
                str(next(self._ids)), State.CONNECTING, [token_b], versions_url=versions_url, started_by="US"
            )
            self._all[partner.id] = partner
            return partner

    def forget(self, partner: Partner) -> None:
        with self.lock:
            partner.state = State.GONE
            self._all.pop(partner.id, None)

    def get(self, partner_id: str) -> Partner | None:
        return self._all.get(partner_id)

    def all(self) -> list[Partner]:
        with self.lock:
            return list(self._all.values())

    def registered(self) -> list[Partner]:
        return [partner for partner in self.all() if partner.registered]

    def by_token(self, candidates: Iterable[str]) -> tuple[Partner, str] | None:
        """Who presents one of these tokens, and which. Using the newest token ends the life of the older ones."""
        with self.lock:
            for candidate in candidates:
                for partner in self._all.values():
                    if self._accepts(partner, candidate):
                        return partner, candidate
        return None

    def by_party(self, country_code: str, party_id: str) -> Partner | None:
        return next((partner for partner in self.registered() if partner.owns(country_code, party_id)), None)

    def rotate(self, partner: Partner, token: str) -> None:
        """A new token for the partner; the old one lives until the new one is used, five minutes at most."""
        with self.lock:
            partner.our_tokens = [*partner.our_tokens[-1:], token]
            partner.grace_until = self._clock.now() + GRACE

    def _accepts(self, partner: Partner, candidate: str) -> bool:
        known = [token for token in partner.our_tokens if hmac.compare_digest(token.encode(), candidate.encode())]
        if not known:
            return False
        if partner.grace_until is None:
            return True
        if known[0] == partner.our_tokens[-1]:
            partner.our_tokens, partner.grace_until = [known[0]], None
            return True
        return self._clock.now() < partner.grace_until
