"""A CPO made with the PyPI package extrawest-ocpi; it runs in an environment of its own and knows nothing of ours.

The package answers what we ask, pushes objects and command results, and validates all that it sends and reads. What it
leaves to its user stands here: where objects are kept, what a charger does, and three requests that it has no code
for (the handshake that a CPO starts, real-time authorization, the list of tokens), made of its own schema objects.

    PROTOCOL=http OCPI_HOST=localhost:9000 COUNTRY_CODE=DE PARTY_ID=FST python cpo.py TOKEN_A

`/control` is for the test: what this CPO holds, and what to do next.
"""

import asyncio
import json
import secrets
import sys
from typing import Any

import httpx
import network
import uvicorn
from py_ocpi.core.adapter import BaseAdapter
from py_ocpi.core.authentication.authenticator import Authenticator
from py_ocpi.core.config import settings
from py_ocpi.core.crud import Crud
from py_ocpi.core.enums import Action, ModuleID, RoleEnum
from py_ocpi.core.push import push_object
from py_ocpi.core.schemas import Push, PushResponse, Receiver
from py_ocpi.core.utils import encode_string_base64
from py_ocpi.main import get_application
from py_ocpi.modules.credentials.v_2_2_1.schemas import Credentials
from py_ocpi.modules.tokens.v_2_2_1.schemas import AuthorizationInfo, LocationReference, Token
from py_ocpi.modules.versions.enums import VersionNumber
from py_ocpi.modules.versions.v_2_2_1.schemas import VersionDetail

V = VersionNumber.v_2_2_1
HERE = f"{settings.PROTOCOL}://{settings.OCPI_HOST}/{settings.OCPI_PREFIX}"
MODULES = [ModuleID.credentials_and_registration, ModuleID.locations, ModuleID.sessions, ModuleID.cdrs,
           ModuleID.tariffs, ModuleID.tokens, ModuleID.commands]  # fmt: skip


class Book:
    """What this CPO remembers. Keys are lower case, as the package makes every CiString."""

    def __init__(self) -> None:
        self.token_a: set[str] = set()
        self.accepted: set[str] = set()  # tokens that the eMSP shows us
        self.emsp: dict[str, Any] = {}  # its Credentials, and where its version details are
        self.pushes: list[dict[str, Any]] = []
        self.running: set[asyncio.Task[None]] = set()
        self.objects: dict[ModuleID, dict[str, dict[str, Any]]] = {module: {} for module in MODULES}
        self.objects[ModuleID.locations] = network.locations()
        self.objects[ModuleID.tariffs] = {network.TARIFF_ID.lower(): network.tariff()}

    def of(self, module: ModuleID) -> dict[str, dict[str, Any]]:
        return self.objects[module]

    def credentials(self) -> dict[str, Any]:
        """Ours, with a token that the eMSP may show us from now on."""
        token = secrets.token_urlsafe(32)
        self.accepted.add(token)
        role = {
            "role": RoleEnum.cpo, "party_id": settings.PARTY_ID, "country_code": settings.COUNTRY_CODE,
            "business_details": {"name": "Foreign Stack Charging"},
        }  # fmt: skip
        return {"token": token, "url": f"{HERE}/versions", "roles": [role]}

    async def push(self, module: ModuleID, id_: str) -> PushResponse:
        receiver = Receiver(endpoints_url=self.emsp["details_url"], auth_token=self.emsp["credentials"]["token"])
        answer = await push_object(V, Push(module_id=module, object_id=id_, receivers=[receiver]), Store, BaseAdapter)
        for each in answer.receiver_responses:
            self.pushes.append({"module": module.value, "id": id_, "status": each.status_code, "body": each.response})
        return answer

    def begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.running.add(task)
        task.add_done_callback(self.running.discard)


book = Book()


class Gate(Authenticator):
    @classmethod
    async def get_valid_token_a(cls) -> list[str]:
        return list(book.token_a)

    @classmethod
    async def get_valid_token_c(cls) -> list[str]:
        return list(book.accepted)


