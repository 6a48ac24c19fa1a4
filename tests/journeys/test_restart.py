"""The eMSP dies in the middle of its life: nothing that it acknowledged is lost, and the next charge works."""

import os
import signal
import subprocess
import sys
from typing import Any

from learning.demo.callers import App, Control, answers
from ocpi.partners import development

from .conftest import ROOT, Demo, wait

MODULES = ("locations", "sessions", "cdrs", "tariffs", "tokens")


def kill_listeners(port: int) -> None:
    """kill -9 for every process of the web server on this port, master and workers alike."""
    found = subprocess.run(["pgrep", "-f", f"gunicorn.*localhost:{port}"], capture_output=True, text=True, check=True)
    for pid in found.stdout.split():
        os.kill(int(pid), signal.SIGKILL)


def test_after_kill_9_everything_is_there_and_the_next_charge_works(demo: Demo, environment: dict[str, str]) -> None:
    emsp, cpo = demo.emsp, demo.cpo
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
