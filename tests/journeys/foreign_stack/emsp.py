"""An eMSP made with the PyPI package extrawest-ocpi: where objects are kept, whose they are, and who may charge.

PROTOCOL=http OCPI_HOST=localhost:9001 COUNTRY_CODE=DE PARTY_ID=FSM python emsp.py TOKEN_A [TOKEN_A …]
"""

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import listing
import uvicorn
from py_ocpi.core.adapter import BaseAdapter
from py_ocpi.core.config import settings
from py_ocpi.core.crud import Crud
from py_ocpi.core.enums import Action, ModuleID, RoleEnum
from py_ocpi.core.exceptions import NotFoundOCPIError
from py_ocpi.main import get_application
from registration import Registrations, V

MODULES = [ModuleID.credentials_and_registration, ModuleID.locations, ModuleID.sessions, ModuleID.cdrs,
           ModuleID.tariffs, ModuleID.tokens, ModuleID.commands]  # fmt: skip
CARDS = 60  # more than the package puts on one page
Row = dict[str, Any]
partners = Registrations(RoleEnum.emsp, "Foreign Stack Mobility")


def _card(number: int) -> Row:
    """Every tenth is blocked."""
    moment = datetime.now(UTC) - timedelta(minutes=CARDS - number)
    return {
        "country_code": settings.COUNTRY_CODE, "party_id": settings.PARTY_ID, "uid": f"04F5{number:06X}",
        "type": "RFID", "contract_id": f"DE-FSM-C{number:08d}", "issuer": "Foreign Stack Mobility",
        "valid": bool(number % 10), "whitelist": "ALLOWED", "language": "de",
        "last_updated": moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }  # fmt: skip


def _key(*parts: str) -> str:
    return "/".join(parts).lower()


tokens = {_key(card["type"], card["uid"]): card for card in map(_card, range(1, CARDS + 1))}
received: dict[ModuleID, dict[str, Row]] = {module: {} for module in MODULES}


class Store(Crud):
    """The package's port to our data. Objects of CPOs are kept by party and id, and are nobody else's."""

    @classmethod
    async def get(cls, module: ModuleID, role: RoleEnum, id: Any, *args: Any, **kwargs: Any) -> Any:
        if module == ModuleID.credentials_and_registration:
            peer = partners.peers.get(id)
            return peer.ours if peer else None
        if module == ModuleID.tokens:
            return tokens.get(_key(kwargs["token_type"], id))
        if module == ModuleID.cdrs:
            return _own_cdr(str(id), kwargs["auth_token"])
        return received[module].get(_own(kwargs, str(id)))

    @classmethod
    async def list(cls, module: ModuleID, role: RoleEnum, filters: dict, *args: Any, **kwargs: Any) -> Any:
        return listing.page([*tokens.values()], filters)

    @classmethod
    async def create(cls, module: ModuleID, role: RoleEnum, data: dict, *args: Any, **kwargs: Any) -> Any:
        if module == ModuleID.credentials_and_registration:
            return await partners.receive(data["credentials"], kwargs["auth_token"])
        shown = args[0] if args else kwargs["auth_token"]  # for locations the package gives it by position
        party = {name: data[name] for name in ("country_code", "party_id")}
        if "cdr_token" in data and not _our_driver(data["cdr_token"]):
            raise NotFoundOCPIError
        received[module][_own({**party, **kwargs, "auth_token": shown}, data["id"])] = data
        return data

    @classmethod
    async def update(cls, module: ModuleID, role: RoleEnum, data: dict, id: Any, *args: Any, **kwargs: Any) -> Any:
        if module == ModuleID.credentials_and_registration:
            return await partners.receive(data["credentials"], kwargs["auth_token"])
        if module == ModuleID.commands:  # none was sent
            raise NotFoundOCPIError
        key = _own(kwargs, str(id))
        if data["last_updated"] >= received[module][key]["last_updated"]:
            received[module][key] = data
        return received[module][key]

    @classmethod
    async def delete(cls, module: ModuleID, role: RoleEnum, id: Any, *args: Any, **kwargs: Any) -> None:
        if module == ModuleID.credentials_and_registration:
            partners.forget(id)
        else:
            received[module].pop(_own(kwargs, str(id)), None)

    @classmethod
    async def do(cls, module: ModuleID, role: RoleEnum, action: Action, *args: Any, **kwargs: Any) -> Any:
        asked = kwargs["data"]
        card = tokens[_key(asked["token_type"], asked["token_uid"])]
        place = asked["location_reference"]
        return {"allowed": "ALLOWED" if card["valid"] else "BLOCKED", "token": card, "location": place}


def _our_driver(card: Row) -> bool:
    return _key(card["country_code"], card["party_id"]) == _key(settings.COUNTRY_CODE, settings.PARTY_ID)


def _own(asked: Row, id_: str) -> str:
    """Its key, for the CPO that it belongs to; nobody else may read or send it."""
    if (asked["country_code"].lower(), asked["party_id"].lower()) not in partners.peers[asked["auth_token"]].parties:
        raise NotFoundOCPIError
    return _key(asked["country_code"], asked["party_id"], id_)


def _own_cdr(id_: str, shown: str) -> Row | None:
    """By its id alone: the package's URL of a CDR names no party."""
    keys = [_key(*party, id_) for party in partners.peers[shown].parties]
    return next((received[ModuleID.cdrs][key] for key in keys if key in received[ModuleID.cdrs]), None)


app = get_application([V], [RoleEnum.emsp], Store, MODULES, partners.gate(), BaseAdapter)


@app.get("/control/state")
async def state() -> Row:
    return {module.value: list(rows.values()) for module, rows in received.items()}


if __name__ == "__main__":
    partners.token_a.update(sys.argv[1:])
    host, _, port = settings.OCPI_HOST.partition(":")
    uvicorn.run(app, host=host, port=int(port), access_log=False)
