"""Counts, failures and percentiles of a partner's messages."""

from datetime import timedelta
from typing import Any

import pytest

from ocpi.alerts import traffic
from ocpi.core import clock
from tests import admin_pages
from tests.callers import Caller


@pytest.mark.parametrize(("values", "percent", "expected"), [
    ([], 50, None), ([7], 95, 7), ([1, 2, 3, 4], 50, 2), (list(range(1, 101)), 95, 95), (list(range(1, 21)), 95, 19),
])  # fmt: skip
def test_a_percentile_is_a_value_that_occurred(values: list[int], percent: int, expected: int | None) -> None:
    assert traffic.percentile(values, percent) == expected


def lines(caller: Caller) -> dict[tuple[str, str], tuple[int, int, int | None, int | None]]:
    found = traffic.of(caller.partner)
    return {(line.direction, line.span): (line.calls, line.failed, line.p50, line.p95) for line in found}


def test_hour_and_day_in_and_out_are_told_apart(cpo: Caller, cp2: Caller) -> None:
    now = clock.now()
    for took in (10, 20, 30):
        admin_pages.exchange(cpo.partner, duration_ms=took)
    admin_pages.exchange(cpo.partner, duration_ms=900, http_status=500, started_at=now - timedelta(hours=2))
    admin_pages.exchange(cpo.partner, duration_ms=5, direction="IN", method="PUT", status_code=2001)
    admin_pages.exchange(cpo.partner, duration_ms=5, started_at=now - timedelta(hours=25))
    admin_pages.exchange(cp2.partner, duration_ms=5)
    assert lines(cpo) == {
        ("OUT", "hour"): (3, 0, 20, 30), ("IN", "hour"): (1, 1, 5, 5),
        ("OUT", "day"): (4, 1, 20, 900), ("IN", "day"): (1, 1, 5, 5),
    }  # fmt: skip


def test_without_messages_there_is_no_time_and_no_share(cpo: Caller) -> None:
    found = traffic.of(cpo.partner)
    assert {(line.calls, line.share, line.p50) for line in found} == {(0, 0.0, None)}


def test_no_more_than_the_newest_are_read_and_that_is_told(
    cpo: Caller, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(traffic, "MOST", 3)
    for minutes in (1, 2, 90, 91, 92):
        admin_pages.exchange(cpo.partner, started_at=clock.now() - timedelta(minutes=minutes))
    with django_assert_num_queries(1):
        found = traffic.of(cpo.partner)
    told = {(line.direction, line.span): (line.calls, line.capped) for line in found}
    assert told == {("OUT", "hour"): (2, False), ("OUT", "day"): (3, True), ("IN", "hour"): (0, False),
                    ("IN", "day"): (0, True)}  # fmt: skip
