import django.core.validators
import django.db.models.deletion
import ocpi.core.fields
import ocpi.partners.api_clients
import ocpi.protocol.types
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ApiClient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('active', models.BooleanField(default=True)),
                ('scopes', models.JSONField(default=ocpi.partners.api_clients.every_scope)),
                ('development', models.BooleanField(default=False, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'API client',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Partner',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('accepts_plain_auth', models.BooleanField(default=False, help_text='they send their token without Base64 (TRA-05)', verbose_name='accept plain tokens')),
                ('sends_plain_auth', models.BooleanField(default=False, help_text='they expect our token without Base64 (TRA-06)', verbose_name='send plain tokens')),
                ('withholds_app_tokens', models.BooleanField(default=False, help_text='their token list shows cards only; authorize still works (TOK-03)', verbose_name='withhold app tokens')),
                ('addressing', models.CharField(choices=[('PARTY', 'the party it is about'), ('HUB', 'always the hub'), ('OPEN', 'nobody: the hub finds out')], default='PARTY', help_text='hubs only: whom our requests name as receiver, where they are about one party (HUB-13, FLD-17)', max_length=5)),
                ('answers_post_with_200', models.BooleanField(default=False, help_text='they do not accept 201 on POST credentials (AMB-07)', verbose_name='answer registration with 200')),
                ('lacks_put_credentials', models.BooleanField(default=False, help_text='they renew tokens by unregistering and registering again (FLD-15)', verbose_name='no PUT credentials')),
                ('wants_slash', models.BooleanField(default=False, help_text='they put ids behind our endpoints without one; takes effect when they read our versions (FLD-04)', verbose_name='give our URLs a slash at the end')),
                ('pages_by_offset', models.BooleanField(default=False, help_text='their Link headers lead nowhere; X-Total-Count must be right (PAG-19)', verbose_name='count pages instead of following Link')),
                ('commands_url', models.CharField(blank=True, help_text='they take commands although their version details do not list the module (VER-12)', max_length=255, validators=[django.core.validators.URLValidator(['http', 'https'])], verbose_name='URL for commands')),
                ('string_numbers', models.BooleanField(default=False, help_text='they write numbers as JSON strings (FLD-08)', verbose_name='numbers as strings')),
                ('bare_prices', models.BooleanField(default=False, help_text='they write a number where a Price is due, as in OCPI 2.1.1 (FLD-08)', verbose_name='prices without VAT split')),
                ('number_coordinates', models.BooleanField(default=False, help_text='they write latitude and longitude as JSON numbers (FLD-09)', verbose_name='coordinates as numbers')),
                ('alpha2_country', models.BooleanField(default=False, help_text='they write NL where NLD is due (TYP-17)', verbose_name='two-letter countries')),
                ('missing_last_updated', models.BooleanField(default=False, help_text='they leave it out; the time of receipt is taken instead (HCI-14)', verbose_name='no last_updated')),
                ('missing_evse_id', models.BooleanField(default=False, help_text='they leave it out; #NA is taken instead (CDR-25)', verbose_name='no evse_id in CDRs')),
                ('missing_evse_uid', models.BooleanField(default=False, help_text='they leave it out; #NA is taken instead (TRA-49)', verbose_name='no evse_uid in CDRs')),
                ('listed_objects', models.BooleanField(default=False, help_text='they answer with [{…}] where one object is due', verbose_name='single objects in a list')),
                ('loose_epoch', models.BooleanField(default=False, help_text='they write unknown times as the specification prints them (CDR-30)', verbose_name='1970-1-1 for unknown')),
                ('loose_enums', models.BooleanField(default=False, help_text='they write AVAILABLE as available, say (FLD-11, TYP-14)', verbose_name='enums in any spelling')),
                ('wh_energy', models.BooleanField(default=False, help_text='they write Wh in charging periods, but kWh in totals (FLD-07)', verbose_name='energy in Wh')),
                ('missing_routing', models.BooleanField(default=False, help_text='they leave them out although one side has several parties; the URL then tells the owner (FLD-26)', verbose_name='no routing headers')),
                ('lacks', models.JSONField(blank=True, default=list, help_text='what they refuse although they advertise it (FLD-17)', verbose_name='does not support')),
                ('rewrites_from', models.CharField(blank=True, help_text='what stands in their version details and links but leads nowhere from here (FLD-05)', max_length=255, verbose_name='their URLs begin with')),
                ('rewrites_to', models.CharField(blank=True, help_text='what we put in its place', max_length=255, verbose_name='and we call')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('status', models.CharField(choices=[('NEW', 'not registered'), ('REGISTERED', 'registered'), ('UNKNOWN', 'outcome unknown'), ('SUSPENDED', 'suspended'), ('UNREGISTERED', 'unregistered')], default='NEW', max_length=12)),
                ('versions_url', models.URLField(blank=True, max_length=255)),
                ('version', models.CharField(blank=True, help_text='the OCPI version in use', max_length=10)),
                ('token_out', models.TextField(blank=True, editable=False)),
                ('token_out_before', models.TextField(blank=True, editable=False)),
                ('push_all_at', models.DateTimeField(editable=False, null=True)),
                ('pushing_until', models.DateTimeField(editable=False, null=True)),
                ('development', models.BooleanField(default=False, editable=False)),
                ('sandbox', models.BooleanField(default=False, editable=False)),
                ('registered_at', models.DateTimeField(blank=True, null=True)),
                ('last_seen_at', models.DateTimeField(blank=True, null=True, verbose_name='last heard from')),
                ('last_error', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['name'],
                'permissions': [('operate_partner', 'Can test, pull from, push to and call partners again'), ('suspend_partner', 'Can suspend and resume partners'), ('rotate_credentials', 'Can rotate credentials'), ('register_partner', 'Can connect, reset and unregister partners, and see a token A once')],
            },
        ),
        migrations.CreateModel(
            name='PartnerToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('purpose', models.CharField(choices=[('REGISTRATION', 'registration (token A)'), ('OPERATIONAL', 'operational')], max_length=12)),
                ('development', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('first_used_at', models.DateTimeField(blank=True, null=True)),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('late_use_at', models.DateTimeField(blank=True, null=True)),
                ('plain_use_at', models.DateTimeField(blank=True, null=True)),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Outage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('failures', models.PositiveIntegerField(default=0)),
                ('pauses', models.PositiveSmallIntegerField(default=0)),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
                ('probe_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('partner', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='outage', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['partner'],
                'indexes': [models.Index(fields=['probe_at'], name='outage_probe')],
            },
        ),
        migrations.CreateModel(
            name='HubParty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[(ocpi.protocol.types.Role['CPO'], 'CPO'), (ocpi.protocol.types.Role['EMSP'], 'EMSP'), (ocpi.protocol.types.Role['HUB'], 'HUB'), (ocpi.protocol.types.Role['NAP'], 'NAP'), (ocpi.protocol.types.Role['NSP'], 'NSP'), (ocpi.protocol.types.Role['OTHER'], 'OTHER'), (ocpi.protocol.types.Role['SCSP'], 'SCSP')], default=ocpi.protocol.types.Role['CPO'], max_length=10)),
                ('country_code', ocpi.core.fields.CiCharField(max_length=2)),
                ('party_id', ocpi.core.fields.CiCharField(max_length=3, verbose_name='party')),
                ('status', models.CharField(blank=True, choices=[('', 'entered by an operator'), ('CONNECTED', 'connected'), ('OFFLINE', 'offline'), ('PLANNED', 'planned'), ('SUSPENDED', 'suspended')], default='', editable=False, max_length=10)),
                ('last_updated', models.DateTimeField(editable=False, null=True)),
                ('payload', models.JSONField(editable=False, null=True)),
                ('partner', models.ForeignKey(limit_choices_to={'roles__role': 'HUB'}, on_delete=django.db.models.deletion.CASCADE, related_name='hub_parties', to='ocpi_partners.partner', verbose_name='hub')),
            ],
            options={
                'verbose_name_plural': 'hub parties',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('partner', 'country_code', 'party_id', 'role'), name='hub_party_once')],
            },
        ),
        migrations.CreateModel(
            name='PartnerEndpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identifier', models.CharField(max_length=64)),
                ('role', models.CharField(max_length=10)),
                ('url', models.URLField(max_length=255)),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='endpoints', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['identifier', 'role'],
                'constraints': [models.UniqueConstraint(fields=('partner', 'identifier', 'role'), name='partner_endpoint_once')],
            },
        ),
        migrations.CreateModel(
            name='PartnerLeniency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=32)),
                ('count', models.PositiveBigIntegerField(default=0)),
                ('last_seen', models.DateTimeField()),
                ('example', models.CharField(max_length=255, verbose_name='last field')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='leniencies', to='ocpi_partners.partner')),
            ],
            options={
                'verbose_name_plural': 'leniencies',
                'ordering': ['-count'],
                'constraints': [models.UniqueConstraint(fields=('partner', 'kind'), name='leniency_once')],
            },
        ),
        migrations.CreateModel(
            name='PartnerRole',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(max_length=10)),
                ('country_code', ocpi.core.fields.CiCharField(max_length=2)),
                ('party_id', ocpi.core.fields.CiCharField(max_length=3)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('business_details', models.JSONField(blank=True, default=dict)),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='ocpi_partners.partner')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('partner', 'role', 'country_code', 'party_id'), name='partner_role_once')],
            },
        ),
    ]
