"""Both platforms as real processes, on free ports, with a database of their own: for journeys and for the browser."""

import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import redis

from learning.demo.callers import App, Control
from ocpi.partners import development
from tests.databases import ROOT, database
from tests.ports import free_port

INSTALLATIONS = 3  # that one test process has at the same time: the shared demo, one that a test may kill, one to spare
_running: set[int] = set()


@contextmanager
def installation(folder: Path, *, migrated: bool = True) -> Iterator[dict[str, str]]:
    """The environment of a development installation that has never been used, whose database has all its tables."""
    inherited = {k: v for k, v in os.environ.items() if k not in {"DJANGO_SETTINGS_MODULE", "OCPI_HOST", "PROTOCOL"}}
    environment = inherited | {"ENVIRONMENT": "development", "COLUMNS": "150"}
    with database(environment, folder, migrated=migrated) as url, _own_redis() as broker:
        yield environment | {"DATABASE_URL": url} | broker


@contextmanager
def _own_redis() -> Iterator[dict[str, str]]:
    """An empty database for each installation that runs: one's worker must not take another's tasks."""
    url = os.environ.get("REDIS_URL", "")
    if not url:
        yield {}
        return
    server, _, number = url.rpartition("/")
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own = min(set(range(INSTALLATIONS)) - _running)
    _running.add(own)
    broker = f"{server}/{int(number) + 1 + worker * INSTALLATIONS + own}"
    with redis.Redis.from_url(broker) as client:
        client.flushdb()
    yield {"REDIS_URL": broker}
    _running.remove(own)


def manage(environment: dict[str, str], *arguments: str, timeout: float = 200) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", str(ROOT / "manage.py"), *arguments]
    return subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
    )


def settings_of(environment: dict[str, str]) -> dict[str, Any]:
    """What our settings are in an environment that holds nothing else, without a process for it."""
    with mock.patch.dict(os.environ, environment, clear=True):
        return runpy.run_path(str(ROOT / "emsp_project/settings.py"))


class Demo(NamedTuple):
    """A demo that has told its story and stays up: the ports of its two platforms."""

    emsp: int
    cpo: int

    @property
    def emsp_url(self) -> str:
        return f"http://localhost:{self.emsp}"

    @property
    def app(self) -> App:
        return App(self.emsp_url, development.API_CLIENT_TOKEN)

    @property
    def control(self) -> Control:
        return Control(f"http://localhost:{self.cpo}")


@contextmanager
def running_demo(environment: dict[str, str], folder: Path) -> Iterator[Demo]:
    ports = Demo(free_port(), free_port())
    arguments = ["--emsp-port", str(ports.emsp), "--cpo-port", str(ports.cpo), "--logs", str(folder / "logs")]
    command = [sys.executable, "-W", "ignore", "manage.py", "demo", "--fast", "400", *arguments]
    output = folder / "demo.txt"
    with output.open("w") as out:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        wait(lambda: "Both platforms stay up" in output.read_text() or process.poll() is not None, 200)
        assert process.poll() is None, output.read_text()
        yield ports
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, "Ctrl-C must end both platforms cleanly"
    finally:
        process.terminate()
        process.wait(60)


def wait(reached: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def charge(app: App, control: Control) -> dict[str, Any]:
    """Start by app where somebody charged before, see the session run and end, drive off, and return its CDR."""
    known = [session for session in app.get("sessions", limit=100) if session["party_id"] == "CPO"][-1]
    place = {name: known[name] for name in ("location_id", "evse_uid", "connector_id")}
    body = {**place, "token": {"uid": known["cdr_token"]["uid"], "type": known["cdr_token"]["type"]}}
    control.put("settings", {"auto_plug": True, "auto_unplug": False})
    owner = f"country_code={known['country_code']}&party_id={known['party_id']}"  # others may have the same stations
    sent = app.post(f"commands/START_SESSION?{owner}", body)
    state: dict[str, Any] = {}

    def has_session() -> bool:
        state.update(app.get(f"commands/{sent['id']}"))
        return state["state"] == "SUCCEEDED" and bool(state["session"])

    wait(has_session, 60)
    path = f"sessions/{state['session']['country_code']}/{state['session']['party_id']}/{state['session']['id']}"
    wait(lambda: app.get(path)["kwh"] > 0, 60)
    control.post("stop", {"session_id": state["session"]["id"]})
    wait(lambda: app.get(path)["status"] == "COMPLETED", 60)
    bills: list[dict[str, Any]] = []

    def billed() -> bool:
        bills[:] = [c for c in app.get("cdrs", limit=100) if c.get("session_id") == state["session"]["id"]]
        return bool(bills)

    wait(billed, 60)
    control.post("unplug", place)
    return bills[0]
