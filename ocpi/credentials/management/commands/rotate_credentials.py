"""`manage.py rotate_credentials NAME`: new tokens for both sides, while the old ones still work."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from ocpi.core.management.base import OcpiCommand
from ocpi.credentials import rotation
from ocpi.credentials.errors import HandshakeError
from ocpi.partners.models import Partner
from ocpi.protocol.errors import PartnerError


class Command(OcpiCommand):
    help = (
        "Give a registered partner a new token and get one from it (PUT credentials): at least once a month, and at "
        "once when a token may have leaked. Safe to run again after an interruption."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        partner = Partner.objects.filter(name=options["name"]).first()
        if partner is None:
            known = ", ".join(Partner.objects.values_list("name", flat=True)[:20]) or "nobody"
            raise CommandError(f"there is no partner named {options['name']!r}; known: {known}")
        try:
            rotation.rotate(partner=partner)
        except (HandshakeError, PartnerError) as error:
            raise CommandError(f"the credentials of {partner.name} are not rotated: {error}") from error
        self.stdout.write(self.style.SUCCESS(f"{partner.name}: new tokens both ways."))
        ending = partner.tokens.exclude(valid_until=None).order_by("-valid_until").first()
        if ending is not None:
            self.stdout.write(f"Their old one ends when the new is used, or at {ending.valid_until:%H:%M:%S} UTC.")
