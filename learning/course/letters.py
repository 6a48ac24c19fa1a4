"""Messages that learners write: checked at the field by the protocol's own types, and sent for real in their sandbox.

`check` says what is wrong without sending. `send_as_cpo` and `send_as_emsp` send even what is wrong, because the answer
is the lesson; they refuse only what would lead out of the sandbox.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from learning.models import Run
from ocpi.core import client, ids, secrets
from ocpi.core.client import Peer
from ocpi.core.parties import ours
from ocpi.partners.models import Partner
from ocpi.protocol import cdrs, commands, credentials, hubclientinfo, locations, sessions, tariffs, tokens
from ocpi.protocol import chargingprofiles as profiles
from ocpi.protocol.errors import InvalidObject, PartnerError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import OcpiModel
from ocpi.protocol.versions import InterfaceRole

from . import sandbox
from .errors import BadMessage
from .lesson import Message
from .paths import filled

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MODULES = ("versions", "credentials", "locations", "tariffs", "tokens", "sessions", "cdrs", "commands",
           "chargingprofiles", "hubclientinfo")  # fmt: skip
_LOCATION_PARTS: dict[int, type[OcpiModel]] = {3: locations.Location, 4: locations.EVSE, 5: locations.Connector}
_COMMANDS: dict[str, type[OcpiModel]] = {
    "START_SESSION": commands.StartSession, "STOP_SESSION": commands.StopSession, "RESERVE_NOW": commands.ReserveNow,
    "CANCEL_RESERVATION": commands.CancelReservation, "UNLOCK_CONNECTOR": commands.UnlockConnector,
}  # fmt: skip
_RECEIVED: dict[str, type[OcpiModel]] = {
    "tariffs": tariffs.Tariff, "sessions": sessions.Session, "cdrs": cdrs.CDR, "tokens": tokens.LocationReferences,
    "commands": commands.CommandResult, "hubclientinfo": hubclientinfo.ClientInfo,
    "credentials": credentials.Credentials,
}  # fmt: skip
_URL_FIELDS = {"url", "response_url"}
_PLAIN_HEADER = re.compile(r"^[A-Za-z][A-Za-z-]{0,60}$")
_AT_THEIRS_SENDER = {"locations", "tariffs", "sessions", "cdrs", "hubclientinfo"}


def message_of(given: dict[str, Any], facts: dict[str, Any]) -> Message:
    """From JSON, with the names of facts filled in. Raises BadMessage for what is no message at all."""
    given = filled(given, facts)
    problems = []
    if given.get("method") not in METHODS:
        problems.append(("method", f"must be one of {', '.join(METHODS)}"))
    if given.get("module") not in MODULES:
        problems.append(("module", f"must be one of {', '.join(MODULES)}"))
    path = given.get("path", [])
    if not isinstance(path, list) or any(not isinstance(part, str) or part in ("", ".", "..") for part in path):
        problems.append(("path", "must be a list of segments, none of them empty or made of dots"))
    headers = given.get("headers") or {}
    if any(not _PLAIN_HEADER.match(str(name)) or "\n" in str(value) for name, value in headers.items()):
        problems.append(("headers", "must be plain HTTP headers"))
    if problems:
        raise BadMessage(problems)
    known = {name: given[name] for name in ("body", "query", "authorization") if given.get(name) is not None}
    return Message(given["method"], given["module"], path, headers=headers, **known)


def to_json(message: Message, facts: dict[str, Any] | None = None) -> dict[str, Any]:
    return filled(asdict(message), facts or {})


def model_for(side: str, message: Message) -> type[OcpiModel] | None:
    """The protocol type of the body that belongs there; None where there is none."""
    if message.method not in ("POST", "PUT", "PATCH"):
        return None
    if side == "EMSP":
        return _for_cpo(message)
    if message.module == "locations":
        return _LOCATION_PARTS.get(len(message.path))
    if message.module == "chargingprofiles":
        return profiles.ActiveChargingProfile if message.method == "PUT" else profiles.ChargingProfileResult
    return _RECEIVED.get(message.module)


def _for_cpo(message: Message) -> type[OcpiModel] | None:
    if message.module == "commands":
        return _COMMANDS.get(message.path[0] if message.path else "")
    found: dict[str, type[OcpiModel]] = {
        "tokens": tokens.Token, "credentials": credentials.Credentials, "sessions": sessions.ChargingPreferences,
        "chargingprofiles": profiles.SetChargingProfile,
    }  # fmt: skip
    return found.get(message.module)


def check(side: str, message: Message) -> list[tuple[str, str]]:
    """(path of the field, what is wrong there), in the words in which a platform would answer it; empty when valid."""
    model = model_for(side, message)
    if model is None:
        return []
    if not isinstance(message.body, dict):
        return [("", "the body must be a JSON object")]
    try:
        model.from_wire(message.body)
    except InvalidObject as error:
        problems = [_parted(problem) for problem in error.problems]
        return [one for one in problems if message.method != "PATCH" or _counts_in_patch(one, message.body)]
    return []


def _parted(problem: str) -> tuple[str, str]:
    path, colon, text = problem.partition(": ")
    return (path, text) if colon and " " not in path else ("", problem)


def _counts_in_patch(problem: tuple[str, str], body: dict[str, Any]) -> bool:
    """Of a PATCH only what is there must be right, and last_updated must be there (LOC-09)."""
    top = re.split(r"[.\[]", problem[0])[0]
    return top in body or top == "last_updated"


# --- sending ---------------------------------------------------------------------------------------------------------
def send_as_cpo(run: Run, message: Message) -> dict[str, Any]:
    """By the run's world, over real HTTP: {http_status, body, error} as it was answered. Raises BadMessage."""
    _stay_inside(run, message)
    wanted = asdict(message) | {"path": list(message.path), "correlation_id": run.flow + ids.new_id()[:8]}
    answer: dict[str, Any] = sandbox.control(run).post("send", wanted)
    return answer


