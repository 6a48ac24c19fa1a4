"""Indexes for tables that are large already: PostgreSQL builds them beside the traffic, without locking writers out.

A migration with these is not atomic. If it is broken off, PostgreSQL keeps an index that is marked invalid: drop it,
and migrate again.
"""

from typing import Any

from django.db import migrations


class AddIndex(migrations.AddIndex):
    """`AddIndexConcurrently` where there is PostgreSQL, the usual one elsewhere."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.add_index(model, self.index, **_beside(schema_editor, model._meta.db_table))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.remove_index(model, self.index, **_beside(schema_editor, model._meta.db_table))


def _beside(schema_editor: Any, table: str) -> dict[str, bool]:
    connection = schema_editor.connection
    possible = connection.vendor == "postgresql" and not connection.in_atomic_block
    return {"concurrently": True} if possible and not _partitioned(connection, table) else {}


def _partitioned(connection: Any, table: str) -> bool:
    """PostgreSQL builds no index of a partitioned table concurrently."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = %s::regclass", [table])
        return bool(cursor.fetchone()[0])
