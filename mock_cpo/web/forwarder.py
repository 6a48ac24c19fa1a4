"""The hub at work: hands each request on to the CPOs behind it, with the headers of every leg (chapter 4.2.4).

A leg keeps the X-Correlation-ID and gets an X-Request-ID of its own (HUB-18). The recorder shows it with the direction
`hub`. The answer of a CPO goes back as it is; a broadcast is answered by the hub itself (HUB-19).
"""

import time
from contextlib import suppress
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import orjson
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from mock_cpo.config import VERSION
from mock_cpo.cpo import Cpo
from mock_cpo.hub import Message as HubMessage
from mock_cpo.hub import Route
from mock_cpo.platform import Platform
from mock_cpo.recorder import Exchange, headers_of
from mock_cpo.web.call import JSON, Call
from mock_cpo.web.delivered import Delivered
from mock_cpo.web.gate import note_answer
from ocpi.protocol import envelope
from ocpi.protocol.errors import OcpiError
from ocpi.protocol.headers import CONFIGURATION_MODULES, REQUEST_ID, Routing

BASE = f"/ocpi/cpo/{VERSION}/"
ROUTED = b"ocpi-"


class Forwarder:
    """ASGI middleware between the gate and the endpoints; without a hub it does nothing."""

    def __init__(self, app: FastAPI, platform: Platform) -> None:
        self._app = app
        self._platform = platform

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        module = path.removeprefix(BASE).split("/")[0]
        if self._platform.hub is None or not path.startswith(BASE) or module in CONFIGURATION_MODULES:
            await self._app(scope, receive, send)
            return
        body = (await receive()).get("body", b"")
        for message in await self._forward(scope, body):
            await send(message)

    async def _forward(self, scope: Scope, body: bytes) -> list[Message]:
        sent = Routing()
        try:
            sent = Routing.parse(Headers(scope=scope))
            self._admit(scope, body, sent)
            route = self._hub.route(self._message(scope, sent, body))
        except OcpiError as error:
            return await self._run(scope, body, Delivered([], self._hub.party, sent, error))
        if route.broadcast:
            return await self._broadcast(scope, body, sent, route)
        if route.answered_by == self._hub.party:
            return await self._run(scope, body, Delivered([cpo for cpo, _ in route.legs], self._hub.party, sent))
        [(cpo, routing)] = route.legs
        return await self._leg(scope, body, sent, cpo, routing)

    @property
    def _hub(self) -> Any:
        return self._platform.hub

    def _admit(self, scope: Scope, body: bytes, sent: Routing) -> None:
        """Whoever has no token, or speaks for a party that is not his, gets no further than the hub."""
        state = scope["state"] | {"delivered": Delivered([], self._hub.party, sent)}
        Call(Request({**scope, "app": self._app, "state": state}), body, functional=True)

    def _message(self, scope: Scope, sent: Routing, body: bytes) -> HubMessage:
        path = tuple(unquote(part) for part in scope["path"].removeprefix(BASE).split("/"))
        try:
            content = orjson.loads(body) if body else None
        except orjson.JSONDecodeError:
            content = None
        return HubMessage(scope["method"], path, sent, content)

    async def _broadcast(self, scope: Scope, body: bytes, sent: Routing, route: Route) -> list[Message]:
        """To every CPO; what they answer stays with the hub (HUB-19)."""
        for cpo, routing in route.legs:
            await self._leg(scope, body, sent, cpo, routing)
        return self._accepted(sent)

    def _accepted(self, sent: Routing) -> list[Message]:
        body = envelope.encode(envelope.success(self._platform.clock.now()))
        named = sent.reply(self._hub.party).to_headers() | {"content-type": JSON, "content-length": str(len(body))}
        headers = [(name.lower().encode(), value.encode()) for name, value in named.items()]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        return [start, {"type": "http.response.body", "body": body}]

    async def _leg(self, scope: Scope, body: bytes, sent: Routing, cpo: Cpo, routing: Routing) -> list[Message]:
        """One request from the hub to a CPO, recorded."""
        ids = scope["state"]["ids"] | {REQUEST_ID: str(uuid4())}
        own = {name.lower().encode(): value.encode() for name, value in {**routing.to_headers(), **ids}.items()}
        kept = [pair for pair in scope["headers"] if not pair[0].startswith(ROUTED) and pair[0] not in own]
        leg = {**scope, "headers": kept + list(own.items()), "state": scope["state"] | {"ids": ids}}
        exchange = self._exchange(leg, body, cpo)
        started = time.perf_counter()
        answer = await self._run(leg, body, Delivered([cpo], cpo.party, sent))
        exchange.ms = round((time.perf_counter() - started) * 1000, 1)
        note_answer(exchange, answer)
        self._platform.recorder.add(exchange)
        return answer

    def _exchange(self, leg: Scope, body: bytes, cpo: Cpo) -> Exchange:
        url = f"hub://{cpo.party.country_code}-{cpo.party.party_id}/{leg['path'].removeprefix(BASE)}"
        headers = {name: value for name, value in headers_of(leg["headers"]).items() if name != "authorization"}
        text = body.decode("utf-8", "replace")
        return Exchange(self._platform.clock.now(), "hub", leg["method"], url, headers, text)

    async def _run(self, scope: Scope, body: bytes, delivered: Delivered) -> list[Message]:
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: Message) -> None:
            messages.append(message)

        scope["state"]["delivered"] = delivered
        with suppress(Exception):  # answered and logged already, as in the gate
            await self._app(scope, receive, keep)
        return messages
