"""Fields have their value from the newest push that gave one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ocpi.protocol import order

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


@pytest.mark.requirement("LOC-52", "AMB-04")
def test_an_older_patch_counts_where_no_newer_one_has_spoken() -> None:
    times = order.given(["kwh"], at(2), {})
    patch = {"kwh": 1, "status": "ACTIVE", "last_updated": "…", "id": "S1", "charging_periods": [], "meter_id": None}
    assert order.counting(patch, at(1), times) == {"status": "ACTIVE"}
    assert order.counting(patch, at(2), times) == {"kwh": 1, "status": "ACTIVE"}  # equal is applied


def test_what_is_newer_than_a_put_stays() -> None:
    times = order.given(["kwh"], at(1), order.given(["status"], at(3), {}))
    newer = order.since(at(2), times)
    assert set(newer) == {"status", "last_updated"}
    stored: dict[str, Any] = {"kwh": 1, "status": "COMPLETED"}
    assert order.laid_under({"kwh": 5, "status": "ACTIVE"}, stored, newer) == {"kwh": 5, "status": "COMPLETED"}
    assert order.since(at(3), times) == {}


def test_the_latest_moment_is_kept_to_the_millisecond_and_never_moves_back() -> None:
    precise = at(3) + timedelta(milliseconds=1)
    times = order.given([], at(1), order.given(["status"], precise, {}))
    assert order.latest(at(2), times) == precise
    assert order.latest(at(4), times, {}) == at(4)
