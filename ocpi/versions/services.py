"""What we advertise (chapter version_information_endpoint)."""

from django.conf import settings

from ocpi.core.ids import our_url
from ocpi.protocol.versions import Endpoint, InterfaceRole, Version, VersionDetails

VERSION = "2.2.1"
OUR_ENDPOINTS = (
    ("credentials", InterfaceRole.SENDER),
    ("locations", InterfaceRole.RECEIVER),
    ("sessions", InterfaceRole.RECEIVER),
    ("cdrs", InterfaceRole.RECEIVER),
    ("tariffs", InterfaceRole.RECEIVER),
    ("tokens", InterfaceRole.SENDER),
    ("commands", InterfaceRole.SENDER),
    ("chargingprofiles", InterfaceRole.SENDER),
    ("hubclientinfo", InterfaceRole.RECEIVER),
)


def versions() -> list[Version]:
    return [Version(version=VERSION, url=f"{settings.OCPI_BASE_URL}/")]


def details(*, slash: bool = False) -> VersionDetails:
    """`slash`: for a platform that puts ids behind our URLs as they are (FLD-04)."""
    end = "/" if slash else ""
    endpoints = [Endpoint(identifier=name, role=role, url=our_url(name) + end) for name, role in OUR_ENDPOINTS]
    return VersionDetails(version=VERSION, endpoints=endpoints)
