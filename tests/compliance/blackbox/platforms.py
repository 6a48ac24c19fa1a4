"""Who talks to the running eMSP: partners with a server of their own, apps, and strangers."""

import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ocpi.protocol.headers import authorization
from tests import factories
from tests.partner_server import Answer, Call, PartnerServer

from .emsp import Emsp

QUIET = ("credentials:SENDER", "commands:RECEIVER", "chargingprofiles:RECEIVER")  # nothing to pull, nothing to push
_UNSET: Any = object()
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$")  # TYP-04


@dataclass
class Reply:
    """An answer of the eMSP. What is not an OCPI envelope fails the test (TRA-13, TRA-14, TRA-21)."""

    http: int
    headers: dict[str, str]
    raw: bytes

    def __post_init__(self) -> None:
        assert self.headers["content-type"].split(";")[0] == "application/json", (self.http, self.headers, self.raw)
        self.body = json.loads(self.raw)
        code = self.body["status_code"]
        assert type(code) is int
        assert code // 1000 in (1, 2, 3, 4), self.body
        assert code % 1000 < 900, self.body
        assert _MOMENT.match(self.body["timestamp"]), self.body
        assert isinstance(self.body.get("status_message", ""), str)

    @property
    def codes(self) -> tuple[int, int]:
        """HTTP status and OCPI status code, as the checklist writes them: (200, 1000)."""
        return self.http, self.body["status_code"]

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def message(self) -> str:
        return str(self.body.get("status_message", ""))

    def __getitem__(self, header: str) -> str | None:
        return self.headers.get(header.lower())

    def __str__(self) -> str:
        return f"{self.http}/{self.body['status_code']} {self.message}"


class Caller:
    """Whoever holds a token, or none."""

    def __init__(self, emsp: Emsp, name: str, token: str | None) -> None:
        self.emsp, self.name, self.token = emsp, name, token

    def send(
        self,
        method: str,
        path: str,
        body: Any = _UNSET,
        *,
        raw: bytes | None = None,
        token: str | None = _UNSET,
        headers: dict[str, str] | None = None,
        timeout: float = 30,
        quiet: bool = False,
    ) -> Reply:
        """A request exactly as given: `path` as the eMSP's `path` takes it, `raw` instead of `body` for what is no
        JSON; a header that is None is not sent. `quiet` keeps it out of the evidence."""
        shown = self.token if token is _UNSET else token
        sent: dict[str, Any] = {}
        if shown is not None:
            sent["Authorization"] = authorization(shown)
        content = raw if raw is not None else None if body is _UNSET else json.dumps(body, ensure_ascii=False).encode()
        if content is not None:
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        sent = {name: value for name, value in sent.items() if value is not None}
        url = self.emsp.path(path)
        answer = self.emsp.request(method, url, content, sent, timeout)
        found = answer.getheaders()
        if not quiet:
            self.emsp.evidence.add(
                who=f"{self.name} → eMSP", method=method, url=url, headers=sent.items(), body=content or b"",
                status=answer.status, answer_headers=found, answer=answer.content,
            )  # fmt: skip
        return Reply(answer.status, {name.lower(): value for name, value in found}, answer.content)

    def get(self, path: str, **kwargs: Any) -> Reply:
        return self.send("GET", path, **kwargs)

    def put(self, path: str, body: Any, **kwargs: Any) -> Reply:
        return self.send("PUT", path, body, **kwargs)

    def patch(self, path: str, body: Any, **kwargs: Any) -> Reply:
        return self.send("PATCH", path, body, **kwargs)

    def post(self, path: str, body: Any = _UNSET, **kwargs: Any) -> Reply:
        return self.send("POST", path, body, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> Reply:
        return self.send("DELETE", path, **kwargs)

    def until(self, path: str, reached: Any, seconds: float = 30, **kwargs: Any) -> Reply:
        """GET until `reached(reply)`: for what a worker does after the answer. Only the last GET is evidence."""
        deadline = time.monotonic() + seconds
        while not reached(last := self.get(path, quiet=True, **kwargs)):
            assert time.monotonic() < deadline, f"it did not happen in time: {path}: {last.body}"
            time.sleep(0.05)
        return self.get(path, **kwargs)


class Recorder(PartnerServer):
    """A partner's server whose conversations are evidence."""

    def __init__(self, emsp: Emsp) -> None:
        super().__init__()
        self._emsp, self.name = emsp, "partner"

    def reply_to(self, call: Call) -> Answer:
        answer = super().reply_to(call)
        self._emsp.evidence.add(
            who=f"eMSP → {self.name}", method=call.method, url=call.path, headers=call.headers.items(), body=call.body,
            status=answer.status, answer_headers=answer.headers.items(), answer=answer.body,
        )  # fmt: skip
        return answer


class Platform(Caller):
    """A partner: it calls the eMSP as `country_code`/`party_id`, and its `server` records what the eMSP says to it.

    `page` is its page in the admin; `token_a` what the operator handed over; `token` what it shows since it registered.
    """

    def __init__(
        self, emsp: Emsp, *, party: tuple[str, str], role: str, page: str, token_a: str, offers: Iterable[str]
    ) -> None:
        super().__init__(emsp, role, token_a)
        self.country_code, self.party_id = party
        self.role, self.page, self.token_a = role, page, token_a
        self.server = Recorder(emsp)
        self.server.name = role
        self.server.token = f"token-b-of-{party[0]}-{party[1]}-0123456789"
        self.server.roles = [self.server.role(*party, role)]
        self.offer(*offers)
        self.server.start()

    @property
    def me(self) -> str:
        """The two segments that stand for this party in a URL."""
        return f"{quote(self.country_code)}/{quote(self.party_id)}"

    def offer(self, *modules: str) -> None:
        """Its endpoints from now on, as `tokens:RECEIVER`."""
        self.server.endpoints = [self.server.endpoint(*module.split(":")) for module in modules]

    # --- its objects ---
    def object(self, kind: str, **changes: Any) -> dict[str, Any]:
        """A valid location, tariff, session or cdr of this party (tests/factories.py)."""
        mine = {"country_code": self.country_code, "party_id": self.party_id}
        made = getattr(factories, kind)(**{**mine, **changes})
        if kind == "cdr" and "tariffs" not in changes:
            made["tariffs"] = [factories.tariff(**mine)]
        return made

    # --- the handshake ---
    def credentials(self, **changes: Any) -> dict[str, Any]:
        return {**self.server.credentials, **changes}

    def register(self) -> Reply:
        """POST credentials with token A; what the eMSP issues is its token from then on."""
        answer = self.post("credentials", self.credentials(), token=self.token_a)
        if answer.body["status_code"] == 1000:
            self.token = answer.data["token"]
        return answer

    def leave(self) -> None:
        """Unregister, if it still can, so that the eMSP does not go on talking to a server that is gone."""
        try:
            self.delete("credentials")
        finally:
            self.server.stop()

    # --- what it was told ---
    def calls(self, method: str | None = None, path: str = "") -> list[Call]:
        return self.server.calls(method, path)

    def wait_for(self, method: str, path: str, count: int = 1, seconds: float = 30) -> list[Call]:
        """At least `count` calls of the eMSP, as soon as they are there."""
        deadline = time.monotonic() + seconds
        while len(found := self.calls(method, path)) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count}: {method} {path}; {self.said()}"
            time.sleep(0.02)
        return found

    def said(self) -> str:
        return "; ".join(f"{call.method} {call.path}" for call in self.calls())
