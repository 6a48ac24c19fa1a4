"""`manage.py sync_partner NAME`: pull every module of a partner now."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ocpi.core.management.base import OcpiCommand
from ocpi.partners.models import Partner
from ocpi.protocol.errors import PartnerError
from ocpi.sync import services
from ocpi.sync.modules import MODULES


class Command(OcpiCommand):
    help = "Pull every module that the partner offers: what changed since the last time, or everything with --full."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--full", action="store_true", help="everything, not only what changed")
        parser.add_argument("--module", choices=list(MODULES), help="only this module")

    def handle(self, *args: Any, **options: Any) -> None:
        partner = self._partner(options["name"])
        modules = [m for m in services.offered(partner) if options["module"] in (None, m)]
        if not modules:
            raise CommandError(f"{partner.name} offers nothing of that kind to pull")
        failed = [module for module in modules if not self._pull(partner, module, options["full"])]
        if failed:
            raise CommandError(f"not complete: {', '.join(failed)}")

    def _partner(self, name: str) -> Partner:
        partner = Partner.objects.filter(name=name).first()
        if partner is None:
            raise CommandError(f"there is no partner named {name!r}; `manage.py add_partner` creates one")
        if not partner.connected:
            raise CommandError(f"{name} is not registered; see `manage.py register_partner --help`")
        return partner

    def _pull(self, partner: Partner, module: str, full: bool) -> bool:
        columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(file=self.stderr._out)) as bar:
            task = bar.add_task(module, total=None)
            try:
                row = services.pull(
                    partner=partner, module=module, full=full,
                    progress=lambda done, total: bar.update(task, completed=done, total=total or done),
                )  # fmt: skip
            except (PartnerError, services.Busy) as error:
                self.stderr.write(f"{module}: {error}")
                return False
        self.stdout.write(f"{module}: {row.received} received, {row.changed} new or newer, {row.skipped} skipped")
        for problem in row.problems:
            self.stderr.write(f"  {problem}")
        return True
