"""The base of our management commands: whatever goes wrong is one line that says what to do, and a non-zero exit."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection


class OcpiCommand(BaseCommand):
    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except DatabaseError as error:
            name = connection.settings_dict["NAME"]
            raise CommandError(
                f"the database {name} cannot be used ({str(error).strip().splitlines()[0]}). If it is new, run "
                "`python manage.py migrate` first; otherwise check DATABASE_URL."
            ) from error
