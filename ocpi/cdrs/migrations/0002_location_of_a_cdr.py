from django.db import migrations, models

import ocpi.core.fields
from ocpi.protocol.types import ci_key


def take_it_from_the_payload(apps, schema_editor):
    rows = apps.get_model("ocpi_cdrs", "CDR").objects
    batch = []
    for row in rows.only("payload").iterator(500):
        row.location_id = ci_key(row.payload["cdr_location"]["id"])
        batch.append(row)
        if len(batch) == 500:
            rows.bulk_update(batch, ["location_id"])
            batch = []
    rows.bulk_update(batch, ["location_id"])


class Migration(migrations.Migration):

    dependencies = [
        ('ocpi_cdrs', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='cdr',
            name='location_id',
            field=ocpi.core.fields.CiCharField(default='', max_length=36, verbose_name='location id'),
            preserve_default=False,
        ),
        migrations.RunPython(take_it_from_the_payload, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name='cdr',
            index=models.Index(fields=['partner', 'location_id'], name='cdr_of_location'),
        ),
    ]
