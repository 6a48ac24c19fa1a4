"""The entrance: which platform a request is for, the process's own or one of the worlds beside it.

`/worlds/<id>/…` and `/control/worlds/<id>/…` reach a world; behind the entrance their paths are those of any platform.
"""

from fastapi import FastAPI
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_cpo.platform import Platform
from mock_cpo.web.forwarder import Forwarder
from mock_cpo.web.gate import Gate
from mock_cpo.worlds import Worlds

_WORLD = "/worlds/"
_CONTROL = "/control/worlds/"


class Entrance:
    def __init__(self, app: FastAPI, platform: Platform, worlds: Worlds) -> None:
        self._app = app
        self._platform = platform
        self._worlds = worlds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        platform: Platform | None = self._platform
        id_, rest = _place(scope)
        if id_:
            platform = self._worlds.find(id_)
            scope = {**scope, "path": rest, "raw_path": rest.encode("latin-1")}
        if platform is None:
            await JSONResponse({"error": "there is no such world"}, 404)(scope, receive, send)
            return
        scope.setdefault("state", {})["platform"] = platform
        await self._gate(platform)(scope, receive, send)

    def _gate(self, platform: Platform) -> ASGIApp:
        return Gate(Forwarder(self._app, platform), platform)


def _place(scope: Scope) -> tuple[str, str]:
    """The id of a world and the path inside it; no id for the process's own platform.

    `/control/worlds/<id>` itself is the business of the process: that is where a world ends.
    """
    sent = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
    if sent.startswith(_WORLD):
        id_, _, rest = sent.removeprefix(_WORLD).partition("/")
        return id_, f"/{rest}"
    id_, _, rest = sent.removeprefix(_CONTROL).partition("/")
    return (id_, f"/control/{rest}") if sent.startswith(_CONTROL) and rest else ("", sent)
