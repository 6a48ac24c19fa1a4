"""`manage.py learn --auto`: every lesson, against two real processes, with right and wrong answers."""

from pathlib import Path

import pytest

from learning.course.catalogue import all_lessons
from tests.ports import free_port

from .conftest import manage


@pytest.mark.timeout(300)
def test_every_claim_of_every_lesson_holds(environment: dict[str, str], tmp_path: Path) -> None:
    ports = ["--emsp-port", str(free_port()), "--cpo-port", str(free_port()), "--logs", str(tmp_path / "logs")]
    played = manage(environment, "learn", "--auto", *ports, timeout=280)
    assert played.returncode == 0, played.stdout + played.stderr
    assert f"All {len(all_lessons())} lessons hold" in played.stdout
    assert played.stdout.count("✓") == len(all_lessons())
