"""A small eMSP as a real HTTP server: speaks just enough OCPI, records everything, and answers as a test tells it."""

import base64
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests

Wire = dict[str, Any]
ROUTING = ("from-country-code", "from-party-id", "to-country-code", "to-party-id")
NOW = "2026-01-01T12:00:00Z"
MODULES = (
    ("credentials", "SENDER"), ("locations", "RECEIVER"), ("sessions", "RECEIVER"), ("cdrs", "RECEIVER"),
    ("tariffs", "RECEIVER"), ("tokens", "SENDER"), ("commands", "SENDER"), ("chargingprofiles", "SENDER"),
    ("hubclientinfo", "RECEIVER"),
)  # fmt: skip


def encoded(token: str) -> str:
    return "Token " + base64.b64encode(token.encode()).decode()


def token(uid: str = "04AABBCC", **changes: Any) -> Wire:
    """A valid RFID token of NL/EMS."""
    return {
        "country_code": "NL", "party_id": "EMS", "uid": uid, "type": "RFID", "contract_id": "NL-EMS-C00000001-X",
        "issuer": "Test eMSP", "valid": True, "whitelist": "ALLOWED", "last_updated": NOW,
    } | changes  # fmt: skip


@dataclass
class Seen:
    """One request that reached the eMSP."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any

    @property
    def credentials_token(self) -> str:
        return base64.b64decode(self.headers["authorization"].removeprefix("Token ")).decode()

    @property
    def routing(self) -> tuple[str, str]:
        """(FROM, TO) as `NL/CPO`; `/` where the headers are missing."""
        named = {name: self.headers.get(f"ocpi-{name}", "") for name in ROUTING}
        return (
            f"{named['from-country-code']}/{named['from-party-id']}",
            f"{named['to-country-code']}/{named['to-party-id']}",
        )


@dataclass
class Answer:
    data: Any = None
    http_status: int = 200
    status_code: int = 1000
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


class Emsp:
    """`tokens` are listed, `authorize` decides in real time, `answers` overrides all by (method, path)."""

    def __init__(self, cpo_url: str, country_code: str = "NL", party_id: str = "EMS") -> None:
        self.cpo_url = cpo_url
        self.country_code, self.party_id = country_code, party_id
        self.to: tuple[str, str] | None = ("NL", "CPO")
        self.seen: list[Seen] = []
        self.tokens: list[Wire] = []
        self.page_size = 2
        self.modules = list(MODULES)
        self.authorize: Callable[[str, Seen], Answer] = lambda uid, seen: Answer(http_status=404, status_code=2004)
        self.answers: dict[tuple[str, str], Answer] = {}
        self.known: set[str] = set()
        self.their_token = ""
        self.endpoints: dict[str, str] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    # --- As a client of the CPO ------------------------------------------------------------------

    @property
    def routing(self) -> dict[str, str]:
        sender = {"OCPI-from-country-code": self.country_code, "OCPI-from-party-id": self.party_id}
        return sender | ({"OCPI-to-country-code": self.to[0], "OCPI-to-party-id": self.to[1]} if self.to else {})

    def credentials(self, token_b: str = "emsp-token-b") -> Wire:
        role = {
            "role": "EMSP",
            "country_code": self.country_code,
            "party_id": self.party_id,
            "business_details": {"name": "Test eMSP"},
        }
        return {"token": token_b, "url": f"{self.url}/versions", "roles": [role]}

    def register(self, token_a: str = "cpo_token_a_67890", token_b: str = "emsp-token-b") -> requests.Response:
        """POST credentials; afterwards `call` uses the token that the CPO gave."""
        headers = {"Authorization": encoded(token_a)}
        response = requests.post(
            f"{self.cpo_url}/ocpi/cpo/2.2.1/credentials", json=self.credentials(token_b), headers=headers, timeout=30
        )
        if response.json()["status_code"] == 1000:
            self.their_token = response.json()["data"]["token"]
        return response

    def call(
        self, method: str, path: str, body: Any = None, headers: Wire | None = None, **more: Any
    ) -> requests.Response:
        """A request to `/ocpi/cpo/2.2.1` + path with our token and routing headers."""
        url = path if path.startswith("http") else f"{self.cpo_url}/ocpi/cpo/2.2.1{path}"
        sent = {"Authorization": encoded(self.their_token), **self.routing} | (headers or {})
        return requests.request(method, url, json=body, headers=sent, timeout=30, allow_redirects=False, **more)

    def command(self, name: str, **order: Any) -> requests.Response:
        order.setdefault("response_url", f"{self.url}/results/{len(self.seen)}-{time.monotonic_ns()}")
        return self.call("POST", f"/commands/{name}", order)

    # --- As a server -----------------------------------------------------------------------------

    def got(self, method: str, contains: str) -> list[Seen]:
        with self._lock:
            return [seen for seen in self.seen if seen.method == method and contains in seen.path]

    def wait_for(self, method: str, contains: str, count: int = 1, seconds: float = 30) -> list[Seen]:
        """The requests that fit, once there are enough of them."""
        deadline = time.monotonic() + seconds
        while len(found := self.got(method, contains)) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(found)} instead of {count} requests {method} …{contains}")
            time.sleep(0.01)
        return found

    def respond(self, seen: Seen) -> Answer:
        override = self.answers.get((seen.method, seen.path)) or self.answers.get((seen.method, "*"))
        return override or self._module(seen)

    def _module(self, seen: Seen) -> Answer:
        module = seen.path.strip("/").split("/")[0]
        handler = getattr(self, f"_{module}", None)
        return handler(seen) if handler else self._receiver(seen)

    def _versions(self, _seen: Seen) -> Answer:
        return Answer(
            [{"version": "2.2.1", "url": f"{self.url}/details"}, {"version": "3.0", "url": f"{self.url}/new"}]
        )

    def _details(self, _seen: Seen) -> Answer:
        endpoints = [{"identifier": name, "role": role, "url": f"{self.url}/{name}"} for name, role in self.modules]
        return Answer({"version": "2.2.1", "endpoints": endpoints})

    def _credentials(self, seen: Seen) -> Answer:
        if seen.method == "DELETE":
            return Answer()
        self.their_token = seen.body["token"]
        return Answer(self.credentials("emsp-token-c"), 201 if seen.method == "POST" else 200)

    def _tokens(self, seen: Seen) -> Answer:
        parts = seen.path.strip("/").split("/")
        if parts[-1] == "authorize":
            return self.authorize(unquote(parts[1]), seen)
        offset = int(seen.query.get("offset", 0))
        end = offset + self.page_size
        more = {"Link": f'<{self.url}/tokens?offset={end}>; rel="next"'} if end < len(self.tokens) else {}
        return Answer(self.tokens[offset:end], headers=more)

    def _cdrs(self, seen: Seen) -> Answer:
        return Answer(http_status=201, headers={"Location": f"{self.url}/cdrs/{seen.body['id']}"})

    def _receiver(self, seen: Seen) -> Answer:
        """Remembers what was PUT; a PATCH or GET of anything else is 404."""
        if seen.method in ("PUT", "POST", "DELETE"):
            self.known.add(seen.path)
            return Answer()
        known = any(seen.path.startswith(path) for path in self.known)
        return Answer({}) if known else Answer(http_status=404, status_code=2001)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        emsp = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # headers and body in one packet

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                seen = Seen(self.command, parts.path, query, headers, json.loads(raw) if raw else None)
                with emsp._lock:
                    emsp.seen.append(seen)
                emsp._write(self, emsp.respond(seen))

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, *_: Any) -> None:
                """Silence."""

        return Handler

    def _write(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        envelope: Wire = {"status_code": answer.status_code, "timestamp": NOW}
        if answer.data is not None:
            envelope["data"] = answer.data
        raw = answer.raw if answer.raw is not None else json.dumps(envelope).encode()
        handler.send_response(answer.http_status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)
