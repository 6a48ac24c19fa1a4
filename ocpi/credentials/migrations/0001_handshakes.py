import django.db.models.deletion
import ocpi.core.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ocpi_partners', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Handshake',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('direction', models.CharField(choices=[('OURS', 'we start'), ('THEIRS', 'they start')], max_length=6)),
                ('state', models.CharField(choices=[('QUEUED', 'waits for a worker'), ('RUNNING', 'running'), ('WAITING', 'waits for them'), ('FAILED', 'failed'), ('CONNECTED', 'connected'), ('CANCELLED', 'cancelled')], max_length=9)),
                ('step', models.CharField(blank=True, choices=[('VERSIONS', 'versions'), ('DETAILS', 'version details'), ('CREDENTIALS', 'credentials'), ('READING', 'their versions and details'), ('STORED', 'stored')], max_length=11)),
                ('versions_url', models.CharField(blank=True, max_length=255)),
                ('token_a', models.TextField(blank=True, editable=False)),
                ('flow', models.CharField(blank=True, max_length=255)),
                ('tries', models.PositiveIntegerField(default=0)),
                ('cause', models.CharField(blank=True, max_length=20)),
                ('detail', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(default=ocpi.core.clock.now)),
                ('began_at', models.DateTimeField(default=ocpi.core.clock.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='handshakes', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
                'indexes': [models.Index(fields=['state', 'claimed_at'], name='handshake_unfinished')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['CONNECTED', 'CANCELLED']), _negated=True), fields=('partner',), name='one_open_handshake')],
            },
        ),
    ]
