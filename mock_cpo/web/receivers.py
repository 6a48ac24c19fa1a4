"""The OCPI endpoints that receive: tokens of the eMSPs, and commands for our chargers."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from mock_cpo.web.call import Call, FunctionalCall, Id
from mock_cpo.web.modules import BASE
from mock_cpo.web.schema import describes
from ocpi.protocol.commands import COMMAND_OBJECTS, CommandResponse
from ocpi.protocol.errors import InvalidObject, UnknownToken
from ocpi.protocol.merge import merge
from ocpi.protocol.tokens import Token, TokenType
from ocpi.protocol.types import ci_equal, parse_datetime

router = APIRouter()
TOKEN = f"{BASE}/tokens/{{country_code}}/{{party_id}}/{{token_uid}}"
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
    held = call.platform.tokens.get(country_code, party_id, token_uid, token["type"])
    if held and _older(token, held):
        return call.answer()
    new = call.platform.tokens.put(token)
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
        call.platform.tokens.put(token)
    return call.answer()


def _held(call: Call, country_code: str, party_id: str, token_uid: str, token_type: str) -> Wire:
    call.owned(country_code, party_id)
    token = call.platform.tokens.get(country_code, party_id, token_uid, _type(token_type))
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
    response, error = call.platform.commands.receive(
        call.partner, command, call.json(), call.correlation_id, call.routing.from_
    )
    return call.refuse(error, response) if error else call.answer(response)
