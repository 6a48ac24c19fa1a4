"""The eMSP that is to be loaded, as it describes itself."""

from dataclasses import dataclass
from typing import Any

import requests

from ocpi.protocol.headers import PartyId, authorization

PARTY = PartyId("NL", "LOD")  # as ocpi.partners.loading registers it
CARD = ("country_code", "party_id", "uid", "type", "contract_id")
PAGE, MOST = 100, 500  # cards


@dataclass(frozen=True)
class Target:
    """Its endpoints by module, the token that opens it, and cards of its drivers."""

    endpoints: dict[str, str]
    token: str
    cards: list[dict[str, Any]]

    @property
    def headers(self) -> dict[str, str]:
        routing = {"OCPI-from-country-code": PARTY.country_code, "OCPI-from-party-id": PARTY.party_id}
        return {"Authorization": authorization(self.token), **routing}


def find(host: str, token: str) -> Target:
    """By versions and details. Raises ValueError when there is nothing to work with."""
    versions = _get(f"{host}/ocpi/versions", token)
    url = next(each["url"] for each in versions if each["version"] == "2.2.1")
    endpoints = {each["identifier"]: each["url"] for each in _get(url, token)["endpoints"]}
    cards: list[dict[str, Any]] = []
    for offset in range(0, MOST, PAGE):
        cards += _get(f"{endpoints['tokens']}?limit={PAGE}&offset={offset}", token)
    if not cards:
        raise ValueError("it lists no tokens, so that nobody can charge; manage.py load_partner --cards makes some")
    return Target(endpoints, token, [{name: card[name] for name in CARD} for card in cards])


def _get(url: str, token: str) -> Any:
    answer = requests.get(url, headers={"Authorization": authorization(token)}, timeout=10)
    envelope = answer.json()
    if envelope.get("status_code") != 1000:
        raise ValueError(f"GET {url} was answered with HTTP {answer.status_code}: {envelope.get('status_message')}")
    return envelope["data"]
