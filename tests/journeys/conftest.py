"""Both platforms as real processes, on free ports, with a database of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a development installation that has never been used."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield _environment(f"sqlite:///{tmp_path / 'journey.sqlite3'}")
        return
    name = f"journey_{uuid4().hex[:12]}"
    server, _, _ = url.replace("postgres://", "postgresql://").rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        yield _environment(f"{server}/{name}".replace("postgresql://", "postgres://"))
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _environment(database_url: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if k not in {"DJANGO_SETTINGS_MODULE", "OCPI_HOST", "PROTOCOL"}}
    return inherited | {"DATABASE_URL": database_url, "ENVIRONMENT": "development", "COLUMNS": "150"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def manage(environment: dict[str, str], *arguments: str, timeout: float = 110) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", str(ROOT / "manage.py"), *arguments]
    return subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
    )


class Demo(NamedTuple):
    """A demo that has told its story and stays up: the ports of its two platforms."""

    emsp: int
    cpo: int


@pytest.fixture
def demo(environment: dict[str, str], tmp_path: Path) -> Iterator[Demo]:
    ports = Demo(free_port(), free_port())
    arguments = ["--emsp-port", str(ports.emsp), "--cpo-port", str(ports.cpo), "--logs", str(tmp_path / "logs")]
    command = [sys.executable, "-W", "ignore", "manage.py", "demo", "--fast", "400", *arguments]
    output = tmp_path / "demo.txt"
    with output.open("w") as out:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        wait(lambda: "Both platforms stay up" in output.read_text() or process.poll() is not None, 90)
        assert process.poll() is None, output.read_text()
        yield ports
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def wait(reached: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
