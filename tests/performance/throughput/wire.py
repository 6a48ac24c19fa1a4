"""The requests of each scenario as bytes, made so cheaply that whoever sends them is not what is measured."""

import json
import os
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()  # the factories make rows too

from ocpi.protocol.headers import authorization  # noqa: E402
from tests import factories  # noqa: E402

TOKEN = "token-of-the-bench"
BASE = "/ocpi/emsp/2.2.1"
PLACES, PLUGS, CARDS = 400, 3, 1000  # locations, EVSEs of each, tokens
EACH = 10  # how often a session is PUT: once new, then changed

Request = Callable[[int, int], bytes]  # connection, number of the request there


def place(n: int) -> dict[str, Any]:
    evses = [factories.evse(uid=f"E{e}", evse_id=f"NL*CPO*E{n}*{e}") for e in range(PLUGS)]
    return factories.location(id=f"L{n}", evses=evses)


def card(n: int) -> str:
    return f"04AA{n:06X}"


def _at(run: int, n: int) -> str:
    """A moment of its own for each request, ever later; a day for each run."""
    day = date(2026, 3, 2) + timedelta(days=run)
    return f"{day}T{n // 36000 % 24:02}:{n // 600 % 60:02}:{n // 10 % 60:02}.{n % 10}00Z"


def _whole(method: str, path: str, body: bytes) -> bytes:
    head = (
        f"{method} {BASE}/{path} HTTP/1.1\r\nHost: emsp.test\r\nAuthorization: {authorization(TOKEN)}\r\n"
        f"Content-Type: application/json\r\nX-Request-ID: 7a1c\r\nX-Correlation-ID: 5b2d\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _filled(template: bytes, **values: str) -> bytes:
    for name, value in values.items():
        template = template.replace(f"<{name}>".encode(), value.encode())
    return template


def put_session(run: int) -> Request:
    body = json.dumps(factories.session(
        id="<id>", last_updated="<at>", kwh=12.345, location_id="L7", evse_uid="E1",
        cdr_token=factories.cdr_token(uid=card(7)), total_cost={"excl_vat": 4.32, "incl_vat": 5.23},
    )).encode()  # fmt: skip

    def request(connection: int, n: int) -> bytes:
        name = f"{run}-{connection}-{n // EACH}"
        return _whole("PUT", f"sessions/NL/CPO/{name}", _filled(body, id=name, at=_at(run, n)))

    return request


def patch_session(run: int) -> Request:
    def request(connection: int, n: int) -> bytes:
        body = b'{"kwh": %d.5, "total_cost": {"excl_vat": %d.1}, "last_updated": "%b"}' % (n, n, _at(run, n).encode())
        return _whole("PATCH", f"sessions/NL/CPO/K{connection}-{n % 20}", body)

    return request


def patch_evse(run: int) -> Request:
    statuses = [b"AVAILABLE", b"CHARGING", b"BLOCKED"]

    def request(connection: int, n: int) -> bytes:
        body = b'{"status": "%b", "last_updated": "%b"}' % (statuses[n % 3], _at(run, n).encode())
        place = (connection * 25 + n * 7 % 25) % PLACES
        return _whole("PATCH", f"locations/NL/CPO/L{place}/E{n % PLUGS}", body)

    return request


def post_cdr(run: int) -> Request:
    body = json.dumps(factories.cdr(
        id="<id>", session_id="<session>", last_updated="<at>",
        cdr_location=factories.cdr()["cdr_location"] | {"id": "L7"}, cdr_token=factories.cdr_token(uid=card(7)),
    )).encode()  # fmt: skip

    def request(connection: int, n: int) -> bytes:
        filled = _filled(body, id=f"D{run}-{connection}-{n}", session=f"K{connection}-{n % 20}", at=_at(run, n))
        return _whole("POST", "cdrs", filled)

    return request


def authorize(run: int) -> Request:
    def request(connection: int, n: int) -> bytes:
        body = b'{"location_id": "L%d", "evse_uids": ["E1"]}' % (n % PLACES)
        return _whole("POST", f"tokens/{card((connection * 61 + n) % CARDS)}/authorize?type=RFID", body)

    return request


def nothing(run: int) -> Request:
    """Answered by the floor without a statement: how fast this generator is."""
    return lambda connection, n: _whole("GET", "nothing", b"")


SCENARIOS: dict[str, Callable[[int], Request]] = {
    "PUT session": put_session, "PATCH session": patch_session, "PATCH EVSE": patch_evse, "POST CDR": post_cdr,
    "authorize": authorize, "nothing": nothing,
}  # fmt: skip
