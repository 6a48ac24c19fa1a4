"""`manage.py demo`: both platforms on this machine, and a charge from handshake to bill, told step by step."""

import logging
import signal
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from rich.console import Console

from learning.demo import cast
from learning.demo.callers import App, Control, answers
from learning.demo.entering import ENDING, as_interrupt, become, prepare_database
from learning.demo.errors import DemoFailed
from learning.demo.hub_story import HubStory
from learning.demo.processes import Platforms
from learning.demo.stage import Stage
from learning.demo.story import Story, forget_earlier_demos
from ocpi.core.ids import new_token
from ocpi.journal import writer
from ocpi.partners import development


class Command(BaseCommand):
    help = "Start the eMSP and the mock CPO as two processes and tell a charge from handshake to bill over real OCPI."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--exit", action="store_true", help="end after the story; exit code 0 only if all of it happened"
        )
        parser.add_argument(
            "--hub", action="store_true", help="with a roaming hub in between: several CPOs, one registration"
        )
        parser.add_argument(
            "--fast", type=float, default=240, metavar="N", help="simulated seconds per second (default 240)"
        )
        parser.add_argument("--emsp-port", type=int, default=8000)
        parser.add_argument("--cpo-port", type=int, default=8001)
        parser.add_argument("--logs", type=Path, default=settings.BASE_DIR / "var" / "demo", help="folder for the logs")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("the demo uses well-known tokens and runs only with ENVIRONMENT=development")
        become(OCPI_HOST=f"localhost:{options['emsp_port']}", PROTOCOL="http")
        started, told = time.monotonic(), False
        console = Console()
        logging.getLogger("ocpi").setLevel(logging.WARNING)  # the story tells what happens
        for number in ENDING:  # a shell that starts us in the background ignores SIGINT for us
            signal.signal(number, as_interrupt)
        ports, token_a = (options["emsp_port"], options["cpo_port"]), new_token()
        platforms = Platforms(*ports, options["fast"], token_a, options["logs"], options["hub"])
        try:
            self._prepare(console)
            story = self._start(console, platforms)
            story.tell()
            writer.flush()
            self._summary(console, platforms, story, time.monotonic() - started)
            told = True
            if not options["exit"]:
                self._stay(console, platforms)
        except DemoFailed as error:
            raise CommandError(platforms.ended(patience=1) or str(error)) from error
        except KeyboardInterrupt:
            console.print("\nEnding both platforms …")
            if not told:
                raise CommandError("interrupted before the story was at its end", returncode=130) from None
        finally:
            signal.alarm(0)
            for number in ENDING:  # a second Ctrl-C would leave processes behind
                signal.signal(number, signal.SIG_IGN)
            platforms.end()
            writer.flush()

    def _prepare(self, console: Console) -> None:
        """The database, the development tokens and the admin's demo login."""
        prepare_database(console)
        development.seed()
        forget_earlier_demos()
        cast.admit_operator()
        cast.issue_tokens()

    def _start(self, console: Console, platforms: Platforms) -> Story:
        control, app = Control(platforms.cpo_url), App(platforms.emsp_url, development.API_CLIENT_TOKEN)
        with console.status(f"Starting the eMSP and the {platforms.other} …"):
            platforms.start()
            platforms.wait(lambda: answers(f"{platforms.emsp_url}/health"), "the eMSP did not become healthy")
            platforms.wait(
                lambda: answers(f"{platforms.cpo_url}/control/health"), f"the {platforms.other} did not start"
            )
        worker = "its Celery worker a process of its own" if settings.REDIS_URL else "its Celery worker inside"
        engine = "PostgreSQL" if "postgresql" in connection.settings_dict["ENGINE"] else "SQLite"
        console.print(
            f"[bold]eMSP[/] {platforms.emsp_url} ({engine}, {worker})   [bold]{platforms.other}[/] {platforms.cpo_url}"
        )
        kind = HubStory if platforms.hub else Story
        return kind(platforms, Stage(console, control, routing=platforms.hub), app, control, platforms.token_a)

    def _summary(self, console: Console, platforms: Platforms, story: Story, seconds: float) -> None:
        story.stage.step(f"Done in {seconds:.0f} s. Where to see it")
        emsp, cpo = platforms.emsp_url, platforms.cpo_url
        name, password = cast.LOGIN
        story.stage.summary(
            story.figures()
            | {
                "learn OCPI": f"{emsp}/learn/",
                "admin": f"{emsp}/admin/  (login {name} / {password})",
                "the session": f"{emsp}/admin/ocpi_sessions/session/",
                "the bill": f"{emsp}/admin/ocpi_cdrs/cdr/",
                "all messages": f"{emsp}/admin/ocpi_journal/exchange/",
                "API docs": f"{emsp}/docs  and  {cpo}/docs",
                f"the {story.other}'s side": f"{cpo}/",
                "logs": str(platforms.logs),
            }
        )

    def _stay(self, console: Console, platforms: Platforms) -> None:
        console.print(
            "\n[bold]Your turn:[/] open this page (no login) and begin with lesson 1, or with 2, the handshake above."
        )
        console.print(f"  [bold]{platforms.emsp_url}/learn/[/]", soft_wrap=True)
        console.print("\nBoth platforms stay up. Ctrl-C ends them.")
        told: set[str] = set()
        while True:
            time.sleep(0.5)
            for process in platforms.processes:
                if process.exit_code is not None and process.name not in told:
                    told.add(process.name)
                    console.print(f"The {process.name} process has ended (exit code {process.exit_code}).")
                    console.print(_again(process.name, platforms))


def _again(name: str, platforms: Platforms) -> str:
    command = {
        "eMSP": f"python manage.py runserver {platforms.emsp_port}",
        "mock CPO": f"python manage.py mock_cpo --port {platforms.cpo_port}",
        "mock hub": f"python manage.py mock_cpo --hub --port {platforms.cpo_port}",
        "worker": "celery -A emsp_project worker --beat",
    }[name]
    return f"Start it again in another terminal: {command}"
