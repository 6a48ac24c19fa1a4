"""The database that the desk is measured on: made once, kept, and mended where models or fillings changed.

Each filling is remembered beside the rows that it made, so that after a migration only what it touches is made anew.
"""

import hashlib
from collections.abc import Container, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.apps import apps
from django.core.management import call_command
from django.db import connection, models

from ocpi.core import clock
from ocpi.journal import partitions
from ocpi.journal.models import Exchange

from . import charges_filling, drivers_filling, partners_filling, places_filling
from .sizes import counts
from .statements import Filling

# By what they refer to: SQL reads the rows that were made before.
FILLINGS: dict[str, Filling] = {
    **partners_filling.FILLINGS, **places_filling.FILLINGS,
    **{name: drivers_filling.FILLINGS[name] for name in ("ocpi_tokens.Token",)},
    **charges_filling.FILLINGS, **drivers_filling.FILLINGS,
}  # fmt: skip
# Models that need no rows of ours, and why.
LEFT_OUT = {
    "auth.Permission": "migrations make them", "auth.Group": "migrations make them",
    "auth.Group_permissions": "migrations make them", "contenttypes.ContentType": "migrations make them",
    "auth.User_user_permissions": "rights come with roles", "sessions.Session": "no page lists logins",
    "ocpi_journal.ExchangeCount": "a few rows for each partner, on no page",
}  # fmt: skip
_REMEMBERED = """CREATE TABLE IF NOT EXISTS bench_filled (
    model text PRIMARY KEY, filling text NOT NULL, at timestamptz NOT NULL DEFAULT now()
)"""


def every_model() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def fill(
    share: float = 1.0, again: frozenset[str] = frozenset(), *, only: Container[str] = FILLINGS, **full: int
) -> Iterator[tuple[str, int, float]]:
    """Migrate, and make what is missing or changed. Yields (model, rows, seconds) of each table that was made.

    `full`: other full sizes than those of `sizes`.
    """
    call_command("migrate", verbosity=0)
    _run(_REMEMBERED)
    known, sizes = dict(_rows("SELECT model, filling FROM bench_filled")), counts(share, **full)
    for name, filling in FILLINGS.items():
        if name not in only:
            continue
        digest = digest_of(filling, sizes)
        if known.get(name) != digest or name in again:
            begin = datetime.now()
            made = _make(apps.get_model(name), filling, sizes)
            _run(
                "INSERT INTO bench_filled VALUES (%s, %s) ON CONFLICT (model)"
                " DO UPDATE SET filling = excluded.filling, at = now()",
                [name, digest],
            )
            yield name, made, (datetime.now() - begin).total_seconds()


def digest_of(filling: Filling, sizes: dict[str, int]) -> str:
    return hashlib.blake2b(filling.text(sizes).encode(), digest_size=16).hexdigest()


def _make(model: type[models.Model], filling: Filling, sizes: dict[str, int]) -> int:
    """Without triggers, because all references are right by construction, and with indexes built afterwards."""
    table = model._meta.db_table
    if model is Exchange:
        partitions.prepare(since=clock.now() - timedelta(days=61))
    with _unreferenced(), _unindexed(table):
        _run(f'DELETE FROM "{table}"')
        _run(f'VACUUM "{table}"')  # or every new key is looked for among the dead ones
        _run(filling.statement(model, sizes))
    (made,) = _rows(f'SELECT count(*) FROM "{table}"')[0]
    if isinstance(model._meta.pk, models.AutoField | models.BigAutoField):
        _run(f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), {made + 1})")
    _run(f'VACUUM (ANALYZE) "{table}"')
    return int(made)


@contextmanager
def _unreferenced() -> Iterator[None]:
    _run("SET session_replication_role = replica")
    try:
        yield
    finally:
        _run("SET session_replication_role = DEFAULT")


@contextmanager
def _unindexed(table: str) -> Iterator[None]:
    """Without the indexes that are no constraints: to build them at the end takes a fraction of the time."""
    plain = _rows(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')"
        " WHERE i.indrelid = %s::regclass AND c.oid IS NULL",
        [f'"{table}"'],
    )
    for name, _ in plain:
        _run(f"DROP INDEX {name}")
    try:
        yield
    finally:
        for _, definition in plain:
            _run(definition.replace(" ON ONLY ", " ON "))  # of a partitioned table: on all its parts


def _run(sql: str, values: list[str] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _rows(sql: str, values: list[str] | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
