"""The groups viewer, operator, finance and administrator."""

from django.db import migrations

from ocpi.operations import roles


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("ocpi_partners", "0001_initial"),
        ("ocpi_journal", "0001_initial"),
        ("ocpi_locations", "0001_initial"),
        ("ocpi_tariffs", "0001_initial"),
        ("ocpi_tokens", "0001_initial"),
        ("ocpi_sessions", "0001_initial"),
        ("ocpi_cdrs", "0001_initial"),
        ("ocpi_commands", "0001_initial"),
        ("ocpi_chargingprofiles", "0001_initial"),
        ("ocpi_sync", "0001_initial"),
        ("ocpi_alerts", "0001_lights"),
        ("ocpi_conformance", "0001_runs"),
    ]
    operations = [migrations.RunPython(roles.granting(), migrations.RunPython.noop)]
