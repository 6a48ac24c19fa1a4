"""A CPO that tests can script: a real HTTP server on a free port, which records what we send and answers as it is told.

    def test_a_blocked_token_is_pushed(partner_server):
        partner = partner_server.registered()                 # a row whose endpoints lead here
        partner_server.answer("PUT", "tokens", status=503)    # everything below /ocpi/tokens, until told otherwise
        partner_server.answer("PUT", "tokens", times=1, delay=2)   # asked before the older answer, and used once
        ...
        (call,) = partner_server.calls("PUT", "tokens")
        assert call.path == "/ocpi/tokens/NL/EMS/04AABBCCDD"  # raw: percent-encoding and query as they came
        assert call.json["valid"] is False and call.token == "token-for-cpo"
        assert call["OCPI-to-party-id"] == "CPO"              # headers in any letter case

Paths given to `answer` and `calls` are relative to `/ocpi` and cover what stands below them. Without a script it plays
a friendly CPO: GET versions and details (`versions`, `endpoints`, `roles` may be changed), POST/PUT credentials return
`credentials` (whose token is `token`), commands are ACCEPTED for 30 s, lists are empty, every push succeeds.

What an answer may be: `data` in the envelope (left out when not given) with `status`, `status_code` and `message`, or
`raw` bytes instead of the envelope; `headers`; seconds of `delay` before it and of `drip` after each byte; `drop=True`
to hang up. Or `does`: a function that gets the recorded call and may return an Answer. It runs while the request is
open, in another thread, so it can call back (that needs `django_db(transaction=True)`).
"""

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ocpi.protocol import envelope

NOW = "2026-03-01T12:00:00Z"
RECEIVERS = ("tokens", "commands")
SENDERS = ("credentials", "locations", "sessions", "cdrs", "tariffs")


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str
    headers: Message
    body: bytes

    def __getitem__(self, name: str) -> str | None:
        """A header, in any letter case; None when it was not sent."""
        return self.headers[name]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def token(self) -> str:
        """The credentials token that was shown, decoded."""
        return base64.b64decode((self["Authorization"] or "").removeprefix("Token ")).decode()

    def is_below(self, method: str | None, path: str) -> bool:
        plain, wanted = self.path.split("?")[0].rstrip("/"), f"/ocpi/{path}".rstrip("/")
        return method in (None, self.method) and (plain == wanted or plain.startswith(f"{wanted}/"))


@dataclass
class Answer:
    data: Any = envelope.ABSENT
    status: int = 200
    status_code: int = 1000
    message: str | None = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    drip: float = 0
    drop: bool = False
    does: Callable[[Call], "Answer | None"] | None = None

    @property
    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        parts: dict[str, Any] = {"status_code": self.status_code, "timestamp": NOW}
        if self.message is not None:
            parts["status_message"] = self.message
        return json.dumps(parts if self.data is envelope.ABSENT else {"data": self.data, **parts}).encode()


@dataclass
class _Script:
    method: str
    path: str
    answer: Answer
    left: float


class PartnerServer:
    def __init__(self) -> None:
        self.recorded: list[Call] = []
        self.problems: list[BaseException] = []
        self.stopped = threading.Event()
        self._scripts: list[_Script] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"partner": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self.base_url = f"{self.origin}/ocpi"
        self.versions_url = f"{self.base_url}/versions"
        self.token = "token-from-partner-server"
        self.roles = [self.role()]
        self.versions: list[Any] = [{"version": "2.2.1", "url": f"{self.base_url}/2.2.1"}]
        self.endpoints: list[Any] = [self.endpoint(m, "SENDER") for m in SENDERS]
        self.endpoints += [self.endpoint(m, "RECEIVER") for m in RECEIVERS]

    def start(self) -> "PartnerServer":
        self._thread.start()
        return self

    def stop(self) -> None:
        """Also tells of any exception in a `does`, which would otherwise be lost in a thread."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self.problems:
            raise self.problems[0]

    # --- what it is ---
    @staticmethod
    def role(country_code: str = "NL", party_id: str = "CPO", role: str = "CPO") -> dict[str, Any]:
        details = {"name": f"{party_id} Charging"}
        return {"role": role, "country_code": country_code, "party_id": party_id, "business_details": details}

    def endpoint(self, identifier: str, role: str, url: str = "") -> dict[str, str]:
        return {"identifier": identifier, "role": role, "url": url or f"{self.base_url}/{identifier}"}

    @property
    def details(self) -> dict[str, Any]:
        return {"version": "2.2.1", "endpoints": self.endpoints}

    @property
    def credentials(self) -> dict[str, Any]:
        return {"token": self.token, "url": self.versions_url, "roles": self.roles}

    def registered(self, **fields: Any) -> Any:
        """A partner row, registered, whose endpoints are here. Give a test `db` or `transactional_db` first."""
        from tests import factories

        return factories.partner(**{"base_url": self.base_url, "versions_url": self.versions_url, **fields})

    # --- what it is told ---
    def answer(self, method: str, path: str, *, times: float = float("inf"), **answer: Any) -> None:
        """Answer requests below `path` so; the newest script that fits is used, `times` times."""
        with self._lock:
            self._scripts.insert(0, _Script(method, path, Answer(**answer), times))

    # --- what it saw ---
    def calls(self, method: str | None = None, path: str = "") -> list[Call]:
        return [call for call in list(self.recorded) if call.is_below(method, path)]

    def reply_to(self, call: Call) -> Answer:
        self.recorded.append(call)
        answer = self._scripted(call) or self._friendly(call)
        return (answer.does(call) if answer.does else None) or answer

    def _scripted(self, call: Call) -> Answer | None:
        with self._lock:
            for script in self._scripts:
                if script.left > 0 and call.is_below(script.method, script.path):
                    script.left -= 1
                    return script.answer
        return None

    def _friendly(self, call: Call) -> Answer:
        if call.is_below("GET", "versions"):
            return Answer(self.versions)
        if call.is_below("GET", "2.2.1"):
            return Answer(self.details)
        if call.is_below(None, "credentials") and call.method != "DELETE":
            return Answer(self.credentials)
        if call.is_below("POST", "commands"):
            return Answer({"result": "ACCEPTED", "timeout": 30})
        return Answer([]) if call.method == "GET" else Answer()


class _Handler(BaseHTTPRequestHandler):
    partner: PartnerServer

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        call = Call(self.command, self.path, self.headers, self.rfile.read(length))
        try:
            answer = self.partner.reply_to(call)
        except BaseException as problem:  # told when the server stops
            self.partner.problems.append(problem)
            answer = Answer(status=500, status_code=3000)
        if answer.delay and self.partner.stopped.wait(answer.delay):
            return
        if not answer.drop:
            self._send(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def _send(self, answer: Answer) -> None:
        try:
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self._write(answer)
        except OSError:  # whoever asked has gone
            self.close_connection = True

    def _write(self, answer: Answer) -> None:
        if not answer.drip:
            self.wfile.write(answer.body)
            return
        for byte in answer.body:
            self.wfile.write(bytes([byte]))
            if self.partner.stopped.wait(answer.drip):
                return

    def log_message(self, format: str, *args: Any) -> None:
        pass
