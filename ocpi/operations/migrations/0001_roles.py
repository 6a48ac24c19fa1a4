"""The groups viewer, operator, finance and administrator."""

from django.db import migrations

from ocpi.operations import roles


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("ocpi_partners", "0005_who_may_do_what"),
        ("ocpi_journal", "0002_find_by_request_id_and_url"),
        ("ocpi_locations", "0002_order_proof_pushes"),
        ("ocpi_tariffs", "0001_initial"),
        ("ocpi_tokens", "0003_policies_and_traces"),
        ("ocpi_sessions", "0003_sessions_of_a_contract"),
        ("ocpi_cdrs", "0004_cdrs_of_a_contract"),
        ("ocpi_commands", "0002_cancelled_starts"),
        ("ocpi_chargingprofiles", "0002_who_else_limits_a_session"),
        ("ocpi_sync", "0002_progress_quarantine_and_watches"),
        ("ocpi_alerts", "0001_lights"),
    ]
    operations = [migrations.RunPython(roles.granting(), migrations.RunPython.noop)]
