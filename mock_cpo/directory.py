"""What we offer and who we are: versions, version details, our own Credentials (chapters versions, credentials)."""

from typing import Any

from mock_cpo.config import VERSION, Config
from mock_cpo.faults import Point, Switchboard
from ocpi.protocol.credentials import CredentialsRole

Wire = dict[str, Any]

MODULES: tuple[tuple[str, str], ...] = (
    ("credentials", "SENDER"),
    ("locations", "SENDER"),
    ("sessions", "SENDER"),
    ("cdrs", "SENDER"),
    ("tariffs", "SENDER"),
    ("tokens", "RECEIVER"),
    ("commands", "RECEIVER"),
    ("chargingprofiles", "RECEIVER"),
)
"""Every module that we implement, with our interface role (VER-04)."""
HUB_MODULES = (*MODULES, ("hubclientinfo", "SENDER"))


class Directory:
    """The answers to GET versions, GET version details and the Credentials that we hand out."""

    def __init__(self, config: Config, faults: Switchboard) -> None:
        self._config = config
        self._faults = faults
        CredentialsRole.from_wire(self._role())  # options with which we could not even introduce ourselves

    def versions(self) -> list[Wire]:
        return self._faults.run(Point.VERSIONS, [{"version": VERSION, "url": self._config.details_url}])

    def details(self) -> Wire:
        endpoints = [
            {"identifier": identifier, "role": role, "url": self._config.module_url(identifier)}
            for identifier, role in (HUB_MODULES if self._config.hub else MODULES)
        ]
        return {"version": VERSION, "endpoints": self._faults.run(Point.ENDPOINTS, endpoints)}

    def credentials(self, token: str) -> Wire:
        """Our Credentials for one partner: the token that it shall use with us."""
        return {"token": token, "url": self._config.versions_url, "roles": [self._role()]}

    def _role(self) -> Wire:
        """A hub has no other role; who is behind it stands in its HubClientInfo (HUB-16)."""
        name = "Mock Roaming Hub" if self._config.hub else "Mock Charging Networks"
        details = {"name": name, "website": f"{self._config.base_url}/"}
        return {
            "role": "HUB" if self._config.hub else "CPO",
            "country_code": self._config.country,
            "party_id": self._config.party,
            "business_details": details,
        }
