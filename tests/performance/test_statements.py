"""How many statements a push costs besides the look-up of its caller, which is known from the push before.

SQLite has no statement that writes two tables, and no way to the server: there a part and what is around it are two.
"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.callers import Answer, Caller

L1, S1 = ("locations", "NL", "CPO", "L1"), ("sessions", "NL", "CPO", "S1")
LATER, STILL_LATER = "2026-03-01T12:05:00Z", "2026-03-01T12:06:00Z"
_AROUND = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


@pytest.fixture
def charging(cpo: Caller) -> Caller:
    factories.token()
    cpo.put(*L1, body=factories.location())
    cpo.put(*S1, body=factories.session())
    return cpo


def statements(caller: Caller, method: str, *path: str, **kwargs: Any) -> tuple[Answer, list[str]]:
    with CaptureQueriesContext(connection) as captured:
        answer = caller.request(method, *path, **kwargs)
    return answer, [query["sql"] for query in captured if not query["sql"].startswith(_AROUND)]


def on_sqlite(more: int) -> int:
    return more if connection.vendor == "sqlite" else 0


PUSHES = {
    "PUT session": ("PUT", S1, factories.session(kwh=3, last_updated=LATER), 1),
    "PUT session again": ("PUT", S1, factories.session(), 1),
    "PUT new session": ("PUT", (*S1[:3], "S2"), factories.session(id="S2"), 2),
    "PATCH session": ("PATCH", S1, {"kwh": 3, "last_updated": LATER}, 2),
    "PATCH session with periods": (
        "PATCH", S1, {"kwh": 3, "last_updated": LATER, "charging_periods": [factories.period()]}, 2 + on_sqlite(1),
    ),
    "PATCH EVSE": ("PATCH", (*L1, "E1"), {"status": "CHARGING", "last_updated": LATER}, 2 + on_sqlite(1)),
    "PATCH connector": ("PATCH", (*L1, "E1", "C1"), {"max_amperage": 32, "last_updated": LATER}, 2 + on_sqlite(2)),
    "PUT connector": ("PUT", (*L1, "E1", "C1"), factories.connector(last_updated=LATER), 2 + on_sqlite(2)),
    "PATCH location": ("PATCH", L1, {"name": "Renamed", "last_updated": LATER}, 2),
    "POST CDR": ("POST", ("cdrs",), factories.cdr(), 1),
    "authorize": ("POST", ("tokens", "04AABBCCDD", "authorize"), {"location_id": "L1"}, 2),
}  # fmt: skip


@pytest.mark.parametrize("push", PUSHES)
def test_a_push_costs_no_more_than_two_statements(charging: Caller, push: str) -> None:
    method, path, body, count = PUSHES[push]
    answer, made = statements(charging, method, *path, body=body)
    assert answer.status[1] == 1000
    assert len(made) == count, "\n".join(made)


def test_reading_a_hundred_tokens_costs_two(charging: Caller) -> None:
    first, made = statements(charging, "GET", "tokens", query="limit=1")
    assert len(made) <= 2
    assert first["X-Total-Count"] == "1"


def test_a_page_by_its_link_costs_one(charging: Caller) -> None:
    for n in range(3):
        factories.token(uid=f"T{n}")
    link = charging.get("tokens", query="limit=2")["Link"].partition("?")[2].partition(">")[0]
    answer, made = statements(charging, "GET", "tokens", query=link)
    assert (len(answer.data), answer["X-Total-Count"], len(made)) == (2, "4", 1)
