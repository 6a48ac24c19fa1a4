import django.core.validators
import django.db.models.deletion
import ocpi.core.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ocpi_cdrs', '0001_initial'),
        ('ocpi_partners', '0001_initial'),
        ('ocpi_sessions', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vanish_percent', models.PositiveSmallIntegerField(blank=True, help_text='a pull that would take away more than this share is not believed (OCPI_VANISH_PERCENT)', null=True, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='believable loss, %')),
                ('bill_hours', models.PositiveIntegerField(blank=True, help_text='a CDR comes within this time after the end of its charge (OCPI_CDR_LATE_HOURS)', null=True, verbose_name='bills within, hours')),
                ('silent_minutes', models.PositiveIntegerField(blank=True, help_text='a running charge is updated at least this often (OCPI_SESSION_SILENT_MINUTES)', null=True, verbose_name='news within, minutes')),
                ('partner', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='agreement', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['partner'],
            },
        ),
        migrations.CreateModel(
            name='Pull',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('module', models.CharField(max_length=16)),
                ('high_water', models.DateTimeField(blank=True, help_text='the newest last_updated of the last whole pull', null=True)),
                ('running_since', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('received', models.PositiveIntegerField(default=0, help_text='objects in the last pull')),
                ('changed', models.PositiveIntegerField(default=0, help_text='of those, new or newer than ours')),
                ('skipped', models.PositiveIntegerField(default=0, help_text='of those, invalid or not theirs')),
                ('problems', models.JSONField(default=list, help_text='why objects were skipped; the first twenty')),
                ('error', models.CharField(blank=True, max_length=500)),
                ('queued_at', models.DateTimeField(editable=False, null=True)),
                ('claim', models.CharField(blank=True, editable=False, max_length=36)),
                ('beat_at', models.DateTimeField(editable=False, null=True)),
                ('began_at', models.DateTimeField(editable=False, null=True)),
                ('since', models.DateTimeField(editable=False, null=True)),
                ('list_no', models.PositiveIntegerField(default=0, editable=False)),
                ('next_url', models.TextField(blank=True, editable=False)),
                ('pages', models.PositiveIntegerField(default=0, editable=False)),
                ('total', models.PositiveIntegerField(editable=False, null=True)),
                ('newest', models.DateTimeField(editable=False, null=True)),
                ('their_start', models.DateTimeField(editable=False, null=True)),
                ('full_at', models.DateTimeField(editable=False, null=True)),
                ('look_back_to', models.DateTimeField(editable=False, null=True)),
                ('withheld', models.PositiveIntegerField(default=0, help_text='objects that a pull wanted to take away')),
                ('believe', models.BooleanField(default=False, help_text='an operator lets the next pull take away what it does')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pulls', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['partner', 'module'],
            },
        ),
        migrations.CreateModel(
            name='ListedPage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('keys', models.JSONField()),
                ('nameless', models.PositiveIntegerField(default=0)),
                ('pull', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='listed', to='ocpi_sync.pull')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='QuarantinedObject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('module', models.CharField(max_length=16)),
                ('country_code', ocpi.core.fields.CiCharField(blank=True, max_length=2)),
                ('party_id', ocpi.core.fields.CiCharField(blank=True, max_length=3, verbose_name='party')),
                ('object_id', ocpi.core.fields.CiCharField(blank=True, max_length=39, verbose_name='object')),
                ('key', models.CharField(editable=False, max_length=64)),
                ('field', models.CharField(blank=True, help_text='the first field at fault', max_length=255)),
                ('reason', models.TextField()),
                ('count', models.PositiveIntegerField(default=1, verbose_name='times')),
                ('first_seen', models.DateTimeField()),
                ('last_seen', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_by', models.CharField(blank=True, choices=[('CAME', 'a valid version came'), ('REPLAYED', 'replayed')], max_length=8)),
                ('sealed', models.TextField(blank=True, editable=False)),
                ('shown', models.TextField(blank=True, editable=False)),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='quarantine', to='ocpi_partners.partner')),
            ],
            options={
                'verbose_name': 'object left out',
                'verbose_name_plural': 'objects left out',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='SessionWatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_news', models.DateTimeField(verbose_name='last news')),
                ('stale_since', models.DateTimeField()),
                ('escalated_at', models.DateTimeField(blank=True, null=True)),
                ('session', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='watch', to='ocpi_sessions.session')),
            ],
            options={
                'verbose_name': 'silent session',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='MissingBill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('found_at', models.DateTimeField()),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='pulled')),
                ('next_try_at', models.DateTimeField(blank=True, null=True)),
                ('reported_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='bill came')),
                ('cdr', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='ocpi_cdrs.cdr', verbose_name='CDR')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='missing_bills', to='ocpi_partners.partner')),
                ('session', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='missing_bill', to='ocpi_sessions.session')),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['closed_at', 'next_try_at'], name='missing_bill_due'), models.Index(fields=['partner', 'closed_at'], name='missing_bill_of'), models.Index(fields=['found_at', 'id'], name='missing_bill_latest')],
            },
        ),
        migrations.AddConstraint(
            model_name='pull',
            constraint=models.UniqueConstraint(fields=('partner', 'module'), name='pull_once'),
        ),
        migrations.AddIndex(
            model_name='quarantinedobject',
            index=models.Index(fields=['closed_at', 'last_seen'], name='quarantine_open'),
        ),
        migrations.AddIndex(
            model_name='quarantinedobject',
            index=models.Index(fields=['last_seen'], name='quarantine_age'),
        ),
        migrations.AddConstraint(
            model_name='quarantinedobject',
            constraint=models.UniqueConstraint(fields=('partner', 'module', 'key'), name='quarantined_once'),
        ),
    ]
