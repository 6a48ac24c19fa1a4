"""Everybody who sees partners sees what a conformance check found."""

from django.db import migrations

from ocpi.operations import roles


class Migration(migrations.Migration):
    dependencies = [
        ("ocpi_operations", "0004_bulk_changes_of_tokens"),
        ("ocpi_conformance", "0001_runs"),
    ]
    operations = [migrations.RunPython(roles.granting("ocpi_conformance.view_run"), migrations.RunPython.noop)]
