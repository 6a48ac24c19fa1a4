import django.db.models.deletion
import ocpi.core.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ocpi_partners', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Location',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country_code', ocpi.core.fields.CiCharField(max_length=2)),
                ('party_id', ocpi.core.fields.CiCharField(max_length=3, verbose_name='party')),
                ('last_updated', models.DateTimeField()),
                ('payload', models.JSONField()),
                ('received_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('location_id', ocpi.core.fields.CiCharField(max_length=36, verbose_name='location')),
                ('name', models.CharField(blank=True, max_length=255)),
                ('address', models.CharField(max_length=255)),
                ('city', models.CharField(max_length=45)),
                ('postal_code', models.CharField(blank=True, max_length=10)),
                ('country', models.CharField(max_length=3)),
                ('latitude', models.FloatField()),
                ('longitude', models.FloatField()),
                ('time_zone', models.CharField(max_length=255)),
                ('operator_name', models.CharField(blank=True, max_length=100, verbose_name='operator')),
                ('publish', models.BooleanField(default=True)),
                ('gone_at', models.DateTimeField(blank=True, null=True, verbose_name='vanished')),
                ('replaced_at', models.DateTimeField(editable=False)),
                ('field_times', models.JSONField(default=dict, editable=False)),
                ('listed_digest', models.CharField(editable=False, max_length=32, null=True)),
                ('listed_at', models.DateTimeField(editable=False, null=True)),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='EVSE',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('last_updated', models.DateTimeField()),
                ('hidden_at', models.DateTimeField(blank=True, null=True)),
                ('payload', models.JSONField()),
                ('since', models.DateTimeField(editable=False)),
                ('field_times', models.JSONField(default=dict, editable=False)),
                ('uid', ocpi.core.fields.CiCharField(max_length=36)),
                ('evse_id', models.CharField(blank=True, max_length=48, verbose_name='EVSE id')),
                ('status', models.CharField(max_length=12)),
                ('capabilities', models.JSONField(default=list)),
                ('physical_reference', models.CharField(blank=True, max_length=16)),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evses', to='ocpi_locations.location')),
            ],
            options={
                'verbose_name': 'EVSE',
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Connector',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('last_updated', models.DateTimeField()),
                ('hidden_at', models.DateTimeField(blank=True, null=True)),
                ('payload', models.JSONField()),
                ('since', models.DateTimeField(editable=False)),
                ('field_times', models.JSONField(default=dict, editable=False)),
                ('connector_id', ocpi.core.fields.CiCharField(max_length=36, verbose_name='connector')),
                ('standard', models.CharField(max_length=255)),
                ('format', models.CharField(max_length=10)),
                ('power_type', models.CharField(max_length=20)),
                ('max_voltage', models.IntegerField(verbose_name='V')),
                ('max_amperage', models.IntegerField(verbose_name='A')),
                ('power_w', models.BigIntegerField(verbose_name='W')),
                ('tariff_ids', models.JSONField(default=list)),
                ('evse', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='connectors', to='ocpi_locations.evse')),
            ],
            options={
                'ordering': ['position', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('evse', 'connector_id'), name='connector_once')],
            },
        ),
        migrations.AddIndex(
            model_name='location',
            index=models.Index(fields=['latitude', 'longitude'], name='location_place'),
        ),
        migrations.AddIndex(
            model_name='location',
            index=models.Index(fields=['last_updated'], name='location_updated'),
        ),
        migrations.AddConstraint(
            model_name='location',
            constraint=models.UniqueConstraint(fields=('partner', 'country_code', 'party_id', 'location_id'), name='location_once'),
        ),
        migrations.AddIndex(
            model_name='evse',
            index=models.Index(fields=['status'], name='evse_status'),
        ),
        migrations.AddConstraint(
            model_name='evse',
            constraint=models.UniqueConstraint(fields=('location', 'uid'), name='evse_once'),
        ),
    ]
