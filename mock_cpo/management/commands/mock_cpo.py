"""`manage.py mock_cpo`: a thin door to the command line of the platform."""

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mock_cpo import cli


class Command(BaseCommand):
    help = "Runs a complete charge point operator (OCPI 2.2.1) beside the eMSP"
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        code = cli.run(argparse.Namespace(**options))
        if code:
            sys.exit(code)
