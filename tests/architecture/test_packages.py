"""requirements.txt holds all that runs in production: the packages that tests bring along are on no other machine."""

import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = {"drf-spectacular": "sidecar", "psycopg": "binary", "kombu": "redis"}  # kombu: its transport for Redis
# Every role and management command is started from these, with Redis as the broker.
START = """
import os, runpy, sys
from importlib.metadata import packages_distributions

OURS = {OURS!r}
names = lambda found: {{name.lower().replace("_", "-").replace(".", "-") for name in found}}
foreign = {{module for module, found in packages_distributions().items() if not names(found) & OURS}}

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in foreign:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
os.environ.update(DJANGO_SETTINGS_MODULE="emsp_project.settings", REDIS_URL="redis://127.0.0.1:1/0")
from emsp_project import wsgi
from emsp_project.celery import app
app.loader.import_default_modules()
app.connection()
import celery.apps.beat, celery.apps.worker, celery.bin.celery, gunicorn.app.wsgiapp, gunicorn.workers.gthread
import django.urls, mock_cpo.cli
django.urls.get_resolver().url_patterns
runpy.run_path("gunicorn.conf.py")
from django.core.management import get_commands, load_command_class
for name, where in get_commands().items():
    if where.partition(".")[0] in ("ocpi", "learning", "mock_cpo"):
        load_command_class(where, name)
"""


def _name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def listed() -> dict[str, Requirement]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {_name(each.name): each for each in found}


def needed(name: str) -> set[str]:
    """What a package says that it needs on this machine, its extras that we use among it."""
    extra = {"extra": EXTRAS.get(name, "")}
    found = (Requirement(line) for line in requires(name) or ())
    return {_name(each.name) for each in found if each.marker is None or each.marker.evaluate(extra)}


def test_every_version_is_pinned_once() -> None:
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and line[0] != "#"]
    assert [line for line in lines if "==" not in line] == []
    assert len(lines) == len(listed())


def test_what_a_package_needs_is_listed_too() -> None:
    ours, missing = listed(), {}
    for name in ours:
        try:
            missing[name] = needed(name) - set(ours)
        except PackageNotFoundError:
            assert ours[name].marker, f"{name} is not installed"
    assert {name: found for name, found in missing.items() if found} == {}


def start(packages: set[str]) -> str:
    """What is said where only these are installed; nothing when all is well."""
    command = [sys.executable, "-W", "ignore", "-c", START.format(OURS=packages)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    return done.stderr if done.returncode else ""


@pytest.mark.slow
def test_every_role_starts_with_the_listed_packages_alone() -> None:
    assert start(set(listed())) == ""


@pytest.mark.slow
def test_a_package_that_is_not_listed_would_be_found() -> None:
    assert "No module named 'packaging" in start(set(listed()) - {"packaging"})
