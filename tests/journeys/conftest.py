"""Journeys: both platforms as real processes (tests/platforms.py), and a charge from start to bill."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from learning.demo.callers import App, Control
from tests.platforms import ROOT, Demo, free_port, installation, manage, running_demo, wait

__all__ = ["ROOT", "Demo", "charge", "free_port", "manage", "wait"]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a development installation that has never been used."""
    with installation(tmp_path) as found:
        yield found


@pytest.fixture
def demo(environment: dict[str, str], tmp_path: Path) -> Iterator[Demo]:
    """A demo for this test alone, which may kill it."""
    with running_demo(environment, tmp_path) as running:
        yield running


def charge(app: App, control: Control) -> dict[str, Any]:
    """Start by app where somebody charged before, see the session run and end, and return its CDR."""
    known = app.get("sessions")[-1]
    place = {name: known[name] for name in ("location_id", "evse_uid", "connector_id")}
    body = {**place, "token": {"uid": known["cdr_token"]["uid"], "type": known["cdr_token"]["type"]}}
    control.put("settings", {"auto_plug": True, "auto_unplug": False})
    sent = app.post("commands/START_SESSION", body)
    state: dict[str, Any] = {}

    def has_session() -> bool:
        state.update(app.get(f"commands/{sent['id']}"))
        return state["state"] == "SUCCEEDED" and bool(state["session"])

    wait(has_session, 20)
    path = f"sessions/{state['session']['country_code']}/{state['session']['party_id']}/{state['session']['id']}"
    wait(lambda: app.get(path)["kwh"] > 0, 20)
    control.post("stop", {"session_id": state["session"]["id"]})
    wait(lambda: app.get(path)["status"] == "COMPLETED", 20)
    bills: list[dict[str, Any]] = []

    def billed() -> bool:
        bills[:] = [c for c in app.get("cdrs", limit=100) if c.get("session_id") == state["session"]["id"]]
        return bool(bills)

    wait(billed, 20)
    return bills[0]
