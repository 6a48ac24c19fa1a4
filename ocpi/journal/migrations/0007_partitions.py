"""PostgreSQL partitions the journal by week; what is there becomes a partition of its own, without being copied.

Beside the traffic: the index that the new primary key needs is built concurrently, the bounds are proven without a lock
that holds up writers, and what remains takes milliseconds. The journal's writers wait for it, requests do not.
"""

from datetime import UTC, datetime, time, timedelta

import django.db.models.deletion
from django.db import migrations, models, transaction

TABLE, OLD = "ocpi_journal_exchange", "ocpi_journal_exchange_before"
KEY = "ocpi_journal_exchange_before_key"


def partition(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    now = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE oid = %s::regclass", [TABLE])
        if cursor.fetchone()[0] == "p":
            return
        cursor.execute(f"SELECT max(started_at) FROM {TABLE}")
        newest = cursor.fetchone()[0]
        # What is there reaches to the end of a week, two days ahead at least: writers go on until the exchange.
        bound = _monday(now) if newest is None else _monday(max(now, newest) + timedelta(days=9))
        if newest is not None:
            _prepare(cursor, connection, bound)
        with transaction.atomic(using=connection.alias):
            _exchange(cursor, bound, empty=newest is None)
            for n in range(2):
                _week(cursor, bound + timedelta(days=7 * n))


def _prepare(cursor, connection, bound):
    beside = "" if connection.in_atomic_block else "CONCURRENTLY"
    cursor.execute(f"DROP INDEX IF EXISTS {KEY}")
    cursor.execute(f"CREATE UNIQUE INDEX {beside} {KEY} ON {TABLE} (id, started_at)")
    cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS before")
    cursor.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT before CHECK (started_at < '{bound.isoformat()}') NOT VALID")
    cursor.execute(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT before")


def _exchange(cursor, bound, empty):
    cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
    cursor.execute("SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
                   " WHERE indrelid = %s::regclass AND NOT indisunique", [TABLE])
    indexes = cursor.fetchall()
    cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {TABLE}")
    next_id = cursor.fetchone()[0]
    cursor.execute(f"ALTER TABLE {TABLE} RENAME TO {OLD}")
    for name, _ in indexes:
        cursor.execute(f"ALTER INDEX {name} RENAME TO {_old(name)}")
    cursor.execute(f"ALTER TABLE {OLD} ALTER COLUMN id DROP IDENTITY IF EXISTS")
    cursor.execute(f"ALTER TABLE {OLD} DROP CONSTRAINT {TABLE}_pkey")
    cursor.execute(f"CREATE TABLE {TABLE} (LIKE {OLD} INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (started_at)")
    cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS before")
    cursor.execute(f"CREATE SEQUENCE {TABLE}_id_seq START {next_id} OWNED BY {TABLE}.id")
    cursor.execute(f"ALTER TABLE {TABLE} ALTER COLUMN id SET DEFAULT nextval('{TABLE}_id_seq')")
    cursor.execute(f"ALTER TABLE {TABLE} ADD PRIMARY KEY (id, started_at)")
    for _, definition in indexes:
        cursor.execute(definition)
    if empty:
        cursor.execute(f"DROP TABLE {OLD}")
    else:
        cursor.execute(f"ALTER TABLE {OLD} ADD CONSTRAINT {KEY} PRIMARY KEY USING INDEX {KEY}")
        cursor.execute(f"ALTER TABLE {TABLE} ATTACH PARTITION {OLD}"
                       f" FOR VALUES FROM (MINVALUE) TO ('{bound.isoformat()}')")
        cursor.execute(f"ALTER TABLE {OLD} DROP CONSTRAINT before")
    cursor.execute(f"CREATE TABLE {TABLE}_default PARTITION OF {TABLE} DEFAULT")


def _old(name):
    return f"{name[:55]}_before"


def _monday(moment):
    day = moment.astimezone(UTC).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(), UTC)


def _week(cursor, week):
    cursor.execute(f"CREATE TABLE {TABLE}_{week:%Y_%m_%d} PARTITION OF {TABLE}"
                   f" FOR VALUES FROM ('{week.isoformat()}') TO ('{(week + timedelta(days=7)).isoformat()}')")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ocpi_journal", "0006_exchange_counts"), ("ocpi_partners", "0007_plain_use")]
    operations = [
        migrations.AlterField(
            model_name="exchange",
            name="api_client",
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="exchanges", to="ocpi_partners.apiclient"),
        ),
        migrations.AlterField(
            model_name="exchange",
            name="partner",
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="exchanges", to="ocpi_partners.partner"),
        ),
        # A partitioned table serves the code of before as well: there is nothing to be undone.
        migrations.RunPython(partition, migrations.RunPython.noop, elidable=False),
    ]
