"""`manage.py add_token UID --contract-id X`: a card or an app user of one of our drivers."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from ocpi.core.management.base import OcpiCommand
from ocpi.protocol.errors import OcpiError
from ocpi.protocol.tokens import TokenType, WhitelistType
from ocpi.tokens import services
from ocpi.tokens.advice import advice
from ocpi.tokens.models import Token


class Command(OcpiCommand):
    help = "Create a token, or change the one with this UID and type. Registered partners are told."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("uid")
        parser.add_argument("--type", choices=list(TokenType), default=TokenType.RFID)
        parser.add_argument("--contract-id", required=True)
        parser.add_argument("--issuer", default=settings.PROJECT_NAME)
        parser.add_argument("--visual-number")
        parser.add_argument("--whitelist", choices=list(WhitelistType))
        parser.add_argument("--status", choices=Token.Status.values)

    def handle(self, *args: Any, **options: Any) -> None:
        given = {name: options[name] for name in ("visual_number", "whitelist", "status") if options[name] is not None}
        try:
            token = services.put(
                uid=options["uid"],
                type=options["type"],
                contract_id=options["contract_id"],
                issuer=options["issuer"],
                **given,
            )
        except OcpiError as error:
            raise CommandError(error.message) from error
        for sentence in advice(token):
            self.stderr.write(self.style.WARNING(sentence))
        self.stdout.write(self.style.SUCCESS(f"{token} is {token.status}, contract {token.contract_id}."))
