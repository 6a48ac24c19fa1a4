import django.db.models.deletion
import ocpi.core.clock
import ocpi.core.fields
import ocpi.core.ids
import ocpi.protocol.commands
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ocpi_partners', '0001_initial'),
        ('ocpi_tokens', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Command',
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
                ('type', models.CharField(choices=[(ocpi.protocol.commands.CommandType['CANCEL_RESERVATION'], 'CANCEL_RESERVATION'), (ocpi.protocol.commands.CommandType['RESERVE_NOW'], 'RESERVE_NOW'), (ocpi.protocol.commands.CommandType['START_SESSION'], 'START_SESSION'), (ocpi.protocol.commands.CommandType['STOP_SESSION'], 'STOP_SESSION'), (ocpi.protocol.commands.CommandType['UNLOCK_CONNECTOR'], 'UNLOCK_CONNECTOR')], max_length=20, verbose_name='command')),
                ('location_id', ocpi.core.fields.CiCharField(blank=True, max_length=36, verbose_name='location')),
                ('evse_uid', ocpi.core.fields.CiCharField(blank=True, max_length=36, verbose_name='EVSE')),
                ('session_id', ocpi.core.fields.CiCharField(blank=True, max_length=36, verbose_name='session')),
                ('reservation_id', ocpi.core.fields.CiCharField(blank=True, max_length=36, verbose_name='reservation')),
                ('authorization_reference', ocpi.core.fields.CiCharField(blank=True, db_index=True, max_length=36)),
                ('request', models.JSONField()),
                ('webhook_url', models.CharField(blank=True, max_length=255)),
                ('webhook_state', models.CharField(blank=True, choices=[('', 'none'), ('WAITING', 'waiting'), ('SENT', 'sent'), ('FAILED', 'given up')], default='', max_length=8)),
                ('webhook_attempts', models.PositiveSmallIntegerField(default=0)),
                ('webhook_due_at', models.DateTimeField(blank=True, null=True)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True, verbose_name='cancelled by us')),
                ('api_client', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='%(class)ss', to='ocpi_partners.apiclient')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='ocpi_partners.partner')),
                ('token', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='commands', to='ocpi_tokens.token')),
                ('undoes', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='ocpi_commands.command', verbose_name='stops what it started')),
            ],
            options={
                'ordering': ['-created_at'],
                'abstract': False,
                'indexes': [models.Index(fields=['state', 'result_due_at'], name='command_due'), models.Index(fields=['webhook_state', 'webhook_due_at'], name='command_webhook'), models.Index(fields=['created_at'], name='command_created'), models.Index(fields=['partner', 'created_at'], name='command_of_partner'), models.Index(fields=['location_id', 'created_at'], name='command_at_location'), models.Index(condition=models.Q(('session_id', ''), _negated=True), fields=['session_id'], name='command_of_session'), models.Index(fields=['correlation_id'], name='command_flow')],
            },
        ),
    ]
