from django.db import migrations, models

from ocpi.core.indexes import AddIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("ocpi_cdrs", "0001_initial")]

    operations = [
        AddIndex(
            "cdr",
            models.Index(fields=["session_id", "partner", "country_code", "party_id"], name="cdr_of_session"),
        ),
        AddIndex(
            "cdr",
            models.Index(fields=["credit_reference_id", "partner", "country_code", "party_id"], name="cdr_credit_of"),
        ),
        migrations.RemoveIndex("cdr", "cdr_session"),
        migrations.RemoveIndex("cdr", "cdr_credited"),
    ]
