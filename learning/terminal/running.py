"""Both platforms for whoever learns in a terminal: those that run are used, those that do not are started."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console

from learning.demo import cast
from learning.demo.callers import answers
from learning.demo.errors import DemoFailed
from learning.demo.processes import Platforms
from ocpi.core.ids import new_token
from ocpi.partners import development


def forget_typed() -> None:
    """What was typed while something went on was meant for nothing that is asked next."""
    if sys.stdin.isatty():
        with suppress(ImportError, OSError):
            import termios

            termios.tcflush(sys.stdin, termios.TCIFLUSH)


def both_answer(emsp_url: str, cpo_url: str) -> bool:
    return answers(f"{emsp_url}/health") and answers(f"{cpo_url}/control/health")


@contextmanager
def platforms(console: Console, emsp_port: int, cpo_port: int, logs: Path) -> Iterator[Platforms]:
    """Started here, they end here. Raises DemoFailed when only one of the two is there, or one does not start."""
    found = Platforms(emsp_port, cpo_port, 60, new_token(), logs)
    if both_answer(found.emsp_url, found.cpo_url):
        yield found
        return
    development.seed()
    cast.admit_operator()
    try:
        with console.status("Starting the eMSP and the mock CPO …"):
            found.start()
            found.wait(lambda: both_answer(found.emsp_url, found.cpo_url), "the platforms did not start")
        forget_typed()
        yield found
    except DemoFailed as error:
        raise DemoFailed(found.ended(patience=1) or str(error)) from error
    finally:
        found.end()
