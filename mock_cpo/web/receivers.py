"""The OCPI endpoints that receive: tokens of the eMSPs, commands and charging profiles for our chargers."""

import re
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Query, Response

from mock_cpo.profiles import Asked
from mock_cpo.web.call import Call, FunctionalCall, Id
from mock_cpo.web.modules import BASE
from mock_cpo.web.schema import describes
from ocpi.protocol.chargingprofiles import ChargingProfileResponse, SetChargingProfile
from ocpi.protocol.commands import COMMAND_OBJECTS, CommandResponse
from ocpi.protocol.errors import InvalidObject, UnknownToken
from ocpi.protocol.merge import merge
from ocpi.protocol.tokens import Token, TokenType
from ocpi.protocol.types import ci_equal, parse_datetime

router = APIRouter()
TOKEN = f"{BASE}/tokens/{{country_code}}/{{party_id}}/{{token_uid}}"
PROFILE = f"{BASE}/chargingprofiles/{{session_id}}"
LAST_DURATION = re.compile(r"&duration=\d+$")
ResultDuration = Annotated[str, Query(description="Seconds to look ahead.")]
Type = Annotated[str, Query(alias="type", description="RFID when absent.")]
Wire = dict[str, Any]


@router.get(TOKEN, tags=["tokens"], summary="The token as we hold it", **describes(gives=Token))
def get_token(call: FunctionalCall, country_code: Id, party_id: Id, token_uid: Id, type_: Type = "RFID") -> Response:
    return call.answer(_held(call, country_code, party_id, token_uid, type_))


@router.put(TOKEN, tags=["tokens"], summary="A new or changed token", **describes(takes=Token))
def put_token(call: FunctionalCall, country_code: Id, party_id: Id, token_uid: Id, type_: Type = "RFID") -> Response:
    call.owned(country_code, party_id)
    token = Token.from_wire(call.json()).to_wire()
    _check_same(token, country_code, party_id, token_uid, _type(type_))
    held = call.cpo.tokens.get(country_code, party_id, token_uid, token["type"])
    if held and _older(token, held):
        return call.answer()
    new = call.cpo.tokens.put(token)
    return call.answer(http_status=201 if new else 200)


@router.patch(
    TOKEN, tags=["tokens"], summary="Some fields of a token, last_updated among them", **describes(takes=Token)
)
def patch_token(call: FunctionalCall, country_code: Id, party_id: Id, token_uid: Id, type_: Type = "RFID") -> Response:
    held = _held(call, country_code, party_id, token_uid, type_)
    patch = call.json()
    if not isinstance(patch, dict) or not patch.get("last_updated"):
        raise InvalidObject("last_updated: is required in every PATCH")
    token = Token.from_wire(merge(held, patch)).to_wire()
    _check_same(token, country_code, party_id, token_uid, held["type"])
    if not _older(token, held):
        call.cpo.tokens.put(token)
    return call.answer()


def _held(call: Call, country_code: str, party_id: str, token_uid: str, token_type: str) -> Wire:
    call.owned(country_code, party_id)
    token = call.cpo.tokens.get(country_code, party_id, token_uid, _type(token_type))
    if token is None:
        raise UnknownToken
    return token


def _type(text: str) -> str:
    if text not in TokenType.__members__:
        raise InvalidObject(f"type: {text!r} is no TokenType")
    return text


def _check_same(token: Wire, country_code: str, party_id: str, uid: str, token_type: str) -> None:
    """Body and URL must name the same token (TRA-40)."""
    named = {"country_code": country_code, "party_id": party_id, "uid": uid}
    wrong = [name for name, value in named.items() if not ci_equal(token[name], value)]
    if token["type"] != token_type:
        wrong.append("type")
    if wrong:
        raise InvalidObject("; ".join(f"{name}: differs from the URL" for name in wrong))


def _older(token: Wire, held: Wire) -> bool:
    """An older state never overwrites a newer one (AMB-04)."""
    return parse_datetime(token["last_updated"]) < parse_datetime(held["last_updated"])


@router.post(
    f"{BASE}/commands/{{command}}",
    tags=["commands"],
    summary="Start, stop, reserve, cancel, unlock",
    **describes(takes=list(COMMAND_OBJECTS.values()), gives=CommandResponse),
)
def post_command(call: FunctionalCall, command: Id) -> Response:
    response, error = call.cpo.commands.receive(
        call.partner, command, call.json(), call.correlation_id, call.routing.from_
    )
    return call.refuse(error, response) if error else call.answer(response)


# --- Charging profiles --------------------------------------------------------------------------


@router.put(
    PROFILE,
    tags=["chargingprofiles"],
    summary="Limits for a session",
    **describes(takes=SetChargingProfile, gives=ChargingProfileResponse),
)
def put_profile(call: FunctionalCall, session_id: Id) -> Response:
    order = SetChargingProfile.from_wire(call.json())
    return call.answer(call.cpo.profiles.set(_asked(call, session_id, order.response_url), order))


@router.get(
    PROFILE,
    tags=["chargingprofiles"],
    summary="The limits that hold",
    **describes(gives=ChargingProfileResponse),
)
def get_profile(call: FunctionalCall, session_id: Id, duration: ResultDuration = "") -> Response:
    if not (duration.isascii() and duration.isdigit()):
        raise InvalidObject("duration: is required, in seconds")
    return call.answer(call.cpo.profiles.get(_asked(call, session_id), int(duration)))


@router.delete(
    PROFILE,
    tags=["chargingprofiles"],
    summary="No limits any more",
    **describes(gives=ChargingProfileResponse),
)
def delete_profile(call: FunctionalCall, session_id: Id) -> Response:
    return call.answer(call.cpo.profiles.clear(_asked(call, session_id)))


def _asked(call: Call, session_id: str, response_url: str = "") -> Asked:
    url = response_url or response_url_of(call.request.url.query)
    return Asked(call.partner, session_id, url, call.correlation_id, call.routing.from_)


def response_url_of(query: str) -> str:
    """The last parameter may be a URL as it is, with a query of its own (CHP-05). InvalidObject when there is none."""
    before, _, rest = query.partition("response_url=")
    if "://" not in rest:
        rest = unquote(rest.partition("&")[0])
    if "://" not in rest:
        raise InvalidObject("response_url: is required")
    return rest if before else LAST_DURATION.sub("", rest)
