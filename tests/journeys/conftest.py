"""Both platforms as real processes, on free ports, with a database of their own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
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
