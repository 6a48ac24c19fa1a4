"""The last HTTP exchanges, in and out, with tokens masked: what the wire really looked like."""

import base64
import binascii
import re
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import count

import orjson

KEPT = 2000
BODY_LIMIT = 200_000
TOKEN_IN_JSON = re.compile(r'("token"\s*:\s*")([^"]+)(")')


@dataclass(slots=True)
class Exchange:
    """One request with its answer. `direction` is `in` (they called us) or `out`; `ms` is the time until the answer."""

    at: datetime
    direction: str
    method: str
    url: str
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: str = ""
    status: int | None = None
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""
    ms: float = 0.0
    error: str | None = None
    id: int = 0

    def shown(self) -> dict[str, object]:
        """As the control API shows it: bodies as JSON where they are JSON."""
        row = asdict(self) | {"at": self.at.isoformat().replace("+00:00", "Z")}
        return row | {key: _parsed(row[key]) for key in ("request_body", "response_body")}


class Recorder:
    """A bounded list of exchanges; listeners hear of each one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[Exchange] = deque(maxlen=KEPT)
        self._ids = count(1)
        self.listeners: list = []

    def add(self, exchange: Exchange) -> None:
        _mask(exchange)
        with self._lock:
            exchange.id = next(self._ids)
            self._kept.append(exchange)
        for listener in self.listeners:
            listener(exchange)

    def all(self) -> list[Exchange]:
        with self._lock:
            return list(self._kept)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)


def headers_of(raw: Iterable[tuple[bytes, bytes]] | Mapping[str, str]) -> dict[str, str]:
    """Headers as text, in the spelling in which they travelled."""
    pairs = raw.items() if isinstance(raw, Mapping) else ((k.decode("latin-1"), v.decode("latin-1")) for k, v in raw)
    return dict(pairs)


def masked(token: str) -> str:
    """Enough to tell two tokens apart, too little to use one (TRA-53)."""
    return f"{token[:4]}…({len(token)})"


def _mask(exchange: Exchange) -> None:
    for headers in (exchange.request_headers, exchange.response_headers):
        for name, value in headers.items():
            if name.lower() == "authorization":
                headers[name] = _masked_header(value)
    exchange.request_body = _masked_body(exchange.request_body)
    exchange.response_body = _masked_body(exchange.response_body)


def _masked_header(value: str) -> str:
    scheme, _, credentials = value.partition(" ")
    try:
        token = base64.b64decode(credentials, validate=True).decode()
        return f"{scheme} base64({masked(token)})"
    except (binascii.Error, UnicodeDecodeError):
        return f"{scheme} plain({masked(credentials)})"


def _masked_body(body: str) -> str:
    kept = body[:BODY_LIMIT]
    if '"token"' not in kept:  # of long lists hardly one has any
        return kept
    return TOKEN_IN_JSON.sub(lambda found: found[1] + masked(found[2]) + found[3], kept)


def _parsed(body: object) -> object:
    try:
        return orjson.loads(str(body))
    except orjson.JSONDecodeError:
        return body
