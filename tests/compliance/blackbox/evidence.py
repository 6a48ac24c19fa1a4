"""What was said during a test, in both directions and in order: the proof that the report shows. Never a token."""

import json
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

_NOT_OCPI = {
    "host", "user-agent", "accept-encoding", "connection", "server", "date", "content-length", "accept", "vary",
    "x-frame-options", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy",
    "strict-transport-security",
}  # fmt: skip
LONGEST = 6000  # characters of a body that anyone will read
_SECRET = re.compile(r"^[Tt]oken .+$")
_IN_BODY = re.compile(r'("token"\s*:\s*)"[^"]*"')


class Evidence:
    """Filled by whoever sends and by the partners' servers, from several threads."""

    def __init__(self) -> None:
        self._exchanges: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._paused = False

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What only prepares a test is no evidence."""
        before, self._paused = self._paused, True
        try:
            yield
        finally:
            self._paused = before

    def clear(self) -> None:
        with self._lock:
            self._exchanges.clear()

    def add(
        self, *, who: str, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes,
        status: int, answer_headers: Iterable[tuple[str, str]], answer: bytes,
    ) -> None:  # fmt: skip
        """`who` tells the direction: `CPO → eMSP` or `eMSP → CPO`."""
        exchange = {
            "who": who, "method": method, "url": url, "headers": _shown(headers), "body": _text(body),
            "status": status, "answer_headers": _shown(answer_headers), "answer": _text(answer),
        }  # fmt: skip
        with self._lock:
            if not self._paused:
                self._exchanges.append(exchange)

    def as_json(self) -> str:
        with self._lock:
            return json.dumps(self._exchanges, ensure_ascii=False)


def _shown(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: _hidden(name, value) for name, value in headers if name.lower() not in _NOT_OCPI}


def _hidden(name: str, value: str) -> str:
    if name.lower() != "authorization":
        return value
    return "Token •••" if _SECRET.match(value) else f"{value.split(' ')[0]} •••"


def _text(body: bytes) -> str:
    text = _IN_BODY.sub(r'\1"•••"', body.decode("utf-8", "replace"))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} … {len(text) - LONGEST} more characters"
