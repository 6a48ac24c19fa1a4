import django.db.models.deletion
import ocpi.core.clock
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ocpi_partners', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('WAITING', 'waiting for a worker'), ('RUNNING', 'running'), ('DONE', 'done'), ('FAILED', 'broke off')], default='WAITING', max_length=8)),
                ('asked_at', models.DateTimeField(default=ocpi.core.clock.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('errors', models.PositiveIntegerField(default=0)),
                ('warnings', models.PositiveIntegerField(default=0)),
                ('notes', models.PositiveIntegerField(default=0)),
                ('problem', models.CharField(blank=True, max_length=500)),
                ('report', models.JSONField(default=dict)),
                ('comparison', models.JSONField(default=dict)),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='conformance_runs', to='ocpi_partners.partner')),
            ],
            options={
                'verbose_name': 'conformance check',
                'ordering': ['-asked_at', '-pk'],
                'indexes': [models.Index(fields=['partner', '-asked_at'], name='conformance_of_partner')],
            },
        ),
    ]
