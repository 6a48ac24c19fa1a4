"""The demo is the product's first promise: a charge from handshake to bill, between two processes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.ports import free_port

from .conftest import ROOT, manage, wait

CHARGED = ("1000, BLOCKED", "404, 2004", "is PENDING", "is COMPLETED", "is stored as the CPO made it", "is a match")
THROUGH_THE_HUB = ("HUB NL-HUB", "TO NL-HUB (GET ALL)", "FROM DE-RHE TO NL-EMS, through the hub", "FR-LUM is CONNECTED")


@pytest.mark.timeout(240)
def test_the_demo_tells_its_story_twice_on_one_database(new_environment: dict[str, str], tmp_path: Path) -> None:
    """The second time the mock CPO is new and remembers nothing, while the eMSP still has everything."""
    for _ in range(2):
        assert_told(run_demo(new_environment, tmp_path), tmp_path, *CHARGED)


@pytest.mark.requirement("HUB-14", "HUB-10", "HCI-11", "HCI-07")
def test_the_demo_tells_its_story_with_a_hub(environment: dict[str, str], tmp_path: Path) -> None:
    done = run_demo(environment, tmp_path, "--hub")
    assert_told(done, tmp_path, *CHARGED, *THROUGH_THE_HUB)
    holders = [line for line in done.stdout.splitlines() if "of our tokens" in line]
    assert len(holders) == 3, "each CPO behind the hub holds our tokens"


def run_demo(environment: dict[str, str], logs: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return manage(environment, *arguments(Ports(free_port(), free_port()), logs), *options)


def assert_told(done: subprocess.CompletedProcess[str], folder: Path, *facts: str) -> None:
    logs = "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in folder.glob("*.log"))
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{logs}"
    assert done.stderr == ""
    assert [fact for fact in facts if fact not in done.stdout] == []


class Ports(NamedTuple):
    emsp: int
    cpo: int


def arguments(ports: Ports, logs: Path) -> list[str]:
    numbers = ["--emsp-port", str(ports.emsp), "--cpo-port", str(ports.cpo)]
    return ["demo", "--exit", "--fast", "400", "--logs", str(logs), *numbers]


class Running(NamedTuple):
    process: subprocess.Popen[str]
    ports: Ports

    def ends_with(self, code: int) -> str:
        """The line that it complains with, whatever Python says of its own tidying up; and nothing of it is left."""
        _, complaint = self.process.communicate(timeout=60)
        assert self.process.returncode == code, complaint
        wait(lambda: processes_of(self.ports) == [], 20)
        *noise, line = complaint.splitlines()
        assert noise == [] or noise[0].startswith("Exception ignored in"), complaint
        return line


@pytest.fixture
def handshaking(environment: dict[str, str], tmp_path: Path) -> Iterator[Running]:
    """A demo whose story has begun."""
    ports, output = Ports(free_port(), free_port()), tmp_path / "demo.txt"
    command = [sys.executable, "-W", "ignore", "manage.py", *arguments(ports, tmp_path)]
    with output.open("w") as out:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=subprocess.PIPE, text=True)
    try:
        wait(lambda: "Handshake" in output.read_text() or process.poll() is not None, 120)
        yield Running(process, ports)
    finally:
        process.terminate()
        process.wait(20)
        if process.stderr is not None:
            process.stderr.close()


def processes_of(ports: Ports) -> list[int]:
    """Whole numbers: the command lines of a browser are full of long ones."""
    pattern = f"(^|[^0-9])({ports.emsp}|{ports.cpo})([^0-9]|$)"
    found = subprocess.run(["pgrep", "-f", pattern], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_an_interrupted_story_is_no_success_and_leaves_nothing_behind(
    handshaking: Running, number: signal.Signals
) -> None:
    handshaking.process.send_signal(number)
    assert "interrupted before the story was at its end" in handshaking.ends_with(130)


@pytest.mark.parametrize(
    ("victim", "name"), [("mock_cpo --port {cpo}", "mock CPO"), ("gunicorn .*localhost:{emsp}", "eMSP")]
)
def test_a_platform_that_dies_is_named_with_its_log(handshaking: Running, victim: str, name: str) -> None:
    pattern = victim.format(**handshaking.ports._asdict())
    found = subprocess.run(["pgrep", "-o", "-f", pattern], capture_output=True, text=True, check=True)
    os.kill(int(found.stdout), signal.SIGKILL)
    line = handshaking.ends_with(1)
    assert f"the {name} process was killed by signal 9. Its log is " in line


def test_a_port_in_use_is_one_clear_line(environment: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = manage(environment, "demo", "--exit", "--emsp-port", str(port), "--logs", str(tmp_path))
    assert done.returncode == 1
    [line] = [line for line in done.stderr.splitlines() if line.strip()]
    assert f"port {port} is in use" in line
    assert "--emsp-port" in line


@pytest.mark.parametrize(
    ("setting", "value", "advice"),
    [
        ("DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3", "Check DATABASE_URL"),
        ("REDIS_URL", "redis://:secret@127.0.0.1:1/0", "Redis at 127.0.0.1:1 cannot be used (ConnectionError). Start"),
    ],
)
def test_what_cannot_be_reached_is_one_clear_line(
    environment: dict[str, str], tmp_path: Path, setting: str, value: str, advice: str
) -> None:
    done = run_demo(environment | {setting: value}, tmp_path)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert advice in line
    assert "secret" not in line


def test_the_demo_refuses_to_run_in_production(environment: dict[str, str]) -> None:
    production = environment | {
        "ENVIRONMENT": "production",
        "SECRET_KEY": "k" * 50,
        "OCPI_HOST": "https://emsp.example",
    }
    done = manage(production, "demo", "--exit")
    assert done.returncode == 1
    assert "ENVIRONMENT=development" in done.stderr
