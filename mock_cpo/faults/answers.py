"""Faults of the connection, of answers as a whole, and of the headers on our own requests."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from mock_cpo.faults.board import Interference
from ocpi.protocol import envelope

Headers = dict[str, str]
Change = Callable[..., Interference]
HTML = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>"
CUT_OFF = b'{"data": [{"version": "2.2.1", "url": "http'
WEB_PAGE = {"content-type": "text/html; charset=utf-8"}
JSON = {"content-type": "application/json"}
SETTING_UP = ("versions", "details", "credentials")


def slow(subject: Interference, seconds: float, **_: object) -> Interference:
    return replace(subject, delay=subject.delay + seconds)


def reset(subject: Interference, _value: object, **__: object) -> Interference:
    return replace(subject, reset=True)


def only(wanted: str, change: Change) -> Change:
    """The same change, to answers of one module."""

    def apply(subject: Interference, value: object, module: str, **context: object) -> Interference:
        return change(subject, value, module=module, **context) if module == wanted else subject

    return apply


def once_registered(change: Change) -> Change:
    """The same change, but the way to a registration stays open."""

    def apply(subject: Interference, value: object, module: str, **context: object) -> Interference:
        return subject if module in SETTING_UP else change(subject, value, module=module, **context)

    return apply


def web_page(status: int) -> Change:
    """Answers become a web server's HTML page."""

    def apply(subject: Interference, _value: object, **__: object) -> Interference:
        return replace(subject, status=status, body=HTML, headers=WEB_PAGE)

    return apply


def refusal(subject: Interference, _value: object, **__: object) -> Interference:
    return replace(subject, status=401, body=_envelope(2001), headers=JSON)


def truncated(subject: Interference, _value: object, **__: object) -> Interference:
    return replace(subject, status=200, body=CUT_OFF, headers=JSON)


def status_code(subject: Interference, code: float, **_: object) -> Interference:
    return replace(subject, status=200, body=_envelope(int(code)), headers=JSON)


def other_success(subject: Interference, status: float, **_: object) -> Interference:
    return replace(subject, success=int(status))


def too_many(subject: Interference, seconds: float, **_: object) -> Interference:
    return replace(subject, status=429, body=_envelope(2000), headers={**JSON, "Retry-After": f"{seconds:g}"})


def lost_registration(subject: Interference, _value: object, module: str, method: str, **__: object) -> Interference:
    """The registration stands, but its answer with the token never arrives (AMB-11)."""
    return replace(subject, lost=True) if (module, method) == ("credentials", "POST") else subject


def _envelope(code: int) -> bytes:
    timestamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return envelope.encode({"status_code": code, "status_message": "Made by a fault.", "timestamp": timestamp})


# --- On our requests ----------------------------------------------------------------------------


def plain_token(_header: str, _value: object, token: str, **__: object) -> str:
    return f"Token {token}"


def token_with_newline(_header: str, _value: object, token: str, **__: object) -> str:
    """As `echo token | base64` makes it, and the sample of the specification (TRA-04)."""
    return "Token " + base64.b64encode(f"{token}\n".encode()).decode()


def no_routing(_headers: Headers, _value: object, **__: object) -> Headers:
    return {}


def lower_case_routing(headers: Headers, _value: object, **__: object) -> Headers:
    return {name: value.lower() for name, value in headers.items()}
