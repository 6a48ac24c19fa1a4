"""A CPO made with the PyPI package extrawest-ocpi; it runs in an environment of its own and knows nothing of ours.

The package answers what we ask, pushes objects and command results, and validates all that it sends and reads. What it
leaves to its user stands here: where objects are kept, and what a charger does.

    PROTOCOL=http OCPI_HOST=localhost:9000 COUNTRY_CODE=DE PARTY_ID=FST python cpo.py TOKEN_A [TOKEN_A …]

`/control` is for the test: what this CPO holds, and what to do next.
"""

import asyncio
import json
import sys
from typing import Any

import listing
import network
import uvicorn
from py_ocpi.core.adapter import BaseAdapter
from py_ocpi.core.config import settings
from py_ocpi.core.crud import Crud
from py_ocpi.core.enums import Action, ModuleID, RoleEnum
from py_ocpi.core.exceptions import NotFoundOCPIError
from py_ocpi.core.push import push_object
from py_ocpi.core.schemas import Push, PushResponse, Receiver
from py_ocpi.main import get_application
from py_ocpi.modules.tokens.v_2_2_1.schemas import AuthorizationInfo, LocationReference, Token
from registration import Peer, Registrations, V, ask, find_endpoint

MODULES = [ModuleID.credentials_and_registration, ModuleID.locations, ModuleID.sessions, ModuleID.cdrs,
           ModuleID.tariffs, ModuleID.tokens, ModuleID.commands]  # fmt: skip
partners = Registrations(RoleEnum.cpo, "Foreign Stack Charging")


class Book:
    """What this CPO remembers. Keys are lower case, as the package makes every CiString."""

    def __init__(self) -> None:
        self.pushes: list[dict[str, Any]] = []
        self.running: set[asyncio.Task[None]] = set()
        self.objects: dict[ModuleID, dict[str, dict[str, Any]]] = {module: {} for module in MODULES}
        self.objects[ModuleID.locations] = network.locations()
        self.objects[ModuleID.tariffs] = {network.TARIFF_ID.lower(): network.tariff()}
        self.reservations: set[str] = set()

    def of(self, module: ModuleID) -> dict[str, dict[str, Any]]:
        return self.objects[module]

    async def push(self, module: ModuleID, id_: str, peer: Peer) -> PushResponse:
        receiver = Receiver(endpoints_url=peer.details_url, auth_token=peer.theirs["token"])
        answer = await push_object(V, Push(module_id=module, object_id=id_, receivers=[receiver]), Store, BaseAdapter)
        for each in answer.receiver_responses:
            self.pushes.append({"module": module.value, "id": id_, "status": each.status_code, "body": each.response})
        return answer

    def begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.running.add(task)
        task.add_done_callback(self.running.discard)


book = Book()


def the_emsp() -> Peer | None:
    """The one that registered last."""
    return next(reversed(partners.peers.values()), None)


class Store(Crud):
    """The package's port to our data."""

    @classmethod
    async def get(cls, module: ModuleID, role: RoleEnum, id: Any, *args: Any, **kwargs: Any) -> Any:
        if module == ModuleID.commands:
            return charger.result(
                kwargs["command_data"].dict(), kwargs["command"], partners.peers[kwargs["auth_token"]]
            )
        if module == ModuleID.credentials_and_registration:
            peer = partners.peers.get(id)
            return peer.ours if peer else None
        if module == ModuleID.tokens:
            return book.of(module).get(_own_token(kwargs, str(id)))
        return book.of(module).get(str(id).lower())

    @classmethod
    async def list(cls, module: ModuleID, role: RoleEnum, filters: dict, *args: Any, **kwargs: Any) -> Any:
        return listing.page([*book.of(module).values()], filters)

    @classmethod
    async def create(cls, module: ModuleID, role: RoleEnum, data: dict, *args: Any, **kwargs: Any) -> Any:
        if module == ModuleID.credentials_and_registration:
            return await partners.receive(data["credentials"], kwargs["auth_token"])
        held, key = book.of(module), _own_token(kwargs, data["uid"])
        if key not in held or data["last_updated"] >= held[key]["last_updated"]:
            held[key] = data
        return held[key]

    @classmethod
    async def update(cls, module: ModuleID, role: RoleEnum, data: dict, id: Any, *args: Any, **kwargs: Any) -> Any:
        if module == ModuleID.sessions:  # charging preferences: no charger of ours has a choice
            raise NotFoundOCPIError
        return await cls.create(module, role, data, *args, **kwargs)

    @classmethod
    async def delete(cls, module: ModuleID, role: RoleEnum, id: Any, *args: Any, **kwargs: Any) -> None:
        partners.forget(id)

    @classmethod
    async def do(cls, module: ModuleID, role: RoleEnum, action: Action, *args: Any, **kwargs: Any) -> Any:
        peer = partners.peers[kwargs["auth_token"]]
        if action == Action.get_client_token:
            return peer.theirs["token"]
        return charger.response(args[0], kwargs["command"], peer)


def _own_token(asked: dict[str, Any], uid: str) -> str:
    """Its key, for the eMSP that it belongs to; nobody else may read or send it."""
    party = asked["country_code"].lower(), asked["party_id"].lower()
    if party not in partners.peers[asked["auth_token"]].parties:
        raise NotFoundOCPIError
    return "/".join((*party, asked["token_type"], uid)).lower()


