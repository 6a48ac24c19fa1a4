from django.db import migrations, models
from django.db.models import F, Max, Q, Window

from ocpi.protocol import order

RUNNING = ["PENDING", "RESERVATION", "ACTIVE"]


def keep_the_order_of_periods(apps, schema_editor):
    """By start, but never against the order in which a push had them."""
    periods = apps.get_model("ocpi_sessions", "ChargingPeriod").objects
    periods.update(order_at=F("start_date_time"))
    latest = Window(Max("start_date_time"), partition_by=["session_id", "pushed_at"], order_by="pk")
    unsorted = periods.annotate(latest=latest).filter(latest__gt=F("start_date_time"))
    batch = []
    for period in unsorted.defer("payload").iterator(1000):
        period.order_at = period.latest
        batch.append(period)
    periods.bulk_update(batch, ["order_at"], batch_size=500)


def protect_what_is_newer(apps, schema_editor):
    """Of which fields PATCHes gave since the last PUT nobody took note: all of them, then, at the newest time."""
    sessions = apps.get_model("ocpi_sessions", "Session").objects
    over = sessions.exclude(status__in=RUNNING)
    over.update(final_since=F("last_updated"), replaced_at=F("last_updated"))
    batch = []
    for row in sessions.filter(Q(status__in=RUNNING), last_updated__gt=F("replaced_at")).iterator(1000):
        row.field_times = order.given(order.counting(row.payload, row.last_updated, {}), row.last_updated, {})
        batch.append(row)
    sessions.bulk_update(batch, ["field_times"], batch_size=500)


def settle(apps, schema_editor):
    """PostgreSQL alters no table that has deferred checks waiting."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):

    dependencies = [
        ('ocpi_sessions', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='chargingperiod',
            name='order_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='chargingperiod',
            name='repeated_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='session',
            name='field_times',
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='session',
            name='final_since',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunPython(keep_the_order_of_periods, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(protect_what_is_newer, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(settle, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name='chargingperiod',
            name='order_at',
            field=models.DateTimeField(),
        ),
        migrations.AlterModelOptions(
            name='chargingperiod',
            options={'ordering': ['pushed_at', 'order_at', 'pk']},
        ),
    ]
