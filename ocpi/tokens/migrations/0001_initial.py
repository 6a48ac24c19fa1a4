import django.db.models.deletion
import ocpi.core.fields
import ocpi.protocol.tokens
import ocpi.protocol.types
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
            name='Token',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country_code', ocpi.core.fields.CiCharField(max_length=2)),
                ('party_id', ocpi.core.fields.CiCharField(max_length=3, verbose_name='party')),
                ('uid', ocpi.core.fields.CiCharField(max_length=36, verbose_name='UID')),
                ('type', models.CharField(choices=[(ocpi.protocol.types.TokenType['AD_HOC_USER'], 'AD_HOC_USER'), (ocpi.protocol.types.TokenType['APP_USER'], 'APP_USER'), (ocpi.protocol.types.TokenType['OTHER'], 'OTHER'), (ocpi.protocol.types.TokenType['RFID'], 'RFID')], default=ocpi.protocol.types.TokenType['RFID'], max_length=12)),
                ('contract_id', models.CharField(max_length=36, verbose_name='contract')),
                ('visual_number', models.CharField(blank=True, max_length=64)),
                ('issuer', models.CharField(max_length=64)),
                ('group_id', models.CharField(blank=True, max_length=36, verbose_name='group')),
                ('status', models.CharField(choices=[('ACTIVE', 'active'), ('BLOCKED', 'blocked'), ('EXPIRED', 'expired'), ('NO_CREDIT', 'no credit'), ('NOT_ALLOWED', 'not allowed')], default='ACTIVE', max_length=12)),
                ('whitelist', models.CharField(choices=[(ocpi.protocol.tokens.WhitelistType['ALWAYS'], 'ALWAYS'), (ocpi.protocol.tokens.WhitelistType['ALLOWED'], 'ALLOWED'), (ocpi.protocol.tokens.WhitelistType['ALLOWED_OFFLINE'], 'ALLOWED_OFFLINE'), (ocpi.protocol.tokens.WhitelistType['NEVER'], 'NEVER')], default=ocpi.protocol.tokens.WhitelistType['ALLOWED'], max_length=16)),
                ('language', models.CharField(blank=True, max_length=2)),
                ('default_profile_type', models.CharField(blank=True, choices=[(ocpi.protocol.types.ProfileType['CHEAP'], 'CHEAP'), (ocpi.protocol.types.ProfileType['FAST'], 'FAST'), (ocpi.protocol.types.ProfileType['GREEN'], 'GREEN'), (ocpi.protocol.types.ProfileType['REGULAR'], 'REGULAR')], max_length=8)),
                ('energy_contract', models.JSONField(blank=True, default=dict)),
                ('allowed_locations', models.JSONField(blank=True, default=list, help_text='where it may charge: [{"location_id": …, "evse_uids": […]}]; empty: all')),
                ('last_updated', models.DateTimeField()),
                ('payload', models.JSONField(editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('sandbox', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sandbox_tokens', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('active', models.BooleanField(default=True)),
                ('contract_id', models.CharField(blank=True, help_text='for every token of this contract', max_length=36, verbose_name='contract')),
                ('valid_from', models.DateTimeField(blank=True, null=True)),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('countries', models.JSONField(blank=True, default=list)),
                ('locations', models.JSONField(blank=True, default=list, help_text='[{"location_id": …, "evse_uids": […]}]; empty: all', verbose_name='allowed locations')),
                ('max_charges', models.PositiveSmallIntegerField(blank=True, help_text='reservations do not count', null=True, verbose_name='charges at once')),
                ('budget', ocpi.core.fields.MoneyField(blank=True, decimal_places=6, help_text='excluding VAT: what is billed, and what is not billed yet', max_digits=20, null=True)),
                ('budget_currency', models.CharField(blank=True, max_length=3)),
                ('budget_period', models.CharField(choices=[('DAY', 'a day'), ('MONTH', 'a month'), ('CONTRACT', 'the whole contract')], default='MONTH', max_length=8, verbose_name='budget for')),
                ('price_cap', ocpi.core.fields.MoneyField(blank=True, decimal_places=6, help_text='excluding VAT; an EVSE whose tariff we do not know is not held back', max_digits=20, null=True, verbose_name='price per kWh at most')),
                ('price_currency', models.CharField(blank=True, max_length=3)),
                ('barred_partners', models.ManyToManyField(blank=True, help_text='also when allowed above', related_name='+', to='ocpi_partners.partner', verbose_name='forbidden partners')),
                ('partners', models.ManyToManyField(blank=True, help_text='none: all', related_name='+', to='ocpi_partners.partner', verbose_name='allowed partners')),
                ('token', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='policies', to='ocpi_tokens.token')),
            ],
            options={
                'verbose_name_plural': 'policies',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Authorization',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origin', models.CharField(choices=[('REALTIME', 'real-time authorization'), ('START_SESSION', 'start by command'), ('RESERVE_NOW', 'reservation by command')], default='REALTIME', max_length=16, verbose_name='asked for')),
                ('location_id', ocpi.core.fields.CiCharField(blank=True, max_length=36, verbose_name='location')),
                ('evse_uids', models.JSONField(default=list)),
                ('allowed', models.CharField(max_length=12)),
                ('reason', models.CharField(max_length=255)),
                ('trace', models.JSONField(default=list)),
                ('authorization_reference', ocpi.core.fields.CiCharField(blank=True, db_index=True, max_length=36)),
                ('decided_at', models.DateTimeField(db_index=True)),
                ('partner', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='authorizations', to='ocpi_partners.partner')),
                ('token', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='authorizations', to='ocpi_tokens.token')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='TokenBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('IMPORT', 'import'), ('BLOCK', 'block'), ('UNBLOCK', 'unblock')], max_length=8)),
                ('name', models.CharField(max_length=255)),
                ('content', models.BinaryField(default=b'')),
                ('layout', models.JSONField(default=dict, editable=False)),
                ('country_code', ocpi.core.fields.CiCharField(max_length=2)),
                ('party_id', ocpi.core.fields.CiCharField(max_length=3, verbose_name='party')),
                ('state', models.CharField(choices=[('DRAFT', 'columns to be confirmed'), ('CHECKING', 'being read'), ('CHECKED', 'to be confirmed'), ('RUNNING', 'being written'), ('DONE', 'done'), ('FAILED', 'cannot be read')], default='DRAFT', max_length=8)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('total', models.PositiveIntegerField(default=0, verbose_name='lines')),
                ('counts', models.JSONField(default=dict)),
                ('written', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(verbose_name='begun')),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('claimed_until', models.DateTimeField(editable=False, null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'bulk change',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='TokenBatchRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='line')),
                ('result', models.CharField(choices=[('NEW', 'new'), ('CHANGED', 'changed'), ('UNCHANGED', 'unchanged'), ('BAD', 'cannot be taken')], max_length=9)),
                ('uid', models.CharField(max_length=64, verbose_name='UID')),
                ('type', models.CharField(max_length=12)),
                ('values', models.JSONField(default=dict)),
                ('changes', models.JSONField(default=dict)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('batch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='ocpi_tokens.tokenbatch')),
                ('token', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='ocpi_tokens.token')),
            ],
            options={
                'verbose_name': 'line of a bulk change',
                'verbose_name_plural': 'lines of bulk changes',
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='TokenPush',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('PENDING', 'waiting'), ('SENDING', 'being sent'), ('DONE', 'delivered'), ('FAILED', 'given up')], default='PENDING', max_length=8)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_try_at', models.DateTimeField()),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('delivered', models.JSONField(blank=True, editable=False, null=True)),
                ('delivered_at', models.DateTimeField(blank=True, null=True)),
                ('since', models.DateTimeField(blank=True, null=True, verbose_name='in this state since')),
                ('error', models.CharField(blank=True, max_length=500)),
                ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='token_pushes', to='ocpi_partners.partner')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pushes', to='ocpi_tokens.token')),
            ],
            options={
                'verbose_name_plural': 'token pushes',
                'ordering': ['pk'],
            },
        ),
        migrations.AddIndex(
            model_name='token',
            index=models.Index(fields=['last_updated'], name='token_updated'),
        ),
        migrations.AddIndex(
            model_name='token',
            index=models.Index(fields=['contract_id'], name='token_contract'),
        ),
        migrations.AddConstraint(
            model_name='token',
            constraint=models.UniqueConstraint(fields=('uid', 'type', 'country_code', 'party_id'), name='token_once'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('contract_id', ''), ('token', None), _negated=True), name='policy_is_for_somebody'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.UniqueConstraint(condition=models.Q(('active', True), models.Q(('contract_id', ''), _negated=True)), fields=('contract_id',), name='policy_of_contract', violation_error_message='another active policy is for this contract'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.UniqueConstraint(condition=models.Q(('active', True)), fields=('token',), name='policy_of_token', violation_error_message='another active policy is for this token'),
        ),
        migrations.AddIndex(
            model_name='authorization',
            index=models.Index(fields=['token', 'decided_at'], name='authorization_token'),
        ),
        migrations.AddIndex(
            model_name='authorization',
            index=models.Index(fields=['partner', 'decided_at'], name='authorization_partner'),
        ),
        migrations.AddIndex(
            model_name='authorization',
            index=models.Index(fields=['allowed', 'decided_at'], name='authorization_allowed'),
        ),
        migrations.AddIndex(
            model_name='tokenbatch',
            index=models.Index(fields=['state', 'created_at'], name='token_batch_state'),
        ),
        migrations.AddIndex(
            model_name='tokenbatchrow',
            index=models.Index(fields=['batch', 'result', 'number'], name='token_batch_row'),
        ),
        migrations.AddIndex(
            model_name='tokenpush',
            index=models.Index(fields=['state'], name='token_push_state'),
        ),
        migrations.AddIndex(
            model_name='tokenpush',
            index=models.Index(fields=['partner', 'id'], name='token_push_of_partner'),
        ),
        migrations.AddIndex(
            model_name='tokenpush',
            index=models.Index(condition=models.Q(('state', 'PENDING')), fields=['partner', 'next_try_at'], name='token_push_due'),
        ),
        migrations.AddIndex(
            model_name='tokenpush',
            index=models.Index(condition=models.Q(('state', 'SENDING')), fields=['claimed_at'], name='token_push_sent'),
        ),
        migrations.AddConstraint(
            model_name='tokenpush',
            constraint=models.UniqueConstraint(fields=('token', 'partner'), name='token_push_once'),
        ),
    ]
