"""Finding out what a platform offers: its versions, then the details of the one that we choose."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from ocpi.core import client
from ocpi.core.client import Peer
from ocpi.protocol.errors import NotOcpi, OcpiError
from ocpi.protocol.versions import Endpoint, InterfaceRole, ModuleID, Version, VersionDetails

from .errors import EndpointsMissing, NoMutualVersion

OURS = "2.2.1"
Follow = Callable[[str], None]  # told the name of each step of a handshake as it begins
# What an eMSP can use of a partner; at least one of these must be there.
USABLE = {
    ("locations", "SENDER"), ("sessions", "SENDER"), ("cdrs", "SENDER"), ("tariffs", "SENDER"),
    ("tokens", "RECEIVER"), ("commands", "RECEIVER"), ("chargingprofiles", "RECEIVER"), ("hubclientinfo", "SENDER"),
}  # fmt: skip


def alone(step: str) -> None:
    """A handshake that nobody follows."""


@dataclass(frozen=True)
class Discovered:
    version: str
    endpoints: list[Endpoint]

    def url(self, identifier: str) -> str:
        return next(e.url for e in self.endpoints if e.identifier == identifier)

    def known(self) -> list[Endpoint]:
        """Without modules and roles of their own: they may have any length, and we never call them (VER-13)."""
        return [e for e in self.endpoints if e.identifier in set(ModuleID) and e.role in set(InterfaceRole)]


def discover(peer: Peer, versions_url: str, correlation_id: str = "", at: Follow = alone) -> Discovered:
    """Read a platform's versions and the details of 2.2.1.

    Raises PartnerError when it cannot be read, NoMutualVersion when 2.2.1 is not offered (VER-10), EndpointsMissing
    when what we need is not there (CRE-13, CRE-14). OCPI_HANDSHAKE_TIMEOUT is for both requests together: a partner
    that is inside its own POST does not wait for ever (CRE-39).
    """
    get = _Reader(peer, correlation_id, time.monotonic() + settings.OCPI_HANDSHAKE_TIMEOUT)
    at("VERSIONS")
    offered = _versions(get, versions_url)
    chosen = next((v for v in offered if v.version == OURS), None)
    if chosen is None:
        raise NoMutualVersion(f"offers {', '.join(v.version for v in offered) or 'nothing'}; we speak {OURS}")
    at("DETAILS")
    details = _details(get, chosen.url)
    _check_endpoints(details)
    return Discovered(details.version, details.endpoints)


@dataclass(frozen=True)
class _Reader:
    """GET with one peer, one correlation id and one deadline."""

    peer: Peer
    correlation_id: str
    deadline: float

    def __call__(self, url: str) -> object:
        left = max(0.1, self.deadline - time.monotonic())
        reply = client.call(
            self.peer, "GET", url, module="versions", correlation_id=self.correlation_id, read_timeout=left
        )
        return reply.data


def _versions(get: _Reader, url: str) -> list[Version]:
    data = get(url)
    if not isinstance(data, list):
        raise NotOcpi("the versions endpoint did not answer with a list", reason="versions")
    return [version for item in data if (version := _readable(item)) is not None]


def _readable(item: object) -> Version | None:
    """An entry that we cannot read is a version that we do not speak (VER-10)."""
    try:
        return Version.from_wire(item)
    except OcpiError:
        return None


def _details(get: _Reader, url: str) -> VersionDetails:
    data = get(url)
    if isinstance(data, dict) and isinstance(data.get("endpoints"), list):
        data = {**data, "endpoints": [e for e in data["endpoints"] if _usable(e)]}
    try:
        details = VersionDetails.from_wire(data)
    except OcpiError as error:
        raise NotOcpi(f"the version details cannot be read: {error.message}", reason="details") from error
    if details.version != OURS:
        raise NotOcpi(f"the details of {OURS} say version {details.version}", reason="details")
    return details


def _usable(item: object) -> bool:
    """Custom modules and unknown roles are none of our business (VER-13)."""
    try:
        Endpoint.from_wire(item)
    except OcpiError:
        return False
    return True


def _check_endpoints(details: VersionDetails) -> None:
    offered = {(e.identifier, str(e.role)) for e in details.endpoints}
    needed = {tuple(name.split(":", 1)) for name in settings.OCPI_REQUIRED_ENDPOINTS}
    missing = sorted(":".join(pair) for pair in needed - offered)
    if "credentials" not in {name for name, _ in offered}:
        missing.append("credentials")
    if missing:
        raise EndpointsMissing(f"does not offer {', '.join(missing)}")
    if not offered & USABLE:
        raise EndpointsMissing("offers no module that an eMSP could use")
