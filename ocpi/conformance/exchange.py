"""One HTTP exchange as checks read it: the envelope is opened, nothing is taken for granted."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ocpi.core import exchange as core
from ocpi.journal import redaction
from ocpi.protocol import envelope
from ocpi.protocol.errors import NotJson

LONGEST = 4000  # characters of a body that anyone will read in a report
_OF_AN_ENVELOPE = {"status_code", "status_message", "timestamp", "data", "statusCode", "statusMessage"}
_NOT_OCPI = {
    "host", "user-agent", "accept-encoding", "connection", "server", "date", "content-length", "accept", "vary",
    "x-frame-options", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy",
    "strict-transport-security", "content-security-policy", "permissions-policy", "server-timing",
}  # fmt: skip


@dataclass(eq=False)
class Exchange(core.Exchange):
    """`direction` is "OUT" for what we asked and "IN" for what they asked us.

    `about` names the check during which it happened. Reading it never raises, whatever the bytes.
    """

    about: str = ""
    broken: str = ""  # why there was no answer at all
    path: str = ""  # "IN" only: below our endpoints
    glued: bool = False  # "IN" only: ids stood directly behind the name of the module
    below: bool = False  # "OUT" only: what was asked for has ids in its URL
    beside: bool = False  # "OUT" only: nobody said that this URL exists

    @cached_property
    def envelope(self) -> dict[str, Any]:
        """The answer as an object; empty when it is none."""
        value = _json(self.response_body)
        return value if isinstance(value, dict) else {}

    @property
    def data(self) -> Any:
        return self.envelope.get("data")

    @property
    def objects(self) -> list[Any]:
        """`data` where it is a list; else nothing."""
        return self.data if isinstance(self.data, list) else []

    @property
    def payload(self) -> Any:
        """`data`, or the only object of a list in it: that it is wrapped is found once, not by every check."""
        wrapped = isinstance(self.data, list) and len(self.data) == 1
        return self.data[0] if wrapped and isinstance(self.data[0], dict) else self.data

    @property
    def one(self) -> dict[str, Any]:
        """`payload` where it is an object; else an empty one."""
        return self.payload if isinstance(self.payload, dict) else {}

    @property
    def enveloped(self) -> bool:
        """Whether the answer has at least something of an envelope."""
        return bool(self.envelope.keys() & _OF_AN_ENVELOPE)

    @property
    def code(self) -> int | None:
        code = self.envelope.get("status_code")
        return code if isinstance(code, int) and not isinstance(code, bool) else None

    @property
    def codes(self) -> tuple[int | None, int | None]:
        """HTTP status and OCPI status code."""
        return self.http_status, self.code

    @property
    def succeeded(self) -> bool:
        return 200 <= (self.http_status or 0) < 300 and 1000 <= (self.code or 0) < 2000

    @property
    def functional(self) -> bool:
        return self.module not in {"versions", "details", "credentials", "hubclientinfo"}

    @cached_property
    def sent(self) -> Any:
        """The body of the request as JSON; None where it is none."""
        return _json(self.request_body)

    def header(self, name: str) -> str | None:
        """A header of the answer, in any letter case."""
        return _find(self.response_headers, name)

    def asked_with(self, name: str) -> str | None:
        """A header of the request, in any letter case."""
        return _find(self.request_headers, name)

    @property
    def outcome(self) -> str:
        """`HTTP 200, status code 1000`, or why there is none."""
        if self.http_status is None:
            return self.broken or "no answer"
        return f"HTTP {self.http_status}, " + ("no envelope" if self.code is None else f"status code {self.code}")

    def shown(self, secrets: Iterable[str] = ()) -> dict[str, Any]:
        """For a report: without tokens, and with what identifies drivers masked (TRA-53)."""
        hide = hiding(secrets)
        return {
            "direction": self.direction,
            "method": self.method,
            "url": hide(redaction.url(self.url)),
            "request_headers": _headers(self.request_headers, hide),
            "request_body": _body(self.request_body, hide),
            "http_status": self.http_status,
            "outcome": hide(self.outcome),
            "response_headers": _headers(self.response_headers, hide),
            "response_body": _body(self.response_body, hide),
            "milliseconds": self.duration_ms,
        }


def hiding(secrets: Iterable[str]) -> Any:
    longest_first = sorted((secret for secret in secrets if len(secret) > 3), key=len, reverse=True)

    def hide(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, redaction.MASK)
        return text

    return hide


def _json(raw: bytes) -> Any:
    try:
        return envelope.decode(raw) if raw else None
    except NotJson:
        return None


def _find(fields: dict[str, str], name: str) -> str | None:
    return next((value for key, value in fields.items() if key.lower() == name.lower()), None)


def _headers(fields: dict[str, str], hide: Any) -> dict[str, str]:
    kept = {name: value for name, value in fields.items() if name.lower() not in _NOT_OCPI}
    return redaction.headers(kept, hide)


def _body(raw: bytes, hide: Any) -> str:
    text, _ = redaction.body(raw)
    if text.startswith(("{", "[")) and len(text) <= LONGEST:
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    text = hide(text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} … {len(text) - LONGEST} more characters"
