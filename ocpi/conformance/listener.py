"""The platform that we are while we look at another one: a small HTTP server without a database.

Each party of ours is a `Visitor` with a token and URLs of its own. It answers versions and credentials, keeps what is
pushed, lists what it is given, authorises its own test token, takes results of commands, and remembers every request.
"""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from ocpi.core import clock, ids
from ocpi.protocol import envelope
from ocpi.protocol.errors import InvalidObject, OcpiError, Unauthorized, UnknownObject, UnknownToken
from ocpi.protocol.headers import CORRELATION_ID, REQUEST_ID, PartyId, Routing, token_candidates
from ocpi.protocol.merge import merge
from ocpi.protocol.types import ci_key

from .exchange import Exchange

VERSION = "2.2.1"
MODULES = {
    "EMSP": (
        ("credentials", "SENDER"), ("locations", "RECEIVER"), ("sessions", "RECEIVER"), ("cdrs", "RECEIVER"),
        ("tariffs", "RECEIVER"), ("tokens", "SENDER"), ("commands", "SENDER"), ("chargingprofiles", "SENDER"),
    ),
    "CPO": (
        ("credentials", "SENDER"), ("locations", "SENDER"), ("sessions", "SENDER"), ("cdrs", "SENDER"),
        ("tariffs", "SENDER"), ("tokens", "RECEIVER"), ("commands", "RECEIVER"), ("chargingprofiles", "RECEIVER"),
    ),
}  # fmt: skip
# Ways to be wrong, for what a Receiver of credentials must notice: the start of the path of a versions URL.
OLD, EMPTY, BROKEN = "only-2.1.1", "no-modules", "out-of-order"
NAME = "Conformance kit"


@dataclass
class Visitor:
    """One party of ours. `token` is what the platform shows us (token B)."""

    party: PartyId
    role: str
    number: int
    base: str
    token: str = field(default_factory=ids.new_token)
    tokens: list[dict[str, Any]] = field(default_factory=list)  # what `tokens` lists, and authorises
    held: dict[str, Any] = field(default_factory=dict, repr=False)

    def versions_url(self, flaw: str = "") -> str:
        return f"{self.base}/{self.number}/{flaw + '/' if flaw else ''}versions"

    def url(self, *segments: str) -> str:
        return ids.join(f"{self.base}/{self.number}/{VERSION}", *segments)

    def credentials(self, token: str = "", flaw: str = "") -> dict[str, Any]:
        role = {
            "role": self.role, "country_code": self.party.country_code, "party_id": self.party.party_id,
            "business_details": {"name": NAME},
        }  # fmt: skip
        return {"token": token or self.token, "url": self.versions_url(flaw), "roles": [role]}


