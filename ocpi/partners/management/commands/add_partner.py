"""`manage.py add_partner NAME`: a new partner, and the token A with which it may register."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from ocpi.core.management.base import OcpiCommand
from ocpi.partners import services


class Command(OcpiCommand):
    help = "Create a partner. Prints the versions URL and, on the last line, the CREDENTIALS_TOKEN_A to hand over."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--plain-auth", action="store_true", help="the partner does not Base64-encode tokens")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            partner, token = services.add_partner(name=options["name"], plain_auth=options["plain_auth"])
        except services.NameTaken as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Partner {partner.name!r} may register at {settings.OCPI_VERSIONS_URL}")
        self.stdout.write("Hand this CREDENTIALS_TOKEN_A over through a secure channel; it is not shown again:")
        self.stdout.write(token)
