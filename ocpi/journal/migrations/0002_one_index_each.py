"""Request and correlation ids have one index each instead of two: the one for beginnings finds whole ids as well.

Each batch of the journal enters its ids at places all over an index, which costs the more the larger that is.
"""

from django.db import migrations, models

TABLE = "ocpi_journal_exchange"
NAMES = {"request_id": "exchange_request", "correlation_id": "exchange_correlation"}


def keep_one(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    with schema_editor.connection.cursor() as cursor:
        found = schema_editor.connection.introspection.get_constraints(cursor, TABLE)
        for column, name in NAMES.items():
            old = [key for key, it in found.items() if it["index"] and it["columns"] == [column] and key != name]
            for key in old:
                if postgresql and key.endswith("_like"):
                    cursor.execute(f'ALTER INDEX "{key}" RENAME TO "{name}"')
                else:
                    cursor.execute(f'DROP INDEX "{key}"')
            if not postgresql and name not in found:
                cursor.execute(f'CREATE INDEX "{name}" ON "{TABLE}" ("{column}")')


class Migration(migrations.Migration):

    dependencies = [
        ('ocpi_journal', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField('exchange', 'request_id', models.CharField(max_length=255)),
                migrations.AlterField('exchange', 'correlation_id', models.CharField(max_length=255)),
                migrations.AddIndex('exchange', models.Index(
                    fields=['request_id'], name='exchange_request', opclasses=['varchar_pattern_ops'])),
                migrations.AddIndex('exchange', models.Index(
                    fields=['correlation_id'], name='exchange_correlation', opclasses=['varchar_pattern_ops'])),
            ],
            database_operations=[migrations.RunPython(keep_one, migrations.RunPython.noop)],
        ),
    ]
