"""The gate that every HTTP request passes: paths as they were sent, message ids, recorder, faults of the connection.

Ids in OCPI paths may hold any printable character, a slash too, so that the path must be split before it is decoded:
routes see the raw, still encoded path (TRA-48). A slash at the end makes no difference and never redirects (TRA-45).
"""

import asyncio
import time
from contextlib import suppress
from urllib.parse import parse_qs
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_cpo.config import VERSION
from mock_cpo.faults import Interference, Point
from mock_cpo.faults.lists import ODD_PREFIX, ODD_QUERY
from mock_cpo.platform import Platform
from mock_cpo.recorder import Exchange, headers_of
from mock_cpo.web.wire import reset_connection
from ocpi.protocol.headers import CORRELATION_ID, REQUEST_ID

OCPI = "/ocpi/"
HUB = "/ocpi/hub/"


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, platform: Platform) -> None:
        self._app = app
        self._platform = platform

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        scope["path"] = route_path(sent, scope["query_string"].decode("latin-1"))
        if not scope["path"].startswith(OCPI):
            await self._app(scope, receive, send)
            return
        await self._ocpi(scope, receive, send, sent)

    async def _ocpi(self, scope: Scope, receive: Receive, send: Send, sent: str) -> None:
        body = await _read(receive)
        exchange = self._exchange(scope, sent, body)
        scope["state"]["sent_path"] = sent
        scope["state"]["ids"] = message_ids(Headers(scope=scope))
        interference = self._interference(scope)
        started = time.perf_counter()
        await asyncio.sleep(interference.delay)
        if interference.reset:
            await self._reset(scope, exchange)
            return
        answer = await self._answer(scope, body, interference)
        if interference.lost:
            await self._reset(scope, exchange)
            return
        exchange.ms = round((time.perf_counter() - started) * 1000, 1)
        note_answer(exchange, answer)
        self._platform.recorder.add(exchange)
        for message in answer:
            await send(message)

    def _interference(self, scope: Scope) -> Interference:
        module = module_of(scope["path"])
        found: Interference = self._platform.faults.run(
            Point.ANSWER, Interference(), module=module, method=scope["method"]
        )
        return found

    async def _reset(self, scope: Scope, exchange: Exchange) -> None:
        exchange.error = "connection reset by a fault"
        self._platform.recorder.add(exchange)
        await reset_connection(scope)

    def _exchange(self, scope: Scope, sent: str, body: bytes) -> Exchange:
        query = scope["query_string"].decode("latin-1")
        url = f"{self._platform.config.base_url}{sent}" + (f"?{query}" if query else "")
        text = body.decode("utf-8", "replace")
        return Exchange(self._platform.clock.now(), "in", scope["method"], url, headers_of(scope["headers"]), text)

    async def _answer(self, scope: Scope, body: bytes, interference: Interference) -> list[Message]:
        """What the application sends, with the ids of the request (TRA-32); or what a fault makes of it."""
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: Message) -> None:
            messages.append(message)

        with suppress(Exception):  # a crash has been logged and answered already; the server need not log it again
            await self._app(scope, receive, keep)
        if interference.status is not None:
            messages = made_up(interference)
        elif interference.success and messages[0]["status"] in (200, 201):
            messages = other_success(messages, interference.success)
        headers_out = MutableHeaders(scope=messages[0])
        for name, value in scope["state"]["ids"].items():
            headers_out[name] = value
        return messages


def note_answer(exchange: Exchange, answer: list[Message]) -> None:
    exchange.status = answer[0]["status"]
    exchange.response_headers = headers_of(answer[0]["headers"])
    exchange.response_body = b"".join(part.get("body", b"") for part in answer[1:]).decode("utf-8", "replace")


def made_up(interference: Interference) -> list[Message]:
    """The answer that a fault gives in our place."""
    named = interference.headers | {"content-length": str(len(interference.body))}
    headers = [(name.encode(), value.encode()) for name, value in named.items()]
    start = {"type": "http.response.start", "status": interference.status, "headers": headers}
    return [start, {"type": "http.response.body", "body": interference.body}]


def other_success(messages: list[Message], status: int) -> list[Message]:
    """The same answer under another HTTP status; 204 has no body."""
    start = {**messages[0], "status": status}
    if status != 204:
        return [start, *messages[1:]]
    gone = (b"content-length", b"content-type")
    start["headers"] = [(name, value) for name, value in start["headers"] if name.lower() not in gone]
    return [start, {"type": "http.response.body", "body": b""}]


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(parts)


def route_path(sent: str, query: str) -> str:
    """The path by which routes are found: no slash at the end, odd endpoint URLs and those of a hub translated."""
    path = sent.rstrip("/") or "/"
    if path.startswith(HUB):
        return OCPI + "cpo/" + path.removeprefix(HUB)
    if not path.startswith(ODD_PREFIX):
        return path
    name, value = ODD_QUERY.split("=")
    lost_query = parse_qs(query).get(name) != [value]
    return "/ocpi/cpo/lost-the-query" if lost_query else f"/ocpi/cpo/{VERSION}/{path.removeprefix(ODD_PREFIX)}"


def message_ids(headers: Headers) -> dict[str, str]:
    """The ids of the request, opaque; made up where the caller sent none (TRA-34)."""
    return {name: headers.get(name) or str(uuid4()) for name in (REQUEST_ID, CORRELATION_ID)}


def module_of(path: str) -> str:
    """`versions`, `details`, or the module of a path."""
    parts = path.split("/")[3:]
    if len(parts) == 1:
        return "versions" if parts == ["versions"] else "details"
    return parts[1] if parts else "versions"
