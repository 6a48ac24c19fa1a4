"""`manage.py run_tests`: a suite of tests, with its reports below `reports/`."""

import importlib.util
import shlex
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from learning.terminal import testing


class Command(BaseCommand):
    help = "Run a suite of tests; reports/ then holds HTML, JUnit XML, coverage, and what was proven of OCPI."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        suites = testing.suites()
        told = "; ".join(f"{name}: {suite.validates}" for name, suite in suites.items())
        parser.add_argument("suite", nargs="?", choices=suites or None, default="all", help=told)
        parser.add_argument("--parallel", action="store_true", help="in one process more than there are cores")
        parser.add_argument("--verbose", action="store_true", help="a line for each test")
        parser.add_argument("--install-deps", action="store_true", help="first install what the tests need")
        parser.add_argument("--no-coverage", action="store_true", help="half as long, without the report of coverage")
        parser.add_argument("--pytest", default="", metavar="ARGUMENTS", help="more of pytest: --pytest='-k tariff'")

    def handle(self, *args: Any, **options: Any) -> None:
        if not testing.suites():
            raise CommandError("the tests are not part of this installation: they come with the source")
        if options["install_deps"]:
            _install()
        if importlib.util.find_spec("pytest") is None:
            raise CommandError("the tests need more packages: add --install-deps")
        code = testing.run(
            options["suite"], parallel=options["parallel"], verbose=options["verbose"],
            coverage=not options["no_coverage"], extra=tuple(shlex.split(options["pytest"])),
        )  # fmt: skip
        if code:
            raise CommandError(f"{options['suite']}: not all passed", returncode=code)


def _install() -> None:
    needed = settings.BASE_DIR / "requirements-dev.txt"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(needed)]
    if subprocess.run(pip, check=False).returncode:
        raise CommandError("pip could not install what the tests need: see above")
