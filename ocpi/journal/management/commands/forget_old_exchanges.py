"""`manage.py forget_old_exchanges`: what beat has done every hour, for installations without it."""

from typing import Any

from ocpi.core.management.base import OcpiCommand
from ocpi.journal import services


class Command(OcpiCommand):
    help = "Forget exchanges older than JOURNAL_RETENTION_DAYS, and prepare the partition of the next week."

    def handle(self, *args: Any, **options: Any) -> None:
        forgotten = services.forget_old()
        self.stdout.write(f"{len(forgotten.weeks)} weeks dropped, {forgotten.rows:,} rows deleted")
