"""Platforms on a foreign stack, as real processes: a CPO and an eMSP made with extrawest-ocpi (foreign_stack/)."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from learning.demo.callers import answers
from learning.demo.processes import Process
from tests.platforms import ROOT, wait
from tests.ports import free_port

HERE = Path(__file__).parent / "foreign_stack"
COUNTRY = "DE"
PARTIES = {"cpo": "FST", "emsp": "FSM"}


def python_of_the_stack() -> Path:
    """Its environment, made once for these requirements and this Python, and kept below var/."""
    requirements = HERE / "requirements.txt"
    key = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    home = ROOT / "var" / "foreign_stack" / key
    home.parent.mkdir(parents=True, exist_ok=True)
    python = home / "bin" / "python"
    with (home.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process of this test run may be making it
        if not (home / "complete").exists():
            _install(home, python, requirements)
    return python


def _install(home: Path, python: Path, requirements: Path) -> None:
    """Skips where the packages cannot be had, or are too old for this Python."""
    shutil.rmtree(home, ignore_errors=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)]
    bare = {name: value for name, value in os.environ.items() if name != "ENVIRONMENT"}  # the package reads it too
    imported = [str(python), "-c", "import py_ocpi.main, uvicorn"]
    for command in ([sys.executable, "-m", "venv", str(home)], pip, imported):
        try:
            done = subprocess.run(command, env=bare, capture_output=True, text=True, timeout=110, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip("extrawest-ocpi cannot be installed here within 110 s")
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            pytest.skip(f"extrawest-ocpi cannot be used here: {last}")
    (home / "complete").touch()


def process(kind: str, port: int, environment: dict[str, str], log: Path, *tokens_a: str) -> Process:
    """`kind` is cpo or emsp; each of `tokens_a` lets one partner register."""
    theirs = {name: value for name, value in environment.items() if not name.lower().endswith("_proxy")}
    theirs |= {"OCPI_HOST": f"localhost:{port}", "PROTOCOL": "http", "COUNTRY_CODE": COUNTRY, "PARTY_ID": PARTIES[kind]}
    theirs["ENVIRONMENT"] = "production"  # its log
    command = [str(python_of_the_stack()), str(HERE / f"{kind}.py"), *tokens_a]
    return Process(kind, command, log, theirs)


@contextmanager
def running(kind: str, folder: Path, *tokens_a: str) -> Iterator[str]:
    """Its URL, once it answers."""
    port = free_port()
    platform = process(kind, port, dict(os.environ), folder / f"{kind}.log", *tokens_a)
    platform.start()
    try:
        wait(lambda: answers(f"http://localhost:{port}/control/state"), 60)
        yield f"http://localhost:{port}"
    finally:
        platform.end()
        print(f"--- {kind}\n{platform.last_lines(40)}")
