"""Counting lists that only grow: exact, and cheap from the second time on."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocpi.core import clock, counting
from ocpi.tokens.models import Token
from tests import factories


@pytest.fixture
def old(db: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Nine tokens of yesterday and one of today, where three are few."""
    monkeypatch.setattr(counting, "_FEW", 3)
    keys = [factories.token(f"T{n}").pk for n in range(10)]
    Token.objects.filter(pk__lt=keys[-1]).update(created_at=clock.now() - timedelta(days=1))
    return keys


def total() -> int:
    return counting.growing(Token.objects.all(), "created_at").total


def test_the_count_is_that_of_the_database_whatever_is_remembered(old: list[int]) -> None:
    assert [total(), total()] == [10, 10]
    factories.token("T10")
    assert total() == 11
    assert counting.growing(Token.objects.filter(uid="T3"), "created_at").total == 1


def test_what_is_old_is_not_counted_again(old: list[int]) -> None:
    total()
    with CaptureQueriesContext(connection) as queries:
        assert counting.growing(Token.objects.all(), "created_at") == (old[-1], 10)
    [query] = queries
    assert f'"id" > {old[-2]}' in query["sql"]


def test_a_row_whose_transaction_may_still_be_open_is_counted_each_time(old: list[int]) -> None:
    Token.objects.update(created_at=clock.now())
    assert total() == 10
    Token.objects.filter(pk=old[0]).delete()
    assert total() == 9


def test_nobody_moves_on_twice_in_a_minute(old: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    settled: list[Any] = []
    monkeypatch.setattr(counting, "_settle", lambda rows, since, known: settled.append(known) or known)
    assert [total(), total()] == [10, 10]
    assert len(settled) == 1
