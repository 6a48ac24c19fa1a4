import django.db.models.deletion
import ocpi.core.clock
import ocpi.core.fields
import ocpi.core.ids
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ocpi_locations', '0001_initial'),
        ('ocpi_partners', '0001_initial'),
        ('ocpi_tokens', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country_code', ocpi.core.fields.CiCharField(max_length=2)),
                ('party_id', ocpi.core.fields.CiCharField(max_length=3, verbose_name='party')),
                ('last_updated', models.DateTimeField()),
                ('payload', models.JSONField()),
                ('received_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('session_id', ocpi.core.fields.CiCharField(max_length=36, verbose_name='session')),
                ('status', models.CharField(max_length=12)),
                ('start_date_time', models.DateTimeField(verbose_name='start')),
                ('end_date_time', models.DateTimeField(blank=True, null=True, verbose_name='end')),
                ('kwh', ocpi.core.fields.MoneyField(decimal_places=6, max_digits=20, verbose_name='kWh')),
                ('currency', models.CharField(max_length=3)),
                ('total_cost', ocpi.core.fields.MoneyField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='cost excl. VAT')),
                ('auth_method', models.CharField(max_length=12)),
                ('authorization_reference', ocpi.core.fields.CiCharField(blank=True, max_length=36)),
                ('location_id', ocpi.core.fields.CiCharField(max_length=36, verbose_name='location')),
                ('evse_uid', ocpi.core.fields.CiCharField(max_length=36, verbose_name='EVSE')),
                ('connector_id', ocpi.core.fields.CiCharField(max_length=36, verbose_name='connector')),
                ('token_uid', ocpi.core.fields.CiCharField(max_length=36, verbose_name='token')),
                ('token_type', models.CharField(max_length=12)),
                ('token_country_code', ocpi.core.fields.CiCharField(max_length=2)),
                ('token_party_id', ocpi.core.fields.CiCharField(max_length=3, verbose_name='party of the token')),
                ('contract_id', models.CharField(max_length=36)),
                ('period_count', models.PositiveIntegerField(default=0, verbose_name='periods')),
                ('replaced_at', models.DateTimeField(editable=False)),
                ('field_times', models.JSONField(default=dict, editable=False)),
                ('final_since', models.DateTimeField(editable=False, null=True)),
                ('changed_after_end', models.BooleanField(default=False, help_text='the partner changed it after COMPLETED (AMB-20)')),
                ('location_row', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='sessions', to='ocpi_locations.location')),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='ocpi_partners.partner')),
                ('token_row', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='sessions', to='ocpi_tokens.token')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='ChargingPreference',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('QUEUED', 'Queued'), ('SENDING', 'Sending'), ('ACCEPTED', 'Accepted, waiting'), ('SUCCEEDED', 'Succeeded'), ('FAILED', 'Failed'), ('REJECTED', 'Rejected'), ('TIMED_OUT', 'No result'), ('UNKNOWN', 'Unknown'), ('EXPIRED', 'Never sent'), ('CANCELLED', 'Cancelled by the operator')], default='QUEUED', max_length=10)),
                ('country_code', ocpi.core.fields.CiCharField(max_length=2)),
                ('party_id', ocpi.core.fields.CiCharField(max_length=3, verbose_name='party')),
                ('response', models.JSONField(blank=True, null=True)),
                ('result', models.JSONField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('steps', models.JSONField(default=list)),
                ('correlation_id', models.CharField(default=ocpi.core.ids.new_id, max_length=36)),
                ('created_at', models.DateTimeField(default=ocpi.core.clock.now)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('result_due_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('request', models.JSONField(verbose_name='preferences')),
                ('answer', models.CharField(blank=True, max_length=32)),
                ('api_client', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='%(class)ss', to='ocpi_partners.apiclient')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='ocpi_partners.partner')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='preferences', to='ocpi_sessions.session')),
            ],
            options={
                'ordering': ['-created_at'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ChargingPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pushed_at', models.DateTimeField()),
                ('repeated_at', models.DateTimeField(null=True)),
                ('order_at', models.DateTimeField()),
                ('start_date_time', models.DateTimeField()),
                ('digest', models.CharField(max_length=32)),
                ('payload', models.JSONField()),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='periods', to='ocpi_sessions.session')),
            ],
            options={
                'ordering': ['pushed_at', 'order_at', 'pk'],
            },
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['last_updated'], name='session_updated'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['status', 'last_updated'], name='session_status'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['authorization_reference'], name='session_reference'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['partner', 'location_id'], name='session_place'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['contract_id', 'start_date_time'], name='session_contract'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['partner', 'last_updated'], name='session_of_partner'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['session_id'], name='session_by_id'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['token_uid', 'start_date_time'], name='session_of_token'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['evse_uid', 'last_updated'], name='session_at_evse'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(condition=models.Q(('changed_after_end', True)), fields=['last_updated'], name='session_changed_late'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(condition=models.Q(('status__in', ['PENDING', 'ACTIVE'])), fields=['id'], name='session_running'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.UniqueConstraint(fields=('partner', 'country_code', 'party_id', 'session_id'), name='session_once'),
        ),
        migrations.AddIndex(
            model_name='chargingpreference',
            index=models.Index(fields=['state', 'sent_at'], name='preference_due'),
        ),
        migrations.AddIndex(
            model_name='chargingpreference',
            index=models.Index(fields=['created_at', 'id'], name='preference_latest'),
        ),
        migrations.AddIndex(
            model_name='chargingperiod',
            index=models.Index(fields=['session', 'digest'], name='period_digest'),
        ),
    ]
