"""Databases for tests and for the processes that they start: copies of one that was migrated once.

Migrating takes ten seconds of a core, a copy none. What is copied is kept between runs: it is named after a digest of
all code that migrations and what follows them depend on.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from functools import cache
from pathlib import Path
from uuid import uuid4

import django
import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
# Besides models and migrations, what these import, and what seeds a development installation.
CODE = ("ocpi/core/*.py", "ocpi/partners/*.py", "ocpi/operations/roles.py", "emsp_project/settings.py")
MODELS = (
    "ocpi/**/models*.py",
    "ocpi/**/models/*.py",
    "learning/models.py",
    "ocpi/**/migrations/*.py",
    "learning/migrations/*.py",
)
MADE_BY_MIGRATIONS = {"django_content_type", "auth_permission"}
KEPT_DAYS, KEPT_ON_POSTGRESQL = 2, 20
_TEMPLATES = Path(tempfile.gettempdir()) / f"emsp-templates-{os.getuid()}"


@contextmanager
def database(environment: Mapping[str, str], folder: Path, *, migrated: bool = True, name: str = "") -> Iterator[str]:
    """The URL of a new one, gone afterwards: beside the one that `environment` names, or a SQLite file in `folder`.

    `environment`: of the processes that will use it. `name`: on PostgreSQL; what is there by that name is replaced.
    """
    url = environment.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        file = folder / "emsp.sqlite3"
        if migrated:
            shutil.copy(_sqlite_template(environment), file)
        yield f"sqlite:///{file}"
        return
    own = name or f"emsp_{uuid4().hex[:12]}"
    _create(url, own, _postgresql_template(environment) if migrated else "template1")
    try:
        yield beside(url, own)
    finally:
        _drop(url, own)


def beside(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return re.sub(r"(//[^/]*)/[^?]*", rf"\1/{name}", url)


def empty() -> None:
    """What a test committed, gone; what migrations have made stays.

    Django would truncate every table, and make all permissions and content types anew: seconds for each such test.
    """
    from django.db import connection, transaction

    from ocpi.journal import writer

    writer.forget()  # its thread would write after this
    quote = connection.ops.quote_name
    tables = [quote(name) for name in connection.introspection.django_table_names(only_existing=True)]
    asked = " UNION ALL ".join(
        f"SELECT {at} WHERE EXISTS (SELECT 1 FROM {table})"  # noqa: S608 - names of our models
        for at, table in enumerate(tables)
        if table.strip('"') not in MADE_BY_MIGRATIONS
    )
    with transaction.atomic(), connection.cursor() as cursor:  # foreign keys are looked at in the end
        cursor.execute(asked)
        for (at,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {tables[at]}")  # noqa: S608


# --- what is copied ---------------------------------------------------------------------------------------------------
def _sqlite_template(environment: Mapping[str, str]) -> Path:
    file = _TEMPLATES / f"{_digest(environment)}.sqlite3"
    with _alone():
        if not file.exists():
            half = file.with_suffix(f".{os.getpid()}")
            _migrate(environment, f"sqlite:///{half}")
            half.rename(file)
            _forget_old_files()
    return file


def _postgresql_template(environment: Mapping[str, str]) -> str:
    week = f"{date.today():%G%V}"  # the journal's partitions are made for the week of the migration
    url, name = environment["DATABASE_URL"], f"emsp_template_{_digest(environment)}_{week}"
    with _alone():
        if name not in _templates_at(url):
            half = f"emsp_half_{uuid4().hex[:12]}"
            _create(url, half, "template1")
            _migrate(environment, beside(url, half))
            with _server(url) as server:
                server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (half, name))))
            for old in _templates_at(url)[KEPT_ON_POSTGRESQL:]:
                with suppress(psycopg.Error):  # somebody copies it just now
                    _drop(url, old)
    return name


def _digest(environment: Mapping[str, str]) -> str:
    seeds = f"{environment.get('ENVIRONMENT')} {environment.get('SECRET_KEY')} {django.__version__}"
    return hashlib.sha256((_code() + seeds).encode()).hexdigest()[:16]


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for path in sorted({path for pattern in (*MODELS, *CODE) for path in ROOT.glob(pattern)}):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _migrate(environment: Mapping[str, str], url: str) -> None:
    command = [sys.executable, "-W", "ignore", str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
    chosen = {**environment, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "emsp_project.settings"}
    done = subprocess.run(command, env=chosen, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@contextmanager
def _alone() -> Iterator[None]:
    """One process of this machine makes it, the others wait."""
    _TEMPLATES.mkdir(mode=0o700, exist_ok=True)
    with (_TEMPLATES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _forget_old_files() -> None:
    for file in _TEMPLATES.glob("*.sqlite3*"):
        if file.stat().st_mtime < time.time() - KEPT_DAYS * 86_400:
            file.unlink()


# --- PostgreSQL -------------------------------------------------------------------------------------------------------
def _server(url: str) -> psycopg.Connection:
    return psycopg.connect(beside(url, "postgres").replace("postgres://", "postgresql://"), autocommit=True)


def _create(url: str, name: str, template: str) -> None:
    _drop(url, name)
    names = map(sql.Identifier, (name, template))
    with _server(url) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))


def _drop(url: str, name: str) -> None:
    with _server(url) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _templates_at(url: str) -> list[str]:
    """The newest first."""
    found = "SELECT datname FROM pg_database WHERE datname LIKE 'emsp\\_template\\_%' ORDER BY oid DESC"
    with _server(url) as server:
        return [name for (name,) in server.execute(found)]