class Listener:
    """`public_url` is how the platform reaches us, where that is not the address that we listen on."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, public_url: str = "") -> None:
        self.received: list[Exchange] = []
        self.visitors: list[Visitor] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((host, port), type("Handler", (_Handler,), {"listener": self}))
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = public_url.rstrip("/") or f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def visitor(self, party: PartyId, role: str) -> Visitor:
        made = Visitor(party, role, len(self.visitors) + 1, self.url)
        self.visitors.append(made)
        return made

    # --- answering ------------------------------------------------------------------------------------------------

    def answer(self, exchange: Exchange) -> tuple[int, dict[str, Any], dict[str, str]]:
        """HTTP status, body and headers; whatever is asked, it is remembered."""
        headers = {name: exchange.asked_with(name) or ids.new_id() for name in (REQUEST_ID, CORRELATION_ID)}
        try:
            status, data, more = self._route(exchange)
            body = envelope.success(clock.now(), data)
        except OcpiError as error:
            status, body, more = error.http_status, envelope.failure(error, clock.now()), error.headers
        headers |= _routing(exchange) | more
        exchange.http_status, exchange.response_headers = status, {"Content-Type": "application/json", **headers}
        exchange.response_body = envelope.encode(body)
        with self._lock:
            self.received.append(exchange)
        return status, body, exchange.response_headers

    def _route(self, exchange: Exchange) -> tuple[int, Any, dict[str, str]]:
        """Paths are `/<visitor>[/<flaw>]/versions` and `/<visitor>[/<flaw>]/2.2.1/<module>/…`."""
        prefix = len(urlsplit(self.url).path.rstrip("/"))
        parts = [unquote(part) for part in urlsplit(exchange.url).path[prefix:].strip("/").split("/")]
        visitor = self._visitor(parts.pop(0))
        flaw = parts.pop(0) if parts and parts[0] in (OLD, EMPTY, BROKEN) else ""
        if len(parts) > 1 and (module := _glued(parts[1])):
            parts[1:2] = module, parts[1].removeprefix(module)
            exchange.glued = True
        exchange.module, exchange.path = _module(parts), "/".join(parts[1:])
        self._authenticate(exchange, visitor)
        if flaw == BROKEN:
            raise OcpiError("Out of order, on purpose.", http_status=500, status_code=3000)
        if exchange.module == "versions":
            return 200, self._versions(visitor, flaw), {}
        if exchange.module == "details":
            return 200, self._details(visitor, flaw), {}
        return _Modules(visitor, exchange, parts[1:]).answer()

    def _visitor(self, number: str) -> Visitor:
        if not number.isdecimal() or not 0 < int(number) <= len(self.visitors):
            raise UnknownObject
        return self.visitors[int(number) - 1]

    def _authenticate(self, exchange: Exchange, visitor: Visitor) -> None:
        """Decoded or plain: checks tell afterwards which of both it was (TRA-03)."""
        if visitor.token not in token_candidates(exchange.asked_with("Authorization")):
            raise Unauthorized

    def _versions(self, visitor: Visitor, flaw: str) -> list[dict[str, Any]]:
        version = "2.1.1" if flaw == OLD else VERSION
        base = visitor.versions_url(flaw).removesuffix("versions")
        return [{"version": version, "url": f"{base}{version}"}]

    def _details(self, visitor: Visitor, flaw: str) -> dict[str, Any]:
        offered = MODULES[visitor.role][:1] if flaw == EMPTY else MODULES[visitor.role]
        return {
            "version": VERSION,
            "endpoints": [{"identifier": name, "role": role, "url": visitor.url(name)} for name, role in offered],
        }


@dataclass
class _Modules:
    """One request to a module of one visitor."""

    visitor: Visitor
    exchange: Exchange
    parts: list[str]

    def answer(self) -> tuple[int, Any, dict[str, str]]:
        method, module = self.exchange.method, self.exchange.module
        if module == "credentials":
            return 200, envelope.ABSENT if method == "DELETE" else self.visitor.credentials(), {}
        if module == "tokens" and self.parts[-1] == "authorize":
            return 200, self._authorization(), {}
        if method == "GET" and len(self.parts) == 1:
            return self._page()
        return getattr(self, f"_{method.lower()}", self._get)()

    def _page(self) -> tuple[int, Any, dict[str, str]]:
        listed = self.visitor.tokens if self.exchange.module == "tokens" else []
        return 200, listed, {"X-Total-Count": str(len(listed)), "X-Limit": "100"}

    def _authorization(self) -> dict[str, Any]:
        for token in self.visitor.tokens:
            if ci_key(token["uid"]) == ci_key(self.parts[1]):
                return {"allowed": "ALLOWED" if token["valid"] else "BLOCKED", "token": token}
        raise UnknownToken

    @property
    def _key(self) -> str:
        return ci_key("/".join(self.parts))

    def _get(self) -> tuple[int, Any, dict[str, str]]:
        if self._key not in self.visitor.held:
            raise UnknownObject
        return 200, self.visitor.held[self._key], {}

    def _put(self) -> tuple[int, Any, dict[str, str]]:
        new = self._key not in self.visitor.held
        self.visitor.held[self._key] = self._body()
        return 201 if new else 200, envelope.ABSENT, {}

    def _patch(self) -> tuple[int, Any, dict[str, str]]:
        """Below an object that we hold, such as the status of an EVSE, it is taken as said."""
        known = self._key in self.visitor.held
        if not known and not any(self._key.startswith(f"{key}/") for key in self.visitor.held):
            raise UnknownObject
        if known:
            self.visitor.held[self._key] = merge(self.visitor.held[self._key], self._body())
        return 200, envelope.ABSENT, {}

    def _post(self) -> tuple[int, Any, dict[str, str]]:
        body = self._body()
        if self.exchange.module != "cdrs":
            return 200, envelope.ABSENT, {}
        self.visitor.held[ci_key(f"cdrs/{body.get('id')}")] = body
        return 201, envelope.ABSENT, {"Location": self.visitor.url("cdrs", str(body.get("id")))}

    def _delete(self) -> tuple[int, Any, dict[str, str]]:
        self.visitor.held.pop(self._key, None)
        return 200, envelope.ABSENT, {}

    def _body(self) -> dict[str, Any]:
        body = envelope.decode(self.exchange.request_body)
        if not isinstance(body, dict):
            raise InvalidObject("the body must be an object")
        return body


def _glued(part: str) -> str:
    """The module whose name `part` begins with; "" when it is just that. Checks tell that there is no slash between."""
    names = {name for modules in MODULES.values() for name, _ in modules}
    return "" if part in names else next((name for name in names if part.startswith(name)), "")


def _module(parts: list[str]) -> str:
    if parts == ["versions"]:
        return "versions"
    return parts[1] if len(parts) > 1 else "details"


def _routing(exchange: Exchange) -> dict[str, str]:
    if not exchange.functional:
        return {}
    try:
        return Routing.parse(exchange.request_headers).reply().to_headers()
    except InvalidObject:
        return {}


class _Handler(BaseHTTPRequestHandler):
    listener: Listener
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    timeout = 60  # seconds that a silent connection may stay

    def handle_any(self) -> None:
        raw = self.rfile.read(max(0, int(self.headers.get("Content-Length") or 0)))
        exchange = Exchange("IN", self.command, f"{self.listener.url}{self._below()}", "", clock.now())
        exchange.request_headers, exchange.request_body = dict(self.headers.items()), raw
        status, body, headers = self.listener.answer(exchange)
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _below(self) -> str:
        """A proxy before us may or may not have taken the path of the public URL away."""
        prefix = urlsplit(self.listener.url).path.rstrip("/")
        return self.path.removeprefix(prefix)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def log_message(self, *args: Any) -> None:
        """What was said stands in the report."""
