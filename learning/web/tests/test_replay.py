"""A whole charge to be scrubbed through."""

import json
from typing import Any

from learning.web.replay import boxes, edges
from ocpi.protocol.states import SESSION
from tests import admin_pages, factories

from .conftest import Learning


def charge(learning: Learning, *steps: tuple[str, dict[str, Any]]) -> None:
    """Messages about session S1, and the session as they leave it."""
    state: dict[str, Any] = {}
    for method, told in steps:
        state = {**state, **told}
        learning.exchange(direction="IN", module="sessions", method=method, request_body=json.dumps(told),
                          url="/ocpi/emsp/2.2.1/sessions/NL/CPO/S1")  # fmt: skip
    admin_pages.session(learning.run.partner, **state)


PENDING = factories.session(status="PENDING", kwh=0, last_updated="2026-03-01T10:00:00Z")
ACTIVE = {"status": "ACTIVE", "kwh": 5, "total_cost": {"excl_vat": 1.75}, "last_updated": "2026-03-01T10:10:00Z",
          "charging_periods": [factories.period(kwh=5)]}  # fmt: skip
ENDED = {"status": "COMPLETED", "kwh": 5, "end_date_time": "2026-03-01T10:20:00Z",
         "last_updated": "2026-03-01T10:21:00Z"}  # fmt: skip


def test_the_life_of_a_charge_is_read_from_its_messages(learning: Learning) -> None:
    charge(learning, ("PUT", PENDING), ("PATCH", ACTIVE), ("PUT", {**PENDING, **ACTIVE, **ENDED}))
    [found] = learning.client.get(learning.path("charge/data/")).json()["charges"]
    assert [(frame["status"], frame["kwh"], frame["cost"]) for frame in found["frames"]] == [
        ("PENDING", 0, None), ("ACTIVE", 5, 1.75), ("COMPLETED", 5, 1.75),
    ]  # fmt: skip
    assert found["frames"][1]["told"] == ["charging_periods", "kwh", "last_updated", "status", "total_cost"]


def test_the_curves_end_with_what_was_charged(learning: Learning) -> None:
    admin_pages.tariff(learning.run.partner, last_updated="2026-01-01T00:00:00Z")
    charge(learning, ("PUT", {**PENDING, **ACTIVE, **ENDED}))
    [found] = learning.client.get(learning.path("charge/data/")).json()["charges"]
    assert [(point["kwh"], point["cost"]) for point in found["points"]] == [(0, 0), (5, 1.75)]


def test_what_was_refused_is_no_part_of_its_life(learning: Learning) -> None:
    charge(learning, ("PUT", PENDING))
    learning.exchange(direction="IN", module="sessions", method="PATCH", request_body='{"status":"ACTIVE"}',
                      url="/ocpi/emsp/2.2.1/sessions/NL/CPO/S1", status_code=2001)  # fmt: skip
    [found] = learning.client.get(learning.path("charge/data/")).json()["charges"]
    assert [frame["status"] for frame in found["frames"]] == ["PENDING"]


def test_the_page_is_there_once_somebody_has_charged(learning: Learning) -> None:
    assert learning.client.get(learning.path("charge/"))["Location"] == learning.path()
    assert "Scrub through the charge" not in learning.client.get(learning.path()).text
    charge(learning, ("PUT", PENDING))
    assert "State machine of a session" in learning.client.get(learning.path("charge/")).text
    assert "Scrub through the charge" in learning.client.get(learning.path()).text


def test_the_machine_is_the_one_that_the_code_obeys() -> None:
    assert {box.name for box in boxes()} == set(SESSION.states)
    assert len({(box.x, box.y) for box in boxes()}) == len(SESSION.states)
    steps = {(old, new) for old, new in SESSION.transitions() if old != new}
    assert {(edge.old, edge.new) for edge in edges()} == steps


def test_a_message_stands_where_its_charge_was_and_not_at_the_clock_on_the_wall(learning: Learning) -> None:
    periods = [factories.period("2026-03-01T10:00:00Z", 2), factories.period("2026-03-01T10:30:00Z", 3)]
    wall = {"last_updated": "2026-03-01T10:00:09Z"}
    charge(
        learning, ("PUT", PENDING), ("PATCH", {"status": "ACTIVE", "kwh": 2, "charging_periods": periods[:1], **wall}),
        ("PUT", {**PENDING, **ENDED, "charging_periods": periods, "end_date_time": "2026-03-01T11:00:00Z"}),
    )  # fmt: skip
    [found] = learning.client.get(learning.path("charge/data/")).json()["charges"]
    assert [frame["at"][11:16] for frame in found["frames"]] == ["10:00", "10:30", "11:00"]
