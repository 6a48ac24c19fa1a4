"""Finding out what a platform offers: its versions, then the details of the one that we choose."""

from dataclasses import dataclass

from django.conf import settings

from ocpi.core import client
from ocpi.core.client import Peer
from ocpi.protocol.errors import NotOcpi, OcpiError
from ocpi.protocol.versions import Endpoint, Version, VersionDetails

from .errors import EndpointsMissing, NoMutualVersion

OURS = "2.2.1"
# What an eMSP can use of a partner; at least one of these must be there.
USABLE = {
    ("locations", "SENDER"), ("sessions", "SENDER"), ("cdrs", "SENDER"), ("tariffs", "SENDER"),
    ("tokens", "RECEIVER"), ("commands", "RECEIVER"), ("chargingprofiles", "RECEIVER"), ("hubclientinfo", "SENDER"),
}  # fmt: skip


@dataclass(frozen=True)
class Discovered:
    version: str
    endpoints: list[Endpoint]

    def url(self, identifier: str) -> str:
        return next(e.url for e in self.endpoints if e.identifier == identifier)


def discover(peer: Peer, versions_url: str, correlation_id: str = "") -> Discovered:
    """Read a platform's versions and the details of 2.2.1.

    Raises PartnerError when it cannot be read, NoMutualVersion when 2.2.1 is not offered (VER-10), EndpointsMissing when
    what we need is not there (CRE-13, CRE-14).
    """
    offered = _versions(peer, versions_url, correlation_id)
    chosen = next((v for v in offered if v.version == OURS), None)
    if chosen is None:
        raise NoMutualVersion(f"offers {', '.join(v.version for v in offered) or 'nothing'}; we speak {OURS}")
    details = _details(peer, chosen.url, correlation_id)
    _check_endpoints(details)
    return Discovered(details.version, details.endpoints)


def _versions(peer: Peer, url: str, correlation_id: str) -> list[Version]:
    data = _get(peer, url, correlation_id)
    if not isinstance(data, list):
        raise NotOcpi("the versions endpoint did not answer with a list")
    return [version for item in data if (version := _readable(item)) is not None]


def _readable(item: object) -> Version | None:
    """An entry that we cannot read is a version that we do not speak (VER-10)."""
    try:
        return Version.from_wire(item)
    except OcpiError:
        return None


def _details(peer: Peer, url: str, correlation_id: str) -> VersionDetails:
    data = _get(peer, url, correlation_id)
    if isinstance(data, dict) and isinstance(data.get("endpoints"), list):
        data = {**data, "endpoints": [e for e in data["endpoints"] if _usable(e)]}
    try:
        details = VersionDetails.from_wire(data)
    except OcpiError as error:
        raise NotOcpi(f"the version details cannot be read: {error.message}") from error
    if details.version != OURS:
        raise NotOcpi(f"the details of {OURS} say version {details.version}")
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


def _get(peer: Peer, url: str, correlation_id: str) -> object:
    timeout = settings.OCPI_HANDSHAKE_TIMEOUT
    reply = client.call(peer, "GET", url, module="versions", correlation_id=correlation_id, read_timeout=timeout)
    return reply.data
