"""A lesson in the terminal, typed by somebody who first guesses wrong, against two real processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import free_port

from .conftest import ROOT

# The roles lesson: read, guess, let it happen, look around, answer wrongly and rightly, break, write.
_TYPED = [
    "", "2", "", "m", "m 1", "x 1 answer.data.0.version", "", "1", "2", "1", "2", "send", "set path.0 3.0", "send", "1",
    "2", "",
]  # fmt: skip


@pytest.mark.timeout(240)
def test_a_lesson_is_played_to_its_end(environment: dict[str, str], tmp_path: Path) -> None:
    ports = ["--emsp-port", str(free_port()), "--cpo-port", str(free_port()), "--logs", str(tmp_path / "logs")]
    command = [sys.executable, "-W", "ignore", str(ROOT / "manage.py"), "learn", "roles", *ports]
    played = subprocess.run(
        command, input="\n".join(_TYPED) + "\n", env=environment, cwd=ROOT, capture_output=True, text=True,
        timeout=220, check=False,
    )  # fmt: skip
    told = played.stdout
    assert played.returncode == 0, told + played.stderr
    assert "The end" in told
    assert told.count("not so") == 4, told
    assert "GET" in told
    assert "Version.version" in told
    assert "12 of" not in told, "who guesses wrong first does not get every point"
