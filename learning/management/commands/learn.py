"""`manage.py learn`: the course in OCPI, on real messages between both platforms.

Without arguments a menu; `learn locations` or `learn 3` begins a lesson, `learn all` plays them one after the other,
`learn --auto` without a human.
"""

import getpass
import logging
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from learning.course import catalogue, engine
from learning.course.errors import Trouble
from learning.demo.entering import ENDING, as_interrupt, become, prepare_database
from learning.demo.errors import DemoFailed
from learning.terminal import auto, running
from learning.terminal.menu import ALIASES, Menu
from ocpi.journal import writer

_WHAT = (
    "a lesson by key or number (see `learn interactive`), `authentication`, `interactive`, or `all`; default: a menu"
)


class Command(BaseCommand):
    help = "Learn OCPI on live traffic: lessons in which two platforms exchange real messages."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", nargs="*", help=_WHAT)
        parser.add_argument(
            "--auto", action="store_true", help="without a human; exit code 0 only if every claim holds"
        )
        parser.add_argument("--learners", type=int, default=1, metavar="N", help="--auto: so many at once")
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
        for name in ("ocpi", "learning"):  # lessons break things on purpose
            logging.getLogger(name).setLevel(logging.ERROR)
        for number in ENDING:
            signal.signal(number, as_interrupt)
        console = Console()
        try:
            self._learn(console, options)
        except (DemoFailed, Trouble) as error:
            raise CommandError(str(error)) from error
        except EOFError:
            console.print()
        except KeyboardInterrupt:
            raise CommandError("interrupted", returncode=130) from None
        finally:
            signal.alarm(0)
            for number in ENDING:
                signal.signal(number, signal.SIG_IGN)
            writer.flush()

    def _learn(self, console: Console, options: dict[str, Any]) -> None:
        names = [ALIASES.get(name, name) for name in options["what"] if name != "all"]
        prepare_database(console)
        if options["auto"]:
            self._auto(console, names, options)
            return
        learner = engine.learner(f"terminal-{getpass.getuser()}")
        places = options["emsp_port"], options["cpo_port"], options["logs"]
        menu = Menu(console, _ask(console), learner, *places)
        if names == ["interactive"]:
            menu.lessons()
        elif options["what"]:
            menu.play(names)
        else:
            menu.run()

    def _auto(self, console: Console, names: list[str], options: dict[str, Any]) -> None:
        lessons = [catalogue.find(name) for name in names] or list(catalogue.all_lessons())
        with running.platforms(console, options["emsp_port"], options["cpo_port"], options["logs"]):
            if not auto.play_all(console, lessons, max(1, options["learners"])):
                raise CommandError("lessons differ from what really happened")


def _ask(console: Console) -> Any:
    """Asks for a line. Where lines can be edited, readline must know the prompt, or it ends no empty line and wipes the
    prompt away with what was typed; between \\001 and \\002 stands what takes no room.
    """
    with suppress(ImportError):
        import readline  # noqa: F401

    def ask(prompt: str) -> str:
        if console.is_terminal and not console.no_color:
            return input(f"\001\033[1;32m\002{prompt}\001\033[0m\002")
        return input(prompt)

    return ask
