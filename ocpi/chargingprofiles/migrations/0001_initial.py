import django.db.models.deletion
import ocpi.core.clock
import ocpi.core.fields
import ocpi.core.ids
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ocpi_partners', '0001_initial'),
        ('ocpi_sessions', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ActiveProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start_date_time', models.DateTimeField()),
                ('payload', models.JSONField()),
                ('received_at', models.DateTimeField(auto_now=True)),
                ('session', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='active_profile', to='ocpi_sessions.session')),
            ],
            options={
                'ordering': ['-received_at'],
            },
        ),
        migrations.CreateModel(
            name='ProfileRequest',
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
                ('kind', models.CharField(choices=[('SET', 'set'), ('GET', 'get'), ('CLEAR', 'clear')], max_length=5)),
                ('profile', models.JSONField(blank=True, null=True)),
                ('duration', models.PositiveIntegerField(blank=True, help_text='GET: of the profile asked for, in seconds', null=True)),
                ('warning', models.CharField(blank=True, max_length=500)),
                ('wait_until', models.DateTimeField(blank=True, null=True)),
                ('api_client', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='%(class)ss', to='ocpi_partners.apiclient')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='ocpi_partners.partner')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='profile_requests', to='ocpi_sessions.session')),
            ],
            options={
                'ordering': ['-created_at'],
                'abstract': False,
                'indexes': [models.Index(fields=['state', 'result_due_at'], name='profile_due'), models.Index(fields=['created_at', 'id'], name='profile_latest')],
            },
        ),
    ]
