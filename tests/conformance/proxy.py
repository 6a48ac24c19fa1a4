"""A reverse proxy that makes a flawless platform have one defect: it sees every request before it and every answer
behind it."""

import http.client
import json
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode

_HOP = {"connection", "transfer-encoding", "content-length", "host", "date", "server"}


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @json.setter
    def json(self, value: Any) -> None:
        self.body = json.dumps(value).encode()

    @property
    def json_or_none(self) -> Any:
        try:
            return self.json
        except ValueError:
            return None

    @property
    def parts(self) -> list[str]:
        """What stands behind `2.2.1/`; `["versions"]` and `[]` (the details) before it."""
        _, found, rest = self.path.partition("/2.2.1")
        return [part for part in rest.split("/") if part] if found else ["versions"]

    @property
    def module(self) -> str:
        return self.parts[0] if self.parts else "details"

    @property
    def is_list(self) -> bool:
        return self.method == "GET" and len(self.parts) == 1 and self.module not in ("versions", "credentials")


@dataclass
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @json.setter
    def json(self, value: Any) -> None:
        self.body = json.dumps(value).encode()

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def drop(self, name: str) -> None:
        for key in [key for key in self.headers if key.lower() == name.lower()]:
            del self.headers[key]

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")


Forward: TypeAlias = Callable[[Request], Answer]
Defect: TypeAlias = Callable[[Request, Forward], Answer]


class Proxy:
    """`defect` None lets everything through as it is."""

    def __init__(self) -> None:
        self.port = 0  # of the platform behind
        self.defect: Defect | None = None
        self.memory: dict[str, Any] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def forward(self, request: Request) -> Answer:
        path = request.path + (f"?{urlencode(request.query)}" if request.query else "")
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(request.method, path, request.body or None, headers)
            response = connection.getresponse()
            kept = {name: value for name, value in response.getheaders() if name.lower() not in _HOP}
            return Answer(response.status, kept, response.read())

    def answer(self, request: Request) -> Answer:
        return self.defect(request, self.forward) if self.defect else self.forward(request)


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        fields = dict(parse_qsl(query, keep_blank_values=True))
        answer = self.proxy.answer(Request(self.command, path, fields, dict(self.headers.items()), body))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def log_message(self, *args: Any) -> None:
        """Silence."""
