"""Administrators read who did what."""

from django.db import migrations

from ocpi.operations import roles


class Migration(migrations.Migration):
    dependencies = [
        ("ocpi_operations", "0001_roles"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("ocpi_journal", "0003_duration_and_replays"),
    ]
    operations = [
        migrations.RunPython(
            roles.granting("admin.view_logentry", "ocpi_journal.replay_exchange"), migrations.RunPython.noop
        )
    ]
