"""Which object of the specification a message carries, by module, method and URL."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.chargingprofiles import (
    ActiveChargingProfile,
    ActiveChargingProfileResult,
    ChargingProfileResponse,
    SetChargingProfile,
)
from ocpi.protocol.commands import COMMAND_OBJECTS, CommandResponse, CommandResult, CommandType
from ocpi.protocol.credentials import Credentials
from ocpi.protocol.hubclientinfo import ClientInfo
from ocpi.protocol.locations import EVSE, Connector, Location
from ocpi.protocol.model import OcpiModel
from ocpi.protocol.sessions import ChargingPreferences, Session
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.tokens import AuthorizationInfo, LocationReferences, Token
from ocpi.protocol.versions import Version, VersionDetails

Model = type[OcpiModel]


@dataclass(frozen=True)
class Shape:
    """`model`: the object inside; None where it is none of OCPI's, such as an app's own request.

    `envelope`: it stands in `data` of an answer, alone or in a list. `partial`: a PATCH, which may leave fields out.
    """

    model: Model | None
    envelope: bool = False
    partial: bool = False


@dataclass(frozen=True)
class _Message:
    """`path`: of the URL; `rest`: its segments after the module."""

    method: str
    path: str
    rest: tuple[str, ...]
    to_emsp: bool
    answer: bool


def shape_of(module: str, method: str, url: str, *, to_emsp: bool, answer: bool = False) -> Shape:
    """`url` may be whole or a path; `to_emsp`: the CPO or an app calls; `answer`: what came back."""
    path = url.split("?")[0].rstrip("/")
    message = _Message(method.upper(), path, _rest(module, path), to_emsp, answer)
    find = _FINDERS.get(module)
    model = find(message) if find and message.method != "DELETE" else None
    return Shape(model, envelope=answer, partial=message.method == "PATCH" and not answer)


def _rest(module: str, path: str) -> tuple[str, ...]:
    found = re.search(rf"(?:^|/){re.escape(module)}(?:/|$)(.*)", path)
    return tuple(segment for segment in (found[1] if found else "").split("/") if segment)


def _object(model: Model) -> Callable[[_Message], Model | None]:
    """Written by PUT, PATCH or POST, read by GET; the answer to a write carries nothing."""
    return lambda message: model if (message.method == "GET") == message.answer else None


def _locations(message: _Message) -> Model | None:
    """Three levels; at the eMSP two segments more come first, the owner's country and party."""
    level = len(message.rest) - (2 if message.to_emsp else 0)
    models: dict[int, Model] = {2: EVSE, 3: Connector}
    return _object(models.get(level, Location))(message)


def _versions(message: _Message) -> Model | None:
    if not message.answer:
        return None
    return Version if message.path.endswith("/versions") else VersionDetails


def _credentials(message: _Message) -> Model | None:
    return Credentials if message.answer or message.method in {"POST", "PUT"} else None


def _tokens(message: _Message) -> Model | None:
    if message.rest[-1:] == ("authorize",):
        return AuthorizationInfo if message.answer else LocationReferences
    return _object(Token)(message)


def _sessions(message: _Message) -> Model | None:
    if message.rest[-1:] == ("charging_preferences",):
        return None if message.answer else ChargingPreferences
    return _object(Session)(message)


def _commands(message: _Message) -> Model | None:
    """To the CPO goes a command, back come first its response, later its result, at the response_url."""
    name = message.rest[0] if message.rest else ""
    command = name in set(CommandType)
    if message.to_emsp:
        return None if command or message.answer or message.method != "POST" else CommandResult
    if message.answer:
        return CommandResponse
    return COMMAND_OBJECTS[CommandType(name)] if command else None


def _profiles(message: _Message) -> Model | None:
    if message.to_emsp:
        results: dict[str, Model] = {"POST": ActiveChargingProfileResult, "PUT": ActiveChargingProfile}
        return None if message.answer else results.get(message.method)
    if message.answer:
        return ChargingProfileResponse
    return SetChargingProfile if message.method == "PUT" else None


_FINDERS: dict[str, Callable[[_Message], Model | None]] = {
    "versions": _versions,
    "credentials": _credentials,
    "locations": _locations,
    "tariffs": _object(Tariff),
    "tokens": _tokens,
    "sessions": _sessions,
    "cdrs": _object(CDR),
    "commands": _commands,
    "chargingprofiles": _profiles,
    "hubclientinfo": _object(ClientInfo),
}