class Charger:
    """One charger with a mind of its own: it accepts, starts, meters every second, stops and bills."""

    def response(self, command: dict[str, Any], kind: str, peer: Peer) -> dict[str, Any]:
        return {"result": self._answer(command, kind, peer), "timeout": 30, "message": []}

    def _answer(self, command: dict[str, Any], kind: str, peer: Peer) -> str:
        if kind == "STOP_SESSION":
            known = command["session_id"].lower() in book.of(ModuleID.sessions)
            return "ACCEPTED" if known else "UNKNOWN_SESSION"
        if kind == "CANCEL_RESERVATION":
            return "ACCEPTED" if command["reservation_id"].lower() in book.reservations else "REJECTED"
        if kind not in ("START_SESSION", "RESERVE_NOW"):
            return "NOT_SUPPORTED"
        owner = command["token"]["country_code"].lower(), command["token"]["party_id"].lower()
        return "ACCEPTED" if owner in peer.parties else "REJECTED"

    def result(self, command: dict[str, Any], kind: str, peer: Peer) -> dict[str, Any]:
        if kind == "START_SESSION":
            book.begin(self._charge(command, peer))
        elif kind == "STOP_SESSION":
            book.begin(self._stop(command["session_id"], peer))
        elif kind == "RESERVE_NOW":
            book.reservations.add(command["reservation_id"].lower())
        else:
            book.reservations.discard(command["reservation_id"].lower())
        return {"result": "ACCEPTED", "message": [{"language": "en", "text": "The charger has it"}]}

    async def _charge(self, command: dict[str, Any], peer: Peer) -> None:
        sessions = book.of(ModuleID.sessions)
        place = book.of(ModuleID.locations)[command["location_id"].lower()]
        session = network.session(len(sessions) + 1, place, command)
        sessions[session["id"].lower()] = session
        await self._show(place, "CHARGING", peer)
        while session["status"] == "ACTIVE":
            network.charge_until(session, network.now(), "ACTIVE")
            await book.push(ModuleID.sessions, session["id"], peer)
            await asyncio.sleep(1.1)  # a second: the unit of last_updated

    async def _stop(self, id_: str, peer: Peer) -> None:
        session = book.of(ModuleID.sessions)[id_.lower()]
        network.charge_until(session, network.now(), "COMPLETED")
        await book.push(ModuleID.sessions, session["id"], peer)
        place = book.of(ModuleID.locations)[session["location_id"].lower()]
        bill = network.cdr(session, place)
        book.of(ModuleID.cdrs)[bill["id"].lower()] = bill
        await book.push(ModuleID.cdrs, bill["id"], peer)
        await self._show(place, "AVAILABLE", peer)

    async def _show(self, place: dict[str, Any], status: str, peer: Peer) -> None:
        moment = network.text(network.now())
        place["evses"][0] |= {"status": status, "last_updated": moment}
        place["last_updated"] = moment
        await book.push(ModuleID.locations, place["id"], peer)


charger = Charger()
app = get_application([V], [RoleEnum.cpo], Store, MODULES, partners.gate(), BaseAdapter)


# --- for the test --------------------------------------------------------------------------------------------------
@app.get("/control/state")
async def state() -> dict[str, Any]:
    emsp = the_emsp()
    return {
        "emsp": emsp.theirs if emsp else None,
        "pushes": book.pushes,
        **{module.value: list(rows.values()) for module, rows in book.objects.items()},
    }


@app.post("/control/register")
async def register(body: dict[str, str]) -> dict[str, Any]:
    return await partners.register(body["versions_url"], body["token"])


@app.post("/control/authorize")
async def authorize(body: dict[str, str]) -> dict[str, Any]:
    """Somebody holds a card to a charger."""
    emsp = the_emsp()
    token = emsp.theirs["token"]
    base = await find_endpoint(ModuleID.tokens, "SENDER", token, emsp.details_url)
    place = LocationReference(location_id=body["location_id"], evse_uids=[body["evse_uid"]])
    status, answer = await ask("POST", f"{base}{body['uid']}/authorize?type=RFID", token, place.json())
    info = AuthorizationInfo(**answer["data"]).dict() if "data" in answer else {}
    return {"http_status": status, "status_code": answer["status_code"], "info": info}


@app.post("/control/tokens")
async def pull_tokens() -> dict[str, Any]:
    """The eMSP's list of tokens, first page."""
    emsp = the_emsp()
    token = emsp.theirs["token"]
    _, answer = await ask("GET", await find_endpoint(ModuleID.tokens, "SENDER", token, emsp.details_url), token)
    return {"tokens": [json.loads(Token(**each).json()) for each in answer["data"]]}


@app.post("/control/push")
async def push(body: dict[str, str]) -> dict[str, Any]:
    return json.loads((await book.push(ModuleID(body["module"]), body["id"], the_emsp())).json())


@app.post("/control/forget")
async def forget() -> dict[str, Any]:
    """An accident: the registrations are lost on our side."""
    for shown in list(partners.peers):
        partners.forget(shown)
    return {}


if __name__ == "__main__":
    partners.token_a.update(sys.argv[1:])
    host, _, port = settings.OCPI_HOST.partition(":")
    uvicorn.run(app, host=host, port=int(port), access_log=False)
