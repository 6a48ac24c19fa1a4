"""`manage.py check --deploy` in an environment like production: silent when it is safe, and naming what is not."""

import os
import re
import subprocess
import sys

import pytest
from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from ocpi.core import checks
from tests.platforms import ROOT, settings_of
from tests.rehearsal.production import example

EXAMPLE = example() | {"SECRET_KEY": "s3cr3t-" + "abcdefghijkl" * 5}
_ROW = re.compile(r"^\| `([A-Z_0-9]+)` \| (?:`([^`]*)`|\(empty\)) \| (.+) \|$", re.MULTILINE)
ROWS = [row for row in _ROW.findall((ROOT / "docs/deployment.md").read_text()) if "check" not in row[2]]

FOLLOWED = {"ENVIRONMENT", "REDIS_URL"}  # other settings have their defaults from these
# The test's own; and Django starts every app again when apps are set, the admin with nothing registered.
KEPT = {"DATABASES", "CACHES", "INSTALLED_APPS"}


def said_to(environment: dict[str, str]) -> list[str]:
    """What starting and checking says to these settings, without a process for each."""
    try:
        found = settings_of(environment)
    except ImproperlyConfigured as refused:
        return [str(refused)]
    names = [name for name in found if name.isupper() and name not in KEPT]
    with override_settings(**{name: found[name] for name in names}):
        return [message.msg for message in run_checks(tags=[Tags.security], include_deployment_checks=True)]


def check(**changes: str) -> subprocess.CompletedProcess[str]:
    """As an operator types it, in an environment that holds nothing but the example."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | EXAMPLE | changes
    command = [sys.executable, "-W", "ignore", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.requirement("TRA-01", "TRA-51", "SEED-10")
@pytest.mark.long
def test_a_safe_environment_is_silent() -> None:
    done = check(BACKEND_CORS_ORIGINS="https://app.example.com")
    assert (done.returncode, "no issues" in done.stdout + done.stderr) == (0, True), done.stderr


@pytest.mark.long
def test_an_unsafe_one_fails() -> None:
    done = check(ALLOWED_HOSTS="*", LOG_LEVEL="DEBUG")
    assert done.returncode != 0
    assert [told for told in ("ALLOWED_HOSTS holds *", "LOG_LEVEL is DEBUG") if told not in done.stderr] == []


@pytest.mark.parametrize(("name", "value", "told"), ROWS, ids=[f"{name}={value}" for name, value, _ in ROWS])
@pytest.mark.requirement("TRA-51", "SEED-09", "SEED-10")
def test_each_unsafe_setting_is_named_and_nothing_else(db: None, name: str, value: str, told: str) -> None:
    said = said_to(EXAMPLE | {name: value})
    assert [each for each in said if told in each]
    assert len(said) == 1 or name in FOLLOWED, said


def test_the_example_is_safe_once_it_is_filled_in(db: None) -> None:
    assert said_to(EXAMPLE) == []
    [said] = said_to(example())  # as it stands
    assert "SECRET_KEY" in said


def test_every_check_of_ours_has_its_row() -> None:
    assert [rule.message for rule in checks._RULES if not any(row[2] in rule.message for row in ROWS)] == []


def test_an_operator_whose_password_is_the_name_is_named(db: None) -> None:
    from django.contrib.auth.models import User

    from ocpi.core.checks import guessable_passwords

    User.objects.create_superuser("demo", password="demo")
    User.objects.create_superuser("careful", password="something else")
    [found] = guessable_passwords(None)
    assert "operator demo" in found.msg
