"""`manage.py doctor` in a new environment: each thing that is missing, with the command that mends it."""

import pytest

from tests.ports import free_port

from .conftest import manage

pytestmark = pytest.mark.requirement("SEED-13")


def test_a_new_installation_is_told_to_migrate_and_then_has_all_it_needs(new_environment: dict[str, str]) -> None:
    environment = {name: value for name, value in new_environment.items() if name != "REDIS_URL"}
    before = manage(environment, "doctor")
    assert (before.returncode, "→ python manage.py migrate" in before.stdout) == (1, True), before
    assert manage(environment, "migrate", "--verbosity", "0").returncode == 0
    after = manage(environment, "doctor")
    assert (after.returncode, "Everything that is needed is there." in after.stdout) == (0, True), after


def test_what_does_not_answer_is_told_in_one_line_each(environment: dict[str, str]) -> None:
    dead = free_port()
    broken = {"DATABASE_URL": f"postgres://nobody@127.0.0.1:{dead}/none", "REDIS_URL": f"redis://127.0.0.1:{dead}/0"}
    done = manage(environment | broken, "doctor")
    assert done.returncode == 1
    for line in ("✗ database", "✗ broker", "✗ worker"):
        assert line in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_settings_that_are_not_right_are_one_line(environment: dict[str, str]) -> None:
    done = manage(environment | {"ENVIRONMENT": "staging"}, "doctor")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "ENVIRONMENT is 'staging'" in done.stderr
