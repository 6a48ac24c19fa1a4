"""Who takes part: a CPO that only pushes, the mock CPO with its chargers, an app, and drivers with cards."""

from dataclasses import dataclass
from typing import Any, Protocol

import requests

from ocpi.credentials import services as credentials
from ocpi.partners import services as partners
from ocpi.partners.models import Partner
from ocpi.sync.models import Pull
from tests import factories

from .house import wait
from .load import PARTY

LOADER_TOKEN = "token-of-the-pushing-cpo"
CARDS = 20


@dataclass
class Scene:
    loader: Partner
    loader_token: str
    cpo: Partner
    app_token: str
    tokens: list[str]
    chargers: list[dict[str, str]]


class Place(Protocol):
    """Where it happens: the URL of the mock CPO's control API."""

    @property
    def cpo(self) -> str: ...


def prepare(house: Place, token_a: str = "chaos-token-a") -> Scene:
    # Nobody answers where it says that it lives: pushes and pulls to it must come to rest.
    loader = factories.partner(party=PARTY, token=LOADER_TOKEN, name="Pushing CPO", base_url="http://127.0.0.1:1/ocpi",
                               versions_url="http://127.0.0.1:1/ocpi/versions")  # fmt: skip
    cpo = Partner.objects.create(name="Mock CPO")
    health = _control("GET", house.cpo, "health")
    _control("PUT", house.cpo, "settings", {"charger_delay": 0.3, "command_timeout": 15})
    credentials.register(partner=cpo, versions_url=health["versions_url"], token_a=token_a)
    tokens = [factories.token(uid=f"CHAOS{n:03d}").wire_uid for n in range(CARDS)]
    factories.token()  # the card of the pushing CPO's sessions
    _, app_token = partners.add_api_client(name="Chaos app")
    wait(lambda: Pull.objects.filter(partner=cpo, module="locations", error="").exclude(finished_at=None).exists(),
         "the first pull of locations", 150)  # fmt: skip
    return Scene(loader, LOADER_TOKEN, cpo, app_token, tokens, _chargers(house.cpo))


def _chargers(url: str) -> list[dict[str, str]]:
    return [
        {"location_id": each["location"]["id"], "evse_uid": evse["uid"], "connector_id": evse["connectors"][0]["id"]}
        for each in _control("GET", url, "locations")
        if not each["private"]
        for evse in each["location"]["evses"]
        if evse["status"] == "AVAILABLE" and "REMOTE_START_STOP_CAPABLE" in evse.get("capabilities", [])
    ]


def end_charges(url: str) -> None:
    """Drivers go home: what still charges at the mock CPO ends, so that it is billed."""
    for row in _control("GET", url, "sessions"):
        if row["session"]["status"] in {"ACTIVE", "PENDING"}:
            requests.post(f"{url}/control/stop", json={"session_id": row["session"]["id"]}, timeout=20)


def _control(method: str, url: str, path: str, body: Any = None) -> Any:
    answer = requests.request(method, f"{url}/control/{path}", json=body, timeout=20)
    answer.raise_for_status()
    return answer.json()
