"""How many exchanges there were of each kind, and how long they took, for `/metrics`: the journal would be read whole.

Every process adds up what it sees and, every few seconds, adds that to one row of each kind. So any process can tell
the sum of all, on however many machines, and a restart loses no more than those seconds.
"""

import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from django.db import connection

from ocpi.protocol.errors import StatusCode

from .models import BUCKETS_MS, ExchangeCount

_EVERY = 5.0  # seconds between two writes of a process
_HTTP = frozenset(map(int, HTTPStatus))
_OCPI = frozenset(map(int, StatusCode))
_KEY = ("direction", "partner_id", "api_client_id", "module", "http_status", "status_code")
_VALUES = ("calls", "total_ms", *(f"within_{limit}" for limit in BUCKETS_MS))
_lock = threading.Lock()
_pending: dict["Kind", list[int]] = {}
_kept_at = 0.0


class Kind(NamedTuple):
    direction: str
    partner_id: int
    api_client_id: int
    module: str
    http_status: int
    status_code: int


def add(row: Mapping[str, Any]) -> None:
    kind = Kind(
        row["direction"], row["partner_id"] or 0, row["api_client_id"] or 0, row["module"],
        _known(row["http_status"], _HTTP, 100), _known(row["status_code"], _OCPI, 1000),
    )  # fmt: skip
    took = row["duration_ms"]
    with _lock:
        values = _pending.setdefault(kind, [0] * len(_VALUES))
        values[0] += 1
        values[1] += took
        for place, limit in enumerate(BUCKETS_MS, start=2):
            values[place] += took <= limit


def _known(code: int | None, known: frozenset[int], step: int) -> int:
    """0 for none. What no standard knows counts with its class: a partner must not make ten thousand kinds."""
    return 0 if code is None else code if code in known else code // step * step


def waiting() -> bool:
    return bool(_pending)


def keep_if_due() -> None:
    if _pending and time.monotonic() - _kept_at >= _EVERY:
        keep()


def keep() -> None:
    """Add what this process counted to the table, in one statement. What fails is counted with the next."""
    global _pending, _kept_at
    with _lock:
        mine, _pending = _pending, {}
    _kept_at = time.monotonic()
    if not mine:
        return
    try:
        _write(sorted(mine.items()))  # in one order, so that two processes do not wait for each other crosswise
    except Exception:
        _put_back(mine)
        raise


def _write(rows: list[tuple[Kind, list[int]]]) -> None:
    names = (*_KEY, *_VALUES)
    table = connection.ops.quote_name(ExchangeCount._meta.db_table)
    values = ", ".join([f"({', '.join(['%s'] * len(names))})"] * len(rows))
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in _VALUES)
    statement = (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES {values} "  # noqa: S608  names of our own
        f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {added}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for kind, counted in rows for value in (*kind, *counted)])


def _put_back(rows: dict[Kind, list[int]]) -> None:
    with _lock:
        for kind, counted in rows.items():
            known = _pending.get(kind, [0] * len(counted))
            _pending[kind] = [one + other for one, other in zip(known, counted, strict=True)]


def forget() -> None:
    with _lock:
        _pending.clear()


def forget_strangers(known: set[int]) -> int:
    """Forget what was counted of partners that are gone; returns how many rows."""
    return ExchangeCount.objects.exclude(partner_id__in={0, *known}).delete()[0]
