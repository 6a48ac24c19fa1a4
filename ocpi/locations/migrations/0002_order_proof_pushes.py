from django.db import migrations, models
from django.db.models import F


def begin_with_what_is_there(apps, schema_editor):
    """Of what was pushed on its own nobody took note; nothing older than what is there may change it."""
    apps.get_model("ocpi_locations", "Location").objects.update(replaced_at=F("last_updated"))
    for name in ("EVSE", "Connector"):
        apps.get_model("ocpi_locations", name).objects.update(since=F("last_updated"))
    if schema_editor.connection.vendor == "postgresql":  # it alters no table that has deferred checks waiting
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):

    dependencies = [
        ('ocpi_locations', '0001_initial'),
    ]

    operations = [
        migrations.AddField('location', 'replaced_at', models.DateTimeField(editable=False, null=True)),
        migrations.AddField('location', 'field_times', models.JSONField(default=dict, editable=False)),
        migrations.AddField('evse', 'since', models.DateTimeField(editable=False, null=True)),
        migrations.AddField('evse', 'field_times', models.JSONField(default=dict, editable=False)),
        migrations.AddField('connector', 'since', models.DateTimeField(editable=False, null=True)),
        migrations.AddField('connector', 'field_times', models.JSONField(default=dict, editable=False)),
        migrations.RunPython(begin_with_what_is_there, migrations.RunPython.noop, elidable=True),
        migrations.AlterField('location', 'replaced_at', models.DateTimeField(editable=False)),
        migrations.AlterField('evse', 'since', models.DateTimeField(editable=False)),
        migrations.AlterField('connector', 'since', models.DateTimeField(editable=False)),
    ]
