"""Everybody who sees tokens sees what was done to many of them."""

from django.db import migrations

from ocpi.operations import roles


class Migration(migrations.Migration):
    dependencies = [
        ("ocpi_operations", "0003_roles_for_alerts"),
        ("ocpi_tokens", "0005_bulk_changes"),
    ]
    operations = [
        migrations.RunPython(
            roles.granting("ocpi_tokens.view_tokenbatch", "ocpi_tokens.view_tokenbatchrow"), migrations.RunPython.noop
        )
    ]
