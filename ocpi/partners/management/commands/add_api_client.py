"""`manage.py add_api_client NAME`: a token for one of our own systems, a driver app's backend for instance."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from ocpi.core.management.base import OcpiCommand
from ocpi.partners import services
from ocpi.partners.models import Scope


class Command(OcpiCommand):
    help = "Create an API client. The last line printed is its token; it is not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument(
            "--scope", action="append", choices=Scope.values, help="may be given several times; all by default"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            client, token = services.add_api_client(name=options["name"], scopes=options["scope"])
        except services.NameTaken as error:
            raise CommandError(str(error)) from error
        may = ", ".join(Scope(scope).label for scope in client.scopes)
        self.stdout.write(f"API client {client.name!r} may {may} with this token:")
        self.stdout.write(token)
