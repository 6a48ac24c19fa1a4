"""The eMSP dies in the middle of its life: nothing that it acknowledged is lost, and the next charge works."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from learning.demo.callers import App, Control, answers
from ocpi.partners import development

from .conftest import ROOT, free_port

MODULES = ("locations", "sessions", "cdrs", "tariffs", "tokens")


@pytest.fixture
def demo(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[int, int]]:
    """A demo that has told its story and stays up; its ports."""
    emsp, cpo = free_port(), free_port()
    command = [
        sys.executable, "-W", "ignore", "manage.py", "demo", "--fast", "400", "--logs", str(tmp_path / "logs"),
        "--emsp-port", str(emsp), "--cpo-port", str(cpo),
    ]  # fmt: skip
    output = tmp_path / "demo.txt"
    with output.open("w") as out:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        wait(lambda: "Both platforms stay up" in output.read_text() or process.poll() is not None, 90)
        assert process.poll() is None, output.read_text()
        yield emsp, cpo
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def wait(reached: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def kill_listeners(port: int) -> None:
    """kill -9 for every process of the web server on this port, master and workers alike."""
    found = subprocess.run(["pgrep", "-f", f"gunicorn.*localhost:{port}"], capture_output=True, text=True, check=True)
    for pid in found.stdout.split():
        os.kill(int(pid), signal.SIGKILL)


def test_after_kill_9_everything_is_there_and_the_next_charge_works(
    demo: tuple[int, int], environment: dict[str, str]
) -> None:
    emsp, cpo = demo
    url = f"http://localhost:{emsp}"
    app, control = App(url, development.API_CLIENT_TOKEN), Control(f"http://localhost:{cpo}")
    before = {module: app.count(module) for module in MODULES}
    assert all(before.values())

    kill_listeners(emsp)
    wait(lambda: not answers(f"{url}/health"), 10)
    restarted = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", f"localhost:{emsp}", "--noreload"],
        env=environment | {"OCPI_HOST": f"localhost:{emsp}"}, cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        wait(lambda: answers(f"{url}/health"), 30)
        assert {module: app.count(module) for module in MODULES} == before
        charge(app, control)
    finally:
        restarted.kill()
        restarted.wait()


def charge(app: App, control: Control) -> None:
    """Start by app, see the session run and end at the charger, and find its CDR."""
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
    wait(lambda: any(c.get("session_id") == state["session"]["id"] for c in app.get("cdrs", limit=100)), 20)
