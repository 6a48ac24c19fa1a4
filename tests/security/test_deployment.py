"""`manage.py check --deploy` in an environment like production: silent when it is safe, and naming what is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import ROOT


def check(tmp_path: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """In an environment that holds nothing but what production needs."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {
        "ENVIRONMENT": "production", "SECRET_KEY": "s3cr3t-" + "abcdefghijkl" * 5, "OCPI_HOST": "emsp.example.com",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'production.sqlite3'}",
    }  # fmt: skip
    command = [sys.executable, "-W", "ignore", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(
        command, cwd=ROOT, env=environment | changes, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.requirement("TRA-01", "TRA-51", "SEED-10")
def test_a_safe_environment_is_silent(tmp_path: Path) -> None:
    done = check(tmp_path, BACKEND_CORS_ORIGINS="https://app.example.com")
    assert (done.returncode, "no issues" in done.stdout + done.stderr) == (0, True), done.stderr


UNSAFE = {
    "DEBUG": ("true", "DEBUG"),
    "OCPI_HOST": ("http://emsp.example.com", "OCPI_HOST or PROTOCOL says http"),
    "OCPI_ALLOW_PRIVATE_URLS": ("true", "OCPI_ALLOW_PRIVATE_URLS is true"),
    "ALLOWED_HOSTS": ("*", "ALLOWED_HOSTS holds *"),
    "BACKEND_CORS_ORIGINS": ("http://app.example.com", "BACKEND_CORS_ORIGINS"),
    "PROXY_COUNT": ("-1", "PROXY_COUNT"),
    "AUTH_FAILURES_PER_MINUTE": ("1000000", "AUTH_FAILURES_PER_MINUTE"),
    "LOGIN_FAILURES_PER_15_MINUTES": ("0", "LOGIN_FAILURES_PER_15_MINUTES"),
    "MAX_BODY_BYTES": ("1000000000", "MAX_BODY_BYTES"),
    "OCPI_MAX_RESPONSE_BYTES": ("1000000000", "OCPI_MAX_RESPONSE_BYTES"),
    "LOG_LEVEL": ("DEBUG", "LOG_LEVEL is DEBUG"),
    "METRICS_TOKEN": ("guessed", "METRICS_TOKEN is short"),
    "METRICS_NETWORKS": ("0.0.0.0/0", "METRICS_NETWORKS holds the whole internet"),
    "SECURE_SSL_REDIRECT": ("false", "SECURE_SSL_REDIRECT"),
    "SECURE_HSTS_SECONDS": ("0", "SECURE_HSTS_SECONDS"),
}


def test_each_unsafe_setting_is_named(tmp_path: Path) -> None:
    """All at once: that none of them is named without reason, the test above says."""
    done = check(tmp_path, **{name: value for name, (value, _) in UNSAFE.items()})
    assert done.returncode != 0
    assert [told for _, told in UNSAFE.values() if told not in done.stderr] == []


@pytest.mark.requirement("SEED-09")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ENVIRONMENT": "test"}, "ENVIRONMENT is not production"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"NO_AUTH": "true"}, "NO_AUTH"),
    ],
)
def test_what_is_no_production_at_all_is_named_too(tmp_path: Path, changes: dict[str, str], told: str) -> None:
    done = check(tmp_path, **changes)
    assert done.returncode != 0
    assert told in done.stderr


def test_an_operator_whose_password_is_the_name_is_named(db: None) -> None:
    from django.contrib.auth.models import User

    from ocpi.core.checks import guessable_passwords

    User.objects.create_superuser("demo", password="demo")
    User.objects.create_superuser("careful", password="something else")
    [found] = guessable_passwords(None)
    assert "operator demo" in found.msg
