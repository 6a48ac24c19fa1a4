"""The handshake in both directions, with a web server of two threads: each side calls the other back meanwhile."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from learning.demo.callers import Control, answers
from ocpi.protocol.headers import authorization
from tests.ports import free_port

from .conftest import ROOT, manage, wait

TOKEN_A = "token-a-of-the-cpo"


class Platforms(NamedTuple):
    emsp: str
    cpo: str
    environment: dict[str, str]


@pytest.fixture
def platforms(environment: dict[str, str], tmp_path: Path) -> Iterator[Platforms]:
    emsp, cpo = free_port(), free_port()
    here = environment | {"OCPI_HOST": f"localhost:{emsp}", "PROTOCOL": "http"}
    assert manage(here, "migrate", "--verbosity", "0").returncode == 0
    web = ["gunicorn", "emsp_project.wsgi", "--bind", f"localhost:{emsp}", "--workers", "1", "--threads", "2"]
    mock = ["mock_cpo", "--port", str(cpo), "--public-url", f"http://localhost:{cpo}", "--token-a", TOKEN_A]
    with (tmp_path / "platforms.log").open("w") as log:
        children = [
            subprocess.Popen([sys.executable, "-m", *command], env=here, cwd=ROOT, stdout=log, stderr=log)
            for command in ([*web, "--no-control-socket"], mock)
        ]
    found = Platforms(f"http://localhost:{emsp}", f"http://localhost:{cpo}", here)
    try:
        wait(lambda: _is_up(found.emsp), 60)
        wait(lambda: answers(f"{found.cpo}/control/health"), 60)
        yield found
    finally:
        for child in children:
            child.terminate()
            child.wait(30)


def _is_up(url: str) -> bool:
    """It answers; /health would also want a worker, which nobody needs for a handshake."""
    try:
        return requests.get(f"{url}/ocpi/versions", timeout=2).status_code == 401
    except requests.RequestException:
        return False


def test_they_register_with_us(platforms: Platforms) -> None:
    printed = manage(platforms.environment, "add_partner", "Mock").stdout.split()
    token_a = printed[-1]
    done = Control(platforms.cpo).post(
        "register", {"versions_url": f"{platforms.emsp}/ocpi/versions", "token": token_a}
    )
    assert done["state"] == "REGISTERED"
    again = requests.get(
        f"{platforms.emsp}/ocpi/versions", headers={"Authorization": authorization(token_a)}, timeout=30
    )
    assert again.status_code == 401
    synchronised = manage(platforms.environment, "sync_partner", "Mock")
    assert "locations: 36 received" in synchronised.stdout, synchronised.stderr


def test_we_register_with_them(platforms: Platforms) -> None:
    versions_url = f"{platforms.cpo}/ocpi/cpo/versions"
    command = ["register_partner", "Mock", "--versions-url", versions_url, "--token", TOKEN_A]
    done = manage(platforms.environment, *command)
    assert "Mock is registered with OCPI 2.2.1" in done.stdout, done.stderr
    [theirs] = Control(platforms.cpo).get("registrations")
    assert theirs["state"] == "REGISTERED"

    again = manage(platforms.environment, *command)
    assert again.returncode == 1
    assert "registered already" in again.stderr


def test_a_partner_that_cannot_be_reached_is_one_clear_line(environment: dict[str, str]) -> None:
    assert manage(environment, "migrate", "--verbosity", "0").returncode == 0
    url = f"http://localhost:{free_port()}/versions"
    done = manage(environment, "register_partner", "Nobody", "--versions-url", url, "--token", "x" * 20)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "refused" in done.stderr


@pytest.mark.parametrize(
    "command",
    [["add_partner", "X"], ["add_api_client", "X"], ["sync_partner", "X"], ["add_token", "04", "--contract-id", "C"]],
)
def test_a_database_that_is_not_migrated_is_one_clear_line(new_environment: dict[str, str], command: list[str]) -> None:
    done = manage(new_environment, *command)
    assert done.returncode == 1
    assert "manage.py migrate" in done.stderr
    assert "Traceback" not in done.stderr
