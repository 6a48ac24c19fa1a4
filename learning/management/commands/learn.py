"""`manage.py learn`: the course in OCPI, on real messages between both platforms."""

import logging
import signal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from learning.course import catalogue
from learning.course.errors import Trouble
from learning.course.lesson import Lesson
from learning.demo.entering import ENDING, as_interrupt, become, prepare_database
from learning.demo.errors import DemoFailed
from learning.terminal import auto, running
from ocpi.journal import writer


class Command(BaseCommand):
    help = "Learn OCPI on live traffic: lessons in which two platforms exchange real messages."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", nargs="*", help="lessons by key or number; all of them with --auto")
        parser.add_argument("--auto", action="store_true",
                            help="play without a human; exit code 0 only if every claim holds")  # fmt: skip
        parser.add_argument("--emsp-port", type=int, default=8000)
        parser.add_argument("--cpo-port", type=int, default=8001)
        parser.add_argument(
            "--logs", type=Path, default=settings.BASE_DIR / "var" / "learn", help="folder for the logs"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        become(OCPI_HOST=f"localhost:{options['emsp_port']}", PROTOCOL="http",
               LEARNING_CPO_URL=f"http://localhost:{options['cpo_port']}")  # fmt: skip
        if not settings.LEARNING_ENABLED:
            raise CommandError("lessons are switched off here: LEARNING_ENABLED")
        logging.getLogger("ocpi").setLevel(logging.ERROR)  # lessons break things on purpose
        for number in ENDING:
            signal.signal(number, as_interrupt)
        console = Console()
        try:
            lessons = _wanted(options["what"])
            prepare_database(console)
            with running.platforms(console, options["emsp_port"], options["cpo_port"], options["logs"]):
                if not auto.play_all(console, lessons):
                    raise CommandError("lessons differ from what really happened")
        except (DemoFailed, Trouble) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("interrupted", returncode=130) from None
        finally:
            signal.alarm(0)
            for number in ENDING:
                signal.signal(number, signal.SIG_IGN)
            writer.flush()


def _wanted(names: list[str]) -> list[Lesson]:
    return [catalogue.find(name) for name in names] or list(catalogue.all_lessons())
