"""The journal; PostgreSQL keeps it in partitions of a week each."""

from datetime import UTC, datetime, time, timedelta

import django.db.models.deletion
from django.db import migrations, models

TABLE = "ocpi_journal_exchange"


def partition(apps, schema_editor):
    """The table as Django made it, made anew with its columns, defaults and indexes."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass AND NOT indisunique",
                       [TABLE])
        indexes = [definition for (definition,) in cursor.fetchall()]
        cursor.execute(f"ALTER TABLE {TABLE} RENAME TO {TABLE}_plain")
        cursor.execute(f"CREATE TABLE {TABLE} (LIKE {TABLE}_plain INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
                       " PARTITION BY RANGE (started_at)")
        cursor.execute(f"DROP TABLE {TABLE}_plain")
        cursor.execute(f"CREATE SEQUENCE {TABLE}_id_seq OWNED BY {TABLE}.id")
        cursor.execute(f"ALTER TABLE {TABLE} ALTER COLUMN id SET DEFAULT nextval('{TABLE}_id_seq')")
        cursor.execute(f"ALTER TABLE {TABLE} ADD PRIMARY KEY (id, started_at)")
        for definition in indexes:
            cursor.execute(definition)
        today = datetime.now(UTC).date()
        monday = datetime.combine(today - timedelta(days=today.weekday()), time(), UTC)
        for week, end in ((monday + timedelta(days=7 * n), monday + timedelta(days=7 * n + 7)) for n in range(2)):
            cursor.execute(f"CREATE TABLE {TABLE}_{week:%Y_%m_%d} PARTITION OF {TABLE}"
                           f" FOR VALUES FROM ('{week.isoformat()}') TO ('{end.isoformat()}')")
        cursor.execute(f"CREATE TABLE {TABLE}_default PARTITION OF {TABLE} DEFAULT")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ocpi_partners', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExchangeCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('direction', models.CharField(max_length=3)),
                ('partner_id', models.BigIntegerField()),
                ('api_client_id', models.BigIntegerField()),
                ('module', models.CharField(max_length=64)),
                ('http_status', models.PositiveSmallIntegerField()),
                ('status_code', models.PositiveSmallIntegerField()),
                ('calls', models.BigIntegerField()),
                ('total_ms', models.BigIntegerField()),
                ('within_25', models.BigIntegerField()),
                ('within_100', models.BigIntegerField()),
                ('within_250', models.BigIntegerField()),
                ('within_500', models.BigIntegerField()),
                ('within_1000', models.BigIntegerField()),
                ('within_2500', models.BigIntegerField()),
                ('within_5000', models.BigIntegerField()),
                ('within_15000', models.BigIntegerField()),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('direction', 'partner_id', 'api_client_id', 'module', 'http_status', 'status_code'), name='exchange_kind_once')],
            },
        ),
        migrations.CreateModel(
            name='Exchange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('direction', models.CharField(choices=[('IN', 'in'), ('OUT', 'out')], max_length=3)),
                ('module', models.CharField(max_length=64)),
                ('method', models.CharField(max_length=8)),
                ('url', models.CharField(max_length=1000)),
                ('http_status', models.PositiveSmallIntegerField(null=True)),
                ('status_code', models.PositiveSmallIntegerField(null=True, verbose_name='OCPI status')),
                ('duration_ms', models.PositiveIntegerField()),
                ('request_id', models.CharField(db_index=True, max_length=255)),
                ('correlation_id', models.CharField(db_index=True, max_length=255)),
                ('request_headers', models.JSONField(default=dict)),
                ('request_body', models.TextField(blank=True)),
                ('response_headers', models.JSONField(default=dict)),
                ('response_body', models.TextField(blank=True)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('started_at', models.DateTimeField(db_index=True)),
                ('api_client', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='exchanges', to='ocpi_partners.apiclient')),
                ('partner', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='exchanges', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['-started_at', '-pk'],
                'permissions': [('replay_exchange', 'Can have a received push taken in once more')],
                'indexes': [models.Index(fields=['partner', '-started_at'], name='exchange_of_partner'), models.Index(fields=['api_client', '-started_at'], name='exchange_of_api_client'), models.Index(fields=['module', '-started_at'], name='exchange_of_module'), models.Index(fields=['http_status', '-started_at'], name='exchange_by_http_status'), models.Index(fields=['status_code', '-started_at'], name='exchange_by_status_code'), models.Index(condition=models.Q(('duration_ms__gte', 1000)), fields=['-started_at'], name='exchange_slow'), models.Index(condition=models.Q(models.Q(('error', ''), _negated=True), ('http_status', None), ('http_status__gte', 300), ('status_code__lt', 1000), ('status_code__gte', 2000), _connector='OR'), fields=['-started_at'], name='exchange_failed'), models.Index(fields=['url', '-started_at'], name='exchange_of_url'), models.Index(condition=models.Q(('api_client', None), ('direction', 'IN'), ('partner', None)), fields=['-started_at'], name='exchange_of_nobody')],
            },
        ),
        migrations.RunPython(partition, migrations.RunPython.noop),
    ]
