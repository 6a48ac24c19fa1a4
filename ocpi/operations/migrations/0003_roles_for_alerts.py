"""Everybody sees alerts; who is told is entered by administrators."""

from django.db import migrations

from ocpi.operations import roles

_NEW = [
    "ocpi_alerts.view_alert", "ocpi_alerts.view_delivery", "ocpi_alerts.view_recipient", "ocpi_alerts.add_recipient",
    "ocpi_alerts.change_recipient", "ocpi_alerts.delete_recipient",
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("ocpi_operations", "0002_history_for_administrators"), ("ocpi_alerts", "0002_alerts")]
    operations = [migrations.RunPython(roles.granting(*_NEW), migrations.RunPython.noop)]
