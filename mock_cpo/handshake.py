"""The credentials handshake, both ways: as Receiver (they start) and as Sender (we start)."""

from dataclasses import dataclass
from typing import Any

from mock_cpo.client import Client, join
from mock_cpo.clock import Clock
from mock_cpo.config import VERSION
from mock_cpo.directory import Directory
from mock_cpo.partners import Partner, Partners, State, new_token
from ocpi.protocol.credentials import Credentials
from ocpi.protocol.errors import (
    CannotUseClientApi,
    InvalidObject,
    MethodNotAllowed,
    MissingEndpoints,
    NotOcpi,
    OcpiError,
    PartnerError,
    UnsupportedVersion,
)
from ocpi.protocol.types import ci_key
from ocpi.protocol.versions import Version, VersionDetails

Wire = dict[str, Any]
USEFUL = {
    ("locations", "RECEIVER"),
    ("sessions", "RECEIVER"),
    ("cdrs", "RECEIVER"),
    ("tariffs", "RECEIVER"),
    ("tokens", "SENDER"),
}
"""An eMSP without any of these has nothing to exchange with us (3003)."""


class NoCommonVersion(PartnerError):
    """The partner does not offer the version that we speak."""


class EndpointsMissing(PartnerError):
    """The partner offers no module that we could use."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """Registers, updates and unregisters partners."""

    partners: Partners
    directory: Directory
    client: Client
    clock: Clock

    # --- They start ------------------------------------------------------------------------------

    def receive_post(self, partner: Partner, body: object) -> Wire:
        """Their registration: we look at their API with their token before we answer with a new one (CRE-10)."""
        self._claim(partner)
        try:
            theirs = Credentials.from_wire(body)
            endpoints = self._discover_client(theirs)
        except BaseException:
            partner.state = State.INVITED
            raise
        token_c = new_token()
        self._settle(partner, theirs, endpoints, [token_c])
        return self.directory.credentials(token_c)

    def _claim(self, partner: Partner) -> None:
        """Of two POSTs with one CREDENTIALS_TOKEN_A only the first goes on (CRE-36)."""
        with self.partners.lock:
            if partner.state is not State.INVITED:
                raise MethodNotAllowed(
                    "You are registered already; use PUT to update.", headers={"Allow": "GET, PUT, DELETE"}
                )
            partner.state = State.CONNECTING

    def receive_put(self, partner: Partner, body: object) -> Wire:
        """Their update: all of it or nothing (CRE-21); the old token lives until the new one is used."""
        self._require_registered(partner)
        theirs = Credentials.from_wire(body)
        endpoints = self._discover_client(theirs)
        token_c = new_token()
        self._settle(partner, theirs, endpoints, partner.our_tokens)
        self.partners.rotate(partner, token_c)
        return self.directory.credentials(token_c)

    def receive_delete(self, partner: Partner) -> None:
        self._require_registered(partner)
        self.partners.forget(partner)

    def _require_registered(self, partner: Partner) -> None:
        if not partner.registered:
            raise MethodNotAllowed("You are not registered yet; use POST.", headers={"Allow": "GET, POST"})

    def _discover_client(self, theirs: Credentials) -> list[dict[str, str]]:
        """Their endpoints, or the status code that tells what is wrong with their API (CRE-11 to CRE-13)."""
        try:
            return self._discover(theirs.url, theirs.token)
        except NoCommonVersion as error:
            raise UnsupportedVersion(error.message) from error
        except EndpointsMissing as error:
            raise MissingEndpoints(error.message) from error
        except PartnerError as error:
            raise CannotUseClientApi(f"Your API could not be used: {error.message}") from error

    # --- We start --------------------------------------------------------------------------------

    def register(self, versions_url: str, token_a: str) -> Partner:
        """Registers us with the token and URL that an eMSP handed us out of band."""
        endpoints = self._discover(versions_url, token_a)
        partner = self.partners.connecting(new_token(), versions_url)
        try:
            reply = self.client.configuration(
                "POST", self._credentials_url(endpoints), token_a, self._ours(partner.our_tokens[-1])
            )
            theirs = self._read(reply.data)
        except BaseException:
            self.partners.forget(partner)
            raise
        self._settle(partner, theirs, endpoints, partner.our_tokens)
        return partner

    def update(self, partner: Partner) -> Partner:
        """PUT with a fresh token for them; both of our tokens work until the outcome is known (AMB-10)."""
        endpoints = self._discover(partner.versions_url, partner.their_token)
        old, new = partner.our_tokens[-1], new_token()
        partner.our_tokens = [old, new]
        try:
            reply = self.client.configuration(
                "PUT", self._credentials_url(endpoints), partner.their_token, self._ours(new)
            )
            theirs = self._read(reply.data)
        except BaseException:
            partner.our_tokens = [old]
            raise
        self._settle(partner, theirs, endpoints, [new])
        return partner

    def unregister(self, partner: Partner) -> None:
        """DELETE at the eMSP; whatever it answers, both tokens are forgotten here."""
        try:
            self.client.configuration("DELETE", self._credentials_url(partner.endpoints), partner.their_token)
        finally:
            self.partners.forget(partner)

    # --- Shared ----------------------------------------------------------------------------------

    def _discover(self, versions_url: str, token: str) -> list[dict[str, str]]:
        """GET versions, then the details of our version. Raises PartnerError."""
        details_url = self._details_url(versions_url, token)
        try:
            details = VersionDetails.from_wire(self.client.configuration("GET", details_url, token).data)
        except InvalidObject as error:
            raise NotOcpi(f"version details: {error.message}") from error
        if details.version != VERSION:
            raise NotOcpi(f"version details of {VERSION} say {details.version}")
        endpoints = [{"identifier": e.identifier, "role": str(e.role), "url": e.url} for e in details.endpoints]
        if not USEFUL & {(endpoint["identifier"], endpoint["role"]) for endpoint in endpoints}:
            raise EndpointsMissing("no module that a CPO could use")
        return endpoints

    def _details_url(self, versions_url: str, token: str) -> str:
        versions = self.client.configuration("GET", versions_url, token).data
        if not isinstance(versions, list):
            raise NotOcpi("the list of versions is no list")
        for entry in versions:
            try:
                version = Version.from_wire(entry)
            except InvalidObject:
                continue
            if version.version == VERSION:
                return version.url
        raise NoCommonVersion(f"version {VERSION} is not offered")

    def _credentials_url(self, endpoints: list[dict[str, str]]) -> str:
        found = next((endpoint["url"] for endpoint in endpoints if endpoint["identifier"] == "credentials"), None)
        if found is None:
            raise EndpointsMissing("no credentials endpoint")
        return join(found)

    def _ours(self, token: str) -> Wire:
        return self.directory.credentials(token)

    def _read(self, data: object) -> Credentials:
        try:
            return Credentials.from_wire(data)
        except OcpiError as error:
            raise NotOcpi(f"credentials: {error.message}") from error

    def _settle(
        self, partner: Partner, theirs: Credentials, endpoints: list[dict[str, str]], tokens: list[str]
    ) -> None:
        """The registration stands. An older one of the same parties is void: our operator gave out a new token A."""
        with self.partners.lock:
            partner.their_token, partner.versions_url = theirs.token, theirs.url
            partner.roles = [role.to_wire() for role in theirs.roles]
            partner.endpoints, partner.our_tokens = endpoints, list(tokens)
            partner.state, partner.registered_at = State.REGISTERED, partner.registered_at or self.clock.now()
            names = {(ci_key(party.country_code), ci_key(party.party_id)) for party in partner.parties}
            for other in self.partners.registered():
                if other is not partner and any(other.owns(*name) for name in names):
                    self.partners.forget(other)
