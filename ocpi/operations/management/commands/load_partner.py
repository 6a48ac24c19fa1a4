"""`manage.py load_partner`: the CPO as which `make load` sends its calls, and the token that it shows."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from ocpi.core.management.base import OcpiCommand
from ocpi.partners import loading
from ocpi.tokens import services as tokens


class Command(OcpiCommand):
    help = "Register the load partner. Prints its token on the last line; a token that it had before stops working."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cards", type=int, default=0, help="also so many cards, not in production")
        parser.add_argument("--in-production", action="store_true", help="I want this here, with what it leaves behind")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION and not options["in_production"]:
            raise CommandError("This is production, and a load leaves sessions and bills. --in-production allows it.")
        if options["cards"] and settings.PRODUCTION:
            raise CommandError("--cards: cards are pushed to all partners; production has cards of its own.")
        token = loading.enter()
        for number in range(options["cards"]):
            tokens.put(uid=f"LOAD-{number:05d}", type="RFID", contract_id=f"NL-EMS-CLOAD{number:05d}", issuer="Load")
        self.stdout.write(f"{loading.NAME} may send as {'-'.join(loading.PARTY)}. Its token:")
        self.stdout.write(token)
