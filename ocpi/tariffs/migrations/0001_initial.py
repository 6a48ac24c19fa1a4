import django.db.models.deletion
import ocpi.core.clock
import ocpi.core.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ocpi_partners', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tariff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country_code', ocpi.core.fields.CiCharField(max_length=2)),
                ('party_id', ocpi.core.fields.CiCharField(max_length=3, verbose_name='party')),
                ('last_updated', models.DateTimeField()),
                ('payload', models.JSONField()),
                ('received_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('tariff_id', ocpi.core.fields.CiCharField(max_length=36, verbose_name='tariff')),
                ('currency', models.CharField(max_length=3)),
                ('type', models.CharField(blank=True, max_length=20)),
                ('valid_from', models.DateTimeField(blank=True, null=True)),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['last_updated'], name='tariff_updated')],
                'constraints': [models.UniqueConstraint(fields=('partner', 'country_code', 'party_id', 'tariff_id'), name='tariff_once')],
            },
        ),
        migrations.CreateModel(
            name='TariffVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country_code', ocpi.core.fields.CiCharField(max_length=2)),
                ('party_id', ocpi.core.fields.CiCharField(max_length=3, verbose_name='party')),
                ('tariff_id', ocpi.core.fields.CiCharField(max_length=36, verbose_name='tariff')),
                ('last_updated', models.DateTimeField()),
                ('received_at', models.DateTimeField(default=ocpi.core.clock.now)),
                ('payload', models.JSONField()),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tariff_versions', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['partner', 'country_code', 'party_id', 'tariff_id', '-received_at'], name='tariff_version_of')],
            },
        ),
    ]
