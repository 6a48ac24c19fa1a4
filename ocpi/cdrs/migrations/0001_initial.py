import django.db.models.deletion
import ocpi.core.clock
import ocpi.core.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ocpi_partners', '0001_initial'),
        ('ocpi_sessions', '0001_initial'),
        ('ocpi_tokens', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CDR',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country_code', ocpi.core.fields.CiCharField(max_length=2)),
                ('party_id', ocpi.core.fields.CiCharField(max_length=3, verbose_name='party')),
                ('last_updated', models.DateTimeField()),
                ('payload', models.JSONField()),
                ('received_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('cdr_id', ocpi.core.fields.CiCharField(max_length=39, verbose_name='CDR')),
                ('digest', models.CharField(editable=False, max_length=64)),
                ('start_date_time', models.DateTimeField(verbose_name='start')),
                ('end_date_time', models.DateTimeField(verbose_name='end')),
                ('session_id', ocpi.core.fields.CiCharField(blank=True, max_length=36, verbose_name='session')),
                ('authorization_reference', ocpi.core.fields.CiCharField(blank=True, max_length=36)),
                ('token_uid', ocpi.core.fields.CiCharField(max_length=36, verbose_name='token')),
                ('token_type', models.CharField(max_length=12)),
                ('contract_id', models.CharField(max_length=36)),
                ('location_id', ocpi.core.fields.CiCharField(max_length=36, verbose_name='location id')),
                ('location_name', models.CharField(blank=True, max_length=255, verbose_name='location')),
                ('evse_id', models.CharField(max_length=48, verbose_name='EVSE id')),
                ('currency', models.CharField(max_length=3)),
                ('total_cost', ocpi.core.fields.MoneyField(decimal_places=6, max_digits=20, verbose_name='cost excl. VAT')),
                ('total_cost_incl_vat', ocpi.core.fields.MoneyField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='cost incl. VAT')),
                ('total_energy', ocpi.core.fields.MoneyField(decimal_places=6, max_digits=20, verbose_name='kWh')),
                ('total_time', ocpi.core.fields.MoneyField(decimal_places=6, max_digits=20, verbose_name='hours')),
                ('credit', models.BooleanField(default=False)),
                ('credit_reference_id', ocpi.core.fields.CiCharField(blank=True, max_length=39, verbose_name='credits')),
                ('invoice_reference_id', ocpi.core.fields.CiCharField(blank=True, max_length=39, verbose_name='invoice')),
                ('remarks', models.JSONField(default=list)),
                ('verdict', models.CharField(choices=[('waiting', 'not checked yet'), ('match', 'match'), ('rounding', 'within rounding'), ('mismatch', 'mismatch'), ('unpriceable', 'cannot be priced'), ('credit', 'credit')], default='waiting', max_length=12)),
                ('our_cost', ocpi.core.fields.MoneyField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='our price excl. VAT')),
                ('difference', ocpi.core.fields.MoneyField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='theirs minus ours')),
                ('report', models.JSONField(blank=True, editable=False, null=True)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('check_claimed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='ocpi_partners.partner')),
                ('session_row', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='cdrs', to='ocpi_sessions.session')),
                ('token_row', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='cdrs', to='ocpi_tokens.token')),
            ],
            options={
                'verbose_name': 'CDR',
                'ordering': ['pk'],
                'permissions': [('export_cdr', 'Can export CDRs and evidence')],
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('severity', models.CharField(choices=[('error', 'error'), ('warning', 'warning'), ('hold', 'hold'), ('info', 'info')], max_length=8)),
                ('amount', ocpi.core.fields.MoneyField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('sentence', models.CharField(max_length=500)),
                ('cdr', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='ocpi_cdrs.cdr')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255, verbose_name='file')),
                ('digest', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('content', models.BinaryField(blank=True, default=b'')),
                ('layout', models.JSONField(blank=True, default=dict)),
                ('state', models.CharField(choices=[('DRAFT', 'to be confirmed'), ('DONE', 'reconciled')], default='DRAFT', max_length=6)),
                ('uploaded_at', models.DateTimeField(default=ocpi.core.clock.now)),
                ('first_start', models.DateTimeField(blank=True, null=True)),
                ('last_start', models.DateTimeField(blank=True, null=True)),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='ocpi_partners.partner')),
                ('uploaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-uploaded_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='InvoiceLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(null=True, verbose_name='line')),
                ('cdr_ref', models.CharField(blank=True, max_length=64, verbose_name='CDR')),
                ('session_ref', models.CharField(blank=True, max_length=64, verbose_name='session')),
                ('start', models.DateTimeField(null=True)),
                ('kwh', ocpi.core.fields.MoneyField(decimal_places=6, max_digits=20, null=True, verbose_name='kWh')),
                ('excl_vat', ocpi.core.fields.MoneyField(decimal_places=6, max_digits=20, null=True, verbose_name='excl. VAT')),
                ('incl_vat', ocpi.core.fields.MoneyField(decimal_places=6, max_digits=20, null=True, verbose_name='incl. VAT')),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('result', models.CharField(choices=[('MATCHED', 'matched'), ('DIFFERS', 'amount differs'), ('UNKNOWN', 'not in our books'), ('TWICE', 'billed twice'), ('MISSING', 'not on the invoice'), ('BAD', 'cannot be read')], max_length=8)),
                ('difference', ocpi.core.fields.MoneyField(decimal_places=6, max_digits=20, null=True, verbose_name='theirs minus the CDR')),
                ('note', models.CharField(blank=True, max_length=300)),
                ('cdr', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='invoice_lines', to='ocpi_cdrs.cdr')),
                ('invoice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='ocpi_cdrs.invoice')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3)),
                ('ended_at', models.DateTimeField(verbose_name='end')),
                ('state', models.CharField(choices=[('OPEN', 'open'), ('DISPUTED', 'disputed'), ('ACCEPTED', 'accepted'), ('CREDITED', 'credited'), ('CLEARED', 'cleared by a later check')], default='OPEN', max_length=10)),
                ('finding', models.CharField(blank=True, max_length=40, verbose_name='chief finding')),
                ('at_stake', ocpi.core.fields.MoneyField(decimal_places=6, default=0, max_digits=20, verbose_name='at stake')),
                ('claimed', ocpi.core.fields.MoneyField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='disputed')),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('opened_at', models.DateTimeField(default=ocpi.core.clock.now)),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('cdr', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='review', to='ocpi_cdrs.cdr')),
                ('credit_cdr', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='credited_reviews', to='ocpi_cdrs.cdr')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='ocpi_partners.partner')),
            ],
            options={
                'verbose_name': 'bill under review',
                'verbose_name_plural': 'bills under review',
                'ordering': ['-at_stake', '-pk'],
                'permissions': [('decide_bill', 'Can accept, dispute and assign bills')],
            },
        ),
        migrations.CreateModel(
            name='ReviewEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=ocpi.core.clock.now)),
                ('act', models.CharField(max_length=16)),
                ('before', models.CharField(blank=True, max_length=10)),
                ('after', models.CharField(max_length=10)),
                ('amount', ocpi.core.fields.MoneyField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('note', models.TextField(blank=True, max_length=2000)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('cdr', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='ocpi_cdrs.cdr')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='ocpi_cdrs.review')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='WantedTariff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tariff_id', ocpi.core.fields.CiCharField(max_length=36, verbose_name='tariff')),
                ('seen', models.PositiveIntegerField(default=0)),
                ('cdr', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wanted_tariffs', to='ocpi_cdrs.cdr')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='BillDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('bills', models.PositiveIntegerField()),
                ('energy', ocpi.core.fields.MoneyField(decimal_places=6, max_digits=20, verbose_name='kWh')),
                ('cost', ocpi.core.fields.MoneyField(decimal_places=6, max_digits=20, verbose_name='cost excl. VAT')),
                ('newest', models.BigIntegerField(db_index=True)),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='bill_days', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['day', 'partner'],
                'constraints': [models.UniqueConstraint(fields=('day', 'partner', 'currency'), name='bill_day_once')],
            },
        ),
        migrations.AddIndex(
            model_name='cdr',
            index=models.Index(fields=['last_updated'], name='cdr_updated'),
        ),
        migrations.AddIndex(
            model_name='cdr',
            index=models.Index(fields=['session_id', 'partner'], name='cdr_session'),
        ),
        migrations.AddIndex(
            model_name='cdr',
            index=models.Index(fields=['partner', 'location_id'], name='cdr_of_location'),
        ),
        migrations.AddIndex(
            model_name='cdr',
            index=models.Index(fields=['credit_reference_id', 'partner'], name='cdr_credited'),
        ),
        migrations.AddIndex(
            model_name='cdr',
            index=models.Index(fields=['verdict', 'last_updated'], name='cdr_verdict'),
        ),
        migrations.AddIndex(
            model_name='cdr',
            index=models.Index(fields=['token_uid', 'start_date_time'], name='cdr_of_token'),
        ),
        migrations.AddIndex(
            model_name='cdr',
            index=models.Index(fields=['end_date_time', 'partner'], name='cdr_ended'),
        ),
        migrations.AddIndex(
            model_name='cdr',
            index=models.Index(fields=['contract_id', 'end_date_time'], name='cdr_contract'),
        ),
        migrations.AddIndex(
            model_name='cdr',
            index=models.Index(fields=['partner', 'last_updated'], name='cdr_of_partner'),
        ),
        migrations.AddIndex(
            model_name='cdr',
            index=models.Index(condition=models.Q(('credit', True)), fields=['last_updated'], name='cdr_credit_notes'),
        ),
        migrations.AddIndex(
            model_name='cdr',
            index=models.Index(fields=['cdr_id'], name='cdr_by_id'),
        ),
        migrations.AddIndex(
            model_name='cdr',
            index=models.Index(condition=models.Q(('authorization_reference', ''), _negated=True), fields=['authorization_reference'], name='cdr_reference'),
        ),
        migrations.AddConstraint(
            model_name='cdr',
            constraint=models.UniqueConstraint(fields=('partner', 'country_code', 'party_id', 'cdr_id'), name='cdr_once'),
        ),
        migrations.AddIndex(
            model_name='finding',
            index=models.Index(fields=['code', 'severity'], name='finding_code'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('partner', 'digest'), name='invoice_once'),
        ),
        migrations.AddIndex(
            model_name='invoiceline',
            index=models.Index(fields=['invoice', 'result'], name='invoice_result'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['-at_stake', '-id'], name='review_by_money'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['state', '-at_stake', '-id'], name='review_queue'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['partner', 'state', '-at_stake'], name='review_of_partner'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['currency', 'state', '-at_stake'], name='review_in_currency'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['ended_at'], name='review_of_month'),
        ),
        migrations.AddConstraint(
            model_name='wantedtariff',
            constraint=models.UniqueConstraint(fields=('cdr', 'tariff_id'), name='wanted_once'),
        ),
    ]