class Store(Crud):
    """The package's port to our data."""

    @classmethod
    async def get(cls, module: ModuleID, role: RoleEnum, id: Any, *args: Any, **kwargs: Any) -> Any:
        if module == ModuleID.commands:
            return charger.result(kwargs["command_data"].dict(), kwargs["command"])
        if module == ModuleID.credentials_and_registration:
            return {**book.emsp["ours"]} if book.emsp else None
        return book.of(module).get(str(id).lower())

    @classmethod
    async def list(cls, module: ModuleID, role: RoleEnum, filters: dict, *args: Any, **kwargs: Any) -> Any:
        since = filters["date_from"]
        rows = [row for row in book.of(module).values() if not since or row["last_updated"] >= network.text(since)]
        end = filters["offset"] + filters["limit"]
        return rows[filters["offset"] : end], len(rows), end >= len(rows)

    @classmethod
    async def create(cls, module: ModuleID, role: RoleEnum, data: dict, *args: Any, **kwargs: Any) -> Any:
        if module == ModuleID.credentials_and_registration:
            return await _register(data["credentials"], kwargs["auth_token"])
        book.of(module)[data["uid"].lower()] = data
        return data

    @classmethod
    async def update(cls, module: ModuleID, role: RoleEnum, data: dict, id: Any, *args: Any, **kwargs: Any) -> Any:
        return await cls.create(module, role, data, *args, **kwargs)

    @classmethod
    async def delete(cls, module: ModuleID, role: RoleEnum, id: Any, *args: Any, **kwargs: Any) -> None:
        book.emsp.clear()
        book.accepted.clear()

    @classmethod
    async def do(cls, module: ModuleID, role: RoleEnum, action: Action, *args: Any, **kwargs: Any) -> Any:
        if action == Action.get_client_token:
            return book.emsp["credentials"]["token"]
        return charger.response(args[0], kwargs["command"])


async def _register(theirs: dict[str, Any], shown: str) -> dict[str, Any]:
    """The eMSP registers with us, or renews its tokens: what it showed until now has done its work."""
    book.token_a.discard(shown)
    book.accepted.discard(shown)
    ours = book.credentials()
    book.emsp = {"credentials": theirs, "ours": ours, "details_url": await _details_url(theirs["url"], theirs["token"])}
    return ours


async def _ask(method: str, url: str, token: str, body: str | None = None) -> tuple[int, dict[str, Any]]:
    """A request that the package has no code for; returns HTTP status and the envelope."""
    headers = {"Authorization": f"Token {encode_string_base64(token)}", "Content-Type": "application/json"}
    async with httpx.AsyncClient() as client:
        answer = await client.request(method, url, headers=headers, content=body)
        return answer.status_code, answer.json()


async def _details_url(versions_url: str, token: str) -> str:
    _, versions = await _ask("GET", versions_url, token)
    return next(each["url"] for each in versions["data"] if each["version"] == V.value)


async def _endpoint(module: ModuleID, role: str, token: str, details_url: str) -> str:
    _, answer = await _ask("GET", details_url, token)
    details = VersionDetail(**answer["data"])
    return next(e.url for e in details.endpoints if e.identifier == module and role in (e.role, e.role.value))


