"""`manage.py doctor`: what is wrong with this installation, and the command that mends it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.markup import escape

from learning import doctor

_MARKS = {doctor.OK: "[green]✓[/]", doctor.NOTE: "[yellow]•[/]", doctor.WRONG: "[red]✗[/]"}


class Command(BaseCommand):
    help = "Check Python, packages, settings, database, broker, worker, ports, both platforms and the clock."
    requires_system_checks: list[str] = []  # they are among the answers

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=self.stdout, highlight=False, soft_wrap=True)
        wrong = 0
        for answer in doctor.examine():
            wrong += answer.state == doctor.WRONG
            console.print(_MARKS[answer.state], escape(f"{answer.about:<11} {answer.found}"))
            if answer.mend:
                console.print(f"    → {answer.mend}", markup=False)
        if wrong:
            raise CommandError(f"{wrong} of the above must be mended.")
        console.print("Everything that is needed is there.")
