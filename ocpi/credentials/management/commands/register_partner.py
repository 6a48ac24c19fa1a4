"""`manage.py register_partner NAME --versions-url URL --token TOKEN_A`: we start the handshake."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from ocpi.core.management.base import OcpiCommand
from ocpi.credentials import services
from ocpi.credentials.errors import HandshakeError
from ocpi.partners.models import Partner
from ocpi.protocol.errors import PartnerError


class Command(OcpiCommand):
    help = (
        "Register at a partner with the token A that it gave us. A partner of that name is created when there is none."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--versions-url", required=True, help="their versions endpoint")
        parser.add_argument("--token", required=True, help="CREDENTIALS_TOKEN_A that they gave us")
        parser.add_argument("--plain-auth", action="store_true", help="they do not Base64-encode tokens")

    def handle(self, *args: Any, **options: Any) -> None:
        plain = options["plain_auth"]
        partner, _ = Partner.objects.get_or_create(
            name=options["name"], defaults={"accepts_plain_auth": plain, "sends_plain_auth": plain}
        )
        try:
            services.register(partner=partner, versions_url=options["versions_url"], token_a=options["token"])
        except (HandshakeError, PartnerError) as error:
            raise CommandError(f"{partner.name} is not registered: {error}") from error
        roles = ", ".join(str(role) for role in partner.roles.all())
        modules = ", ".join(str(endpoint) for endpoint in partner.endpoints.all())
        self.stdout.write(self.style.SUCCESS(f"{partner.name} is registered with OCPI {partner.version}."))
        self.stdout.write(f"Roles: {roles}\nEndpoints: {modules}")