class Charger:
    """One charger with a mind of its own: it accepts, starts, meters every half second, stops and bills."""

    def response(self, command: dict[str, Any], kind: str) -> dict[str, Any]:
        known = kind == "START_SESSION" or command.get("session_id", "").lower() in book.of(ModuleID.sessions)
        return {"result": "ACCEPTED" if known else "UNKNOWN_SESSION", "timeout": 30, "message": []}

    def result(self, command: dict[str, Any], kind: str) -> dict[str, Any]:
        work = self._charge(command) if kind == "START_SESSION" else self._stop(command["session_id"])
        book.begin(work)
        return {"result": "ACCEPTED", "message": [{"language": "en", "text": "The charger has it"}]}

    async def _charge(self, command: dict[str, Any]) -> None:
        sessions = book.of(ModuleID.sessions)
        place = book.of(ModuleID.locations)[command["location_id"].lower()]
        session = network.session(len(sessions) + 1, place, command)
        sessions[session["id"].lower()] = session
        await self._show(place, "CHARGING")
        while session["status"] == "ACTIVE":
            network.charge_until(session, network.now(), "ACTIVE")
            await book.push(ModuleID.sessions, session["id"])
            await asyncio.sleep(0.5)

    async def _stop(self, id_: str) -> None:
        session = book.of(ModuleID.sessions)[id_.lower()]
        network.charge_until(session, network.now(), "COMPLETED")
        await book.push(ModuleID.sessions, session["id"])
        place = book.of(ModuleID.locations)[session["location_id"].lower()]
        bill = network.cdr(session, place)
        book.of(ModuleID.cdrs)[bill["id"].lower()] = bill
        await book.push(ModuleID.cdrs, bill["id"])
        await self._show(place, "AVAILABLE")

    async def _show(self, place: dict[str, Any], status: str) -> None:
        moment = network.text(network.now())
        place["evses"][0] |= {"status": status, "last_updated": moment}
        place["last_updated"] = moment
        await book.push(ModuleID.locations, place["id"])


charger = Charger()
app = get_application([V], [RoleEnum.cpo], Store, MODULES, Gate, BaseAdapter)


# --- for the test --------------------------------------------------------------------------------------------------
@app.get("/control/state")
async def state() -> dict[str, Any]:
    return {
        "emsp": book.emsp.get("credentials"),
        "pushes": book.pushes,
        **{module.value: list(rows.values()) for module, rows in book.objects.items()},
    }


@app.post("/control/register")
async def register(body: dict[str, str]) -> dict[str, Any]:
    """We start the handshake: versions, details, POST credentials with token A; token C comes back."""
    details_url = await _details_url(body["versions_url"], body["token"])
    url = await _endpoint(ModuleID.credentials_and_registration, "SENDER", body["token"], details_url)
    ours = book.credentials()
    status, answer = await _ask("POST", url, body["token"], Credentials(**ours).json())
    if status >= 300 or answer["status_code"] != 1000:
        return {"http_status": status, **answer}
    theirs = Credentials(**answer["data"]).dict()
    book.emsp = {"credentials": theirs, "ours": ours, "details_url": await _details_url(theirs["url"], theirs["token"])}
    return {"http_status": status, **answer}


@app.post("/control/authorize")
async def authorize(body: dict[str, str]) -> dict[str, Any]:
    """Somebody holds a card to a charger."""
    token = book.emsp["credentials"]["token"]
    base = await _endpoint(ModuleID.tokens, "SENDER", token, book.emsp["details_url"])
    place = LocationReference(location_id=body["location_id"], evse_uids=[body["evse_uid"]])
    status, answer = await _ask("POST", f"{base}{body['uid']}/authorize?type=RFID", token, place.json())
    info = AuthorizationInfo(**answer["data"]).dict() if "data" in answer else {}
    return {"http_status": status, "status_code": answer["status_code"], "info": info}


@app.post("/control/tokens")
async def pull_tokens() -> dict[str, Any]:
    """The eMSP's list of tokens, first page."""
    token = book.emsp["credentials"]["token"]
    _, answer = await _ask("GET", await _endpoint(ModuleID.tokens, "SENDER", token, book.emsp["details_url"]), token)
    return {"tokens": [json.loads(Token(**each).json()) for each in answer["data"]]}


@app.post("/control/push")
async def push(body: dict[str, str]) -> dict[str, Any]:
    return json.loads((await book.push(ModuleID(body["module"]), body["id"])).json())


@app.post("/control/forget")
async def forget() -> dict[str, Any]:
    """An accident: the registration is lost on our side."""
    await Store.delete(ModuleID.credentials_and_registration, RoleEnum.cpo, "")
    return {}


if __name__ == "__main__":
    book.token_a.add(sys.argv[1])
    host, _, port = settings.OCPI_HOST.partition(":")
    uvicorn.run(app, host=host, port=int(port), access_log=False)
