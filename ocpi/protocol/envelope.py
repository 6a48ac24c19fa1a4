"""The envelope around every OCPI answer, and the JSON inside it (OCPI 2.2.1, chapter 4.1.7 "Response format").

Outgoing: `success` and `failure` build it, `encode` writes it. Incoming: `decode` reads a request body,
`open_envelope` an answer. The status code comes before the data: HTTP 200 with 2001 inside is a failure (TRA-19).
"""

import re
from datetime import datetime
from typing import Any, Final

import orjson

from ocpi.protocol.errors import (
    Failed,
    HubFailed,
    NotJson,
    NotOcpi,
    OcpiError,
    PartnerError,
    Refused,
    StatusCode,
    Unauthenticated,
)
from ocpi.protocol.moments import format_datetime

ABSENT: Final[Any] = type("Absent", (), {"__repr__": lambda self: "ABSENT", "__bool__": lambda self: False})()

MAX_DEPTH = 200
MAX_MESSAGE = 500
TEMPORARY = {408, 425, 429}  # HTTP 4xx that say nothing about the request itself

_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def decode(raw: bytes) -> Any:
    """Read JSON. Raises NotJson for anything else: empty, truncated, not UTF-8, NaN, 1e999, nested absurdly deep.

    NUL characters are dropped from strings and keys: PostgreSQL cannot store them, and no identifier may hold one.
    """
    try:
        value = orjson.loads(raw.removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        raise NotJson(f"The body is not valid JSON: {error.msg}.") from None
    # Only a document with this many brackets can be this deep; what goes in must come out, and writing has a limit too.
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _deeper_than(raw, MAX_DEPTH):
        raise NotJson("The body is nested too deeply.")
    return _without_nul(value) if b"\\u0000" in raw else value


def encode(value: object) -> bytes:
    """Write JSON as UTF-8."""
    return orjson.dumps(value)


def verbatim(json: str | bytes) -> Any:
    """JSON that goes into `encode` as it is, without being read: a page of a hundred objects costs ten times less."""
    return orjson.Fragment(json)


def success(
    timestamp: datetime, data: Any = ABSENT, status_code: int = StatusCode.SUCCESS, message: str | None = None
) -> dict[str, Any]:
    """The envelope of a success; without `data` where none is wanted (CHP-10). ValueError for another code."""
    if not 1000 <= status_code < 2000:
        raise ValueError(f"{status_code} is not a success")
    envelope: dict[str, Any] = {} if data is ABSENT else {"data": data}
    envelope["status_code"] = int(status_code)
    if message is not None:
        envelope["status_message"] = message
    envelope["timestamp"] = format_datetime(timestamp)
    return envelope


def failure(error: OcpiError, timestamp: datetime) -> dict[str, Any]:
    """The envelope of an error: never any data."""
    return {
        "status_code": int(error.status_code),
        "status_message": error.message,
        "timestamp": format_datetime(timestamp),
    }


def open_envelope(http_status: int, raw: bytes, retry_after: str | None = None) -> Any:
    """The `data` of a partner's answer, None where there is none.

    Success is HTTP 2xx AND a status code 1000-1999; HTTP 204 has no body and counts too (AMB-46). Everything else
    raises the fitting PartnerError; nothing else is ever raised, whatever the bytes.
    """
    return opened(http_status, raw, retry_after).get("data")


def opened(http_status: int, raw: bytes, retry_after: str | None = None) -> dict[str, Any]:
    """The whole envelope of a success, empty with HTTP 204. Raises what `open_envelope` raises."""
    if http_status == 204:
        return {}
    found = _read(raw)
    envelope = found or {}
    status_code = _status_code(envelope)
    if 200 <= http_status < 300 and status_code is not None and 1000 <= status_code < 2000:
        return envelope
    raise _classify(http_status, status_code)(
        _explain(http_status, status_code, envelope),
        http_status=http_status,
        status_code=status_code,
        retry_after=_seconds(retry_after),
        permanent=False if status_code in _PASSING else None,
        reason="json" if found is None else "envelope" if status_code is None else "",
    )


# A receiver that is offline now may be back tomorrow, and so may the hub's connection to it.
_PASSING = {int(StatusCode.HUB_TIMEOUT), int(StatusCode.RECEIVER_NOT_CONNECTED)}


def _classify(http_status: int, status_code: int | None) -> type[PartnerError]:
    """HTTP first, because some derive it from the status code (FLD-03); but hubs say 4xxx under any HTTP status."""
    if http_status in (401, 403):
        return Unauthenticated
    if status_code is not None and 4000 <= status_code < 5000:
        return HubFailed
    if http_status >= 500 or http_status in TEMPORARY:
        return Failed
    return _by_code(http_status, status_code)


def _by_code(http_status: int, status_code: int | None) -> type[PartnerError]:
    if status_code is not None and 3000 <= status_code < 4000:
        return Failed
    if 400 <= http_status < 500 or (status_code is not None and 2000 <= status_code < 3000):
        return Refused
    return NotOcpi


def _read(raw: bytes) -> dict[str, Any] | None:
    """None for what is not JSON at all."""
    try:
        envelope = decode(raw)
    except NotJson:
        return None
    return envelope if isinstance(envelope, dict) else {}


def _status_code(envelope: dict[str, Any]) -> int | None:
    code = envelope.get("status_code")
    if isinstance(code, str) and re.fullmatch(r"[1-4]\d{3}", code, re.ASCII):
        return int(code)  # FLD-08 reaches even here
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _explain(http_status: int, status_code: int | None, envelope: dict[str, Any]) -> str:
    said = envelope.get("status_message")
    what = f"HTTP {http_status}, " + ("no OCPI envelope" if status_code is None else f"status code {status_code}")
    if http_status in (401, 403):
        what += " (our credentials token is not accepted)"
    if not isinstance(said, str) or not said:
        return what
    return f"{what}: {_CONTROL.sub(' ', said[:MAX_MESSAGE])}"


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After as seconds; the form with a date needs a clock, so it is left to the caller's own back-off."""
    if retry_after is None or not re.fullmatch(r"\s*\d{1,7}\s*", retry_after, re.ASCII):
        return None
    return float(retry_after)


# Quotes stay, of brackets there is one kind, and all else goes.
_MARKS = bytes.maketrans(b"[]", b"{}")
_NO_MARKS = bytes(set(range(256)) - set(b'[]{}"'))


def _deeper_than(raw: bytes, depth: int) -> bool:
    """Of valid JSON, without looking at its values: a page of a list has ten thousands of them."""
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = raw.translate(_MARKS, _NO_MARKS)
    marks = re.sub(b'"[^"]*"', b"", marks.replace(b'""', b""))  # strings, most of which have no brackets
    for _ in range(depth):
        if not marks:
            return False
        marks = marks.replace(b"{}", b"")  # the innermost
    return bool(marks)


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {key.replace("\x00", ""): _without_nul(item) for key, item in value.items()}
    return value
