"""What a CPO and an eMSP made with extrawest-ocpi share: who is registered, and what the package cannot ask."""

import secrets
from dataclasses import dataclass
from typing import Any

import httpx
from py_ocpi.core.authentication.authenticator import Authenticator
from py_ocpi.core.config import settings
from py_ocpi.core.enums import ModuleID, RoleEnum
from py_ocpi.core.utils import encode_string_base64
from py_ocpi.modules.credentials.v_2_2_1.schemas import Credentials
from py_ocpi.modules.versions.enums import VersionNumber
from py_ocpi.modules.versions.v_2_2_1.schemas import VersionDetail

V = VersionNumber.v_2_2_1
HERE = f"{settings.PROTOCOL}://{settings.OCPI_HOST}/{settings.OCPI_PREFIX}"


@dataclass
class Peer:
    """A platform that is registered with us: both Credentials, and where its version details are."""

    ours: dict[str, Any]
    theirs: dict[str, Any]
    details_url: str

    @property
    def parties(self) -> set[tuple[str, str]]:
        """Lower case, as the package makes every CiString."""
        return {(role["country_code"].lower(), role["party_id"].lower()) for role in self.theirs["roles"]}


class Registrations:
    """`peers` by the token that they show us; `accepted` has those that a handshake under way needs, too."""

    def __init__(self, role: RoleEnum, name: str) -> None:
        self.role, self.name = role, name
        self.token_a: set[str] = set()
        self.accepted: set[str] = set()
        self.peers: dict[str, Peer] = {}

    def credentials(self) -> dict[str, Any]:
        """Ours, with a token that a partner may show us from now on."""
        token = secrets.token_urlsafe(32)
        self.accepted.add(token)
        role = {
            "role": self.role, "party_id": settings.PARTY_ID, "country_code": settings.COUNTRY_CODE,
            "business_details": {"name": self.name},
        }  # fmt: skip
        return {"token": token, "url": f"{HERE}/versions", "roles": [role]}

    def keep(self, ours: dict[str, Any], theirs: dict[str, Any], details_url: str) -> None:
        self.peers[ours["token"]] = Peer(ours, theirs, details_url)

    async def receive(self, theirs: dict[str, Any], shown: str) -> dict[str, Any]:
        """They register with us, or renew their tokens: what they showed until now has done its work."""
        details_url = await find_details(theirs["url"], theirs["token"])
        self.token_a.discard(shown)
        self.forget(shown)
        ours = self.credentials()
        self.keep(ours, theirs, details_url)
        return ours

    def forget(self, shown: str) -> None:
        self.peers.pop(shown, None)
        self.accepted.discard(shown)

    def gate(self) -> type[Authenticator]:
        book = self

        class Gate(Authenticator):
            @classmethod
            async def get_valid_token_a(cls) -> list[str]:
                return list(book.token_a)

            @classmethod
            async def get_valid_token_c(cls) -> list[str]:
                return list(book.accepted)

        return Gate

    async def register(self, versions_url: str, token_a: str) -> dict[str, Any]:
        """We start the handshake: versions, details, POST credentials with token A; token C comes back."""
        details_url = await find_details(versions_url, token_a)
        url = await find_endpoint(ModuleID.credentials_and_registration, "SENDER", token_a, details_url)
        ours = self.credentials()
        status, answer = await ask("POST", url, token_a, Credentials(**ours).json())
        if status >= 300 or answer["status_code"] != 1000:
            return {"http_status": status, **answer}
        theirs = Credentials(**answer["data"]).dict()
        self.keep(ours, theirs, await find_details(theirs["url"], theirs["token"]))
        return {"http_status": status, **answer}


async def ask(method: str, url: str, token: str, body: str | None = None) -> tuple[int, dict[str, Any]]:
    """A request that the package has no code for; returns HTTP status and the envelope."""
    headers = {"Authorization": f"Token {encode_string_base64(token)}", "Content-Type": "application/json"}
    headers |= {name: secrets.token_hex(16) for name in ("X-Request-ID", "X-Correlation-ID")}
    async with httpx.AsyncClient() as client:
        answer = await client.request(method, url, headers=headers, content=body)
        return answer.status_code, answer.json()


async def find_details(versions_url: str, token: str) -> str:
    _, versions = await ask("GET", versions_url, token)
    return next(each["url"] for each in versions["data"] if each["version"] == V.value)


async def find_endpoint(module: ModuleID, role: str, token: str, details_url: str) -> str:
    _, answer = await ask("GET", details_url, token)
    details = VersionDetail(**answer["data"])
    return next(e.url for e in details.endpoints if e.identifier == module and role in (e.role, e.role.value))