def send_as_emsp(run: Run, message: Message) -> dict[str, Any]:
    """By our own client, to the run's world: {http_status, body, error}. Raises BadMessage."""
    _stay_inside(run, message)
    partner = Partner.objects.get(pk=run.partner_id)
    url = _url(run, partner, message)
    if not url.startswith(f"{run.facts['base_url']}/"):
        raise BadMessage([("module", f"the other side has no {message.module}")])
    try:
        reply = client.call(
            _peer(run, partner, message), message.method, url, module=message.module, body=message.body,
            sender=ours()[0], correlation_id=run.flow + ids.new_id()[:8],
        )  # fmt: skip
    except PartnerError as error:
        return {"http_status": error.http_status, "body": None, "error": error.message}
    return {"http_status": reply.http_status, "body": reply.data, "error": None}


def _url(run: Run, partner: Partner, message: Message) -> str:
    if message.module == "versions":
        return "/".join([str(run.facts["versions_url"]).removesuffix("/versions"), *(message.path or ["versions"])])
    role = InterfaceRole.SENDER if message.module in _AT_THEIRS_SENDER else InterfaceRole.RECEIVER
    endpoint = partner.endpoint(message.module, role)
    url = ids.join(endpoint, *message.path) if endpoint else ""
    return f"{url}?{message.query}" if url and message.query else url


def _peer(run: Run, partner: Partner, message: Message) -> Peer:
    party = _receiver(run, message)
    if message.authorization is None:
        token = secrets.decrypt(partner.token_out) if partner.token_out else run.facts["cpo_token_a"]
        return partner.peer_with(token, party)
    scheme, _, rest = message.authorization.partition(" ")
    if scheme != "Token":
        raise BadMessage([("authorization", "our platform can only send `Token …`")])
    return Peer(rest, plain_auth=True, party=party, partner_id=partner.pk)


def _receiver(run: Run, message: Message) -> PartyId:
    """Whom the routing headers name; where the message says nothing, the party on the other side."""
    named = {name.lower(): value for name, value in message.headers.items()}
    country, party = named.get("ocpi-to-country-code"), named.get("ocpi-to-party-id")
    return PartyId(country or run.facts["country"], party or run.facts["party"])


def _stay_inside(run: Run, message: Message) -> None:
    """Whoever is told a URL may call it: none may lead anywhere but to the two platforms of the lesson."""
    problems = [(path, "must lead to one of the two platforms of this lesson") for path, url in _urls(message.body, "")
                if not _is_inside(run, url)]  # fmt: skip
    query = [part for part in message.query.split("&") if "response_url" in part and "http" in part]
    if problems or query:
        raise BadMessage(problems or [("query", "must not name a response_url of your own")])


def _urls(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            here = f"{path}.{key}" if path else str(key)
            if key in _URL_FIELDS and isinstance(item, str):
                yield here, item
            yield from _urls(item, here)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _urls(item, f"{path}[{index}]")


def _is_inside(run: Run, url: str) -> bool:
    """By host and port; text that is no URL is called by nobody, and a lesson may want to see it refused."""
    if "://" not in url:
        return True
    homes = {urlsplit(home).netloc for home in (settings.PUBLIC_URL, run.facts["base_url"])}
    return urlsplit(url).netloc in homes
