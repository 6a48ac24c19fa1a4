import django.db.models.deletion
import ocpi.alerts.alert_models
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
            name='Mark',
            fields=[
                ('name', models.CharField(max_length=16, primary_key=True, serialize=False)),
                ('first', models.BigIntegerField()),
                ('last', models.BigIntegerField()),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, unique=True)),
                ('event', models.CharField(choices=[('light', 'the light of a partner changes'), ('command', 'a command gets no result'), ('bill', 'a bill is over an amount'), ('test', 'somebody tries it out')], max_length=8)),
                ('title', models.CharField(max_length=200)),
                ('text', models.TextField(blank=True)),
                ('path', models.CharField(max_length=255)),
                ('data', models.JSONField(default=dict)),
                ('at', models.DateTimeField(db_index=True, default=ocpi.core.clock.now)),
                ('partner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='alerts', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answered_at', models.DateTimeField()),
                ('skew_seconds', models.IntegerField(null=True)),
                ('skew_at', models.DateTimeField(null=True)),
                ('partner', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='contact', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['partner'],
            },
        ),
        migrations.CreateModel(
            name='Light',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('colour', models.CharField(choices=[('GREEN', 'green'), ('AMBER', 'amber'), ('RED', 'red'), ('OFF', 'off')], default='OFF', max_length=5)),
                ('since', models.DateTimeField()),
                ('reasons', models.JSONField(default=list)),
                ('looked_at', models.DateTimeField()),
                ('told', models.CharField(choices=[('GREEN', 'green'), ('AMBER', 'amber'), ('RED', 'red'), ('OFF', 'off')], default='GREEN', editable=False, max_length=5)),
                ('partner', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='light', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['partner'],
            },
        ),
        migrations.CreateModel(
            name='Recipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('kind', models.CharField(choices=[('EMAIL', 'e-mail'), ('WEBHOOK', 'webhook')], default='EMAIL', max_length=7, verbose_name='by')),
                ('address', models.CharField(help_text='an e-mail address, or the URL that is called', max_length=500)),
                ('active', models.BooleanField(default=True)),
                ('events', models.JSONField(default=ocpi.alerts.alert_models.every_event, verbose_name='told when')),
                ('bill_over', ocpi.core.fields.MoneyField(blank=True, decimal_places=6, help_text='excl. VAT; bills of this currency that cost more', max_digits=20, null=True, verbose_name='bills over')),
                ('bill_currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                ('secret', models.TextField(blank=True, editable=False)),
                ('partners', models.ManyToManyField(blank=True, help_text='about whom; none chosen means everyone', related_name='+', to='ocpi_partners.partner')),
            ],
            options={
                'verbose_name': 'recipient of alerts',
                'verbose_name_plural': 'recipients of alerts',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='LightChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True)),
                ('before', models.CharField(blank=True, choices=[('GREEN', 'green'), ('AMBER', 'amber'), ('RED', 'red'), ('OFF', 'off')], max_length=5)),
                ('after', models.CharField(choices=[('GREEN', 'green'), ('AMBER', 'amber'), ('RED', 'red'), ('OFF', 'off')], max_length=5)),
                ('reasons', models.JSONField(default=list)),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='light_changes', to='ocpi_partners.partner')),
            ],
            options={
                'verbose_name': 'change of light',
                'verbose_name_plural': 'changes of light',
                'ordering': ['-at', '-pk'],
                'indexes': [models.Index(fields=['partner', '-at'], name='light_change_of')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('WAITING', 'waiting'), ('SENT', 'sent'), ('FAILED', 'given up')], default='WAITING', max_length=7)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(default=ocpi.core.clock.now)),
                ('sent_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('claim', models.CharField(blank=True, editable=False, max_length=36)),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='ocpi_alerts.alert')),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='ocpi_alerts.recipient')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'ordering': ['-pk'],
                'indexes': [models.Index(condition=models.Q(('state', 'WAITING')), fields=['recipient', 'due_at'], name='alert_delivery_due'), models.Index(condition=models.Q(('claim', ''), _negated=True), fields=['claim'], name='alert_delivery_claim')],
                'constraints': [models.UniqueConstraint(fields=('alert', 'recipient'), name='alert_delivered_once')],
            },
        ),
    ]
