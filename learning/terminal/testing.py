"""Tests from the menu: which kinds there are, what each validates, and running them."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from rich.console import Console


class Kind(NamedTuple):
    """`arguments`: of pytest, or of Python where they begin with `-m`."""

    name: str
    validates: str
    takes: str
    arguments: tuple[str, ...]


_BESIDE = ("ocpi", "mock_cpo", "learning")
KINDS = {
    "1": Kind("quick", "The protocol as plain Python: objects, paging, merging, prices, and that lessons are whole.",
              "half a minute", ("ocpi/protocol", "learning/tests")),
    "2": Kind("unit", "Each module beside its code: every operation, right and wrong, and every page.",
              "some minutes", _BESIDE),
    "3": Kind("integration", "Two real processes: handshake, charges, bills, restarts, recovery, and all lessons.",
              "some minutes", ("tests/journeys",)),
    "4": Kind("compliance", "Row by row what the specification demands, over HTTP, each with its requirement's ID.",
              "a few minutes", ("-m", "compliance or requirement", "--ignore", "tests/journeys", "--ignore",
                                "tests/browser")),
    "5": Kind("performance", "How long lists and bills take, and that no page asks the database too often.",
              "a minute", ("tests/performance",)),
}  # fmt: skip


def menu(console: Console, ask: Callable[[str], str]) -> None:
    while True:
        for key, kind in KINDS.items():
            console.print(f"   [bold]{key}[/]  [cyan]{kind.name:<12}[/] {kind.validates} [dim]({kind.takes})[/]",
                          highlight=False)  # fmt: skip
        answer = ask("tests (number, or q)> ").strip()
        if answer not in KINDS:
            return
        console.print(run(KINDS[answer]))


def run(kind: Kind) -> str:
    """In this terminal, on a database of their own; returns what came of it in words."""
    if importlib.util.find_spec("pytest") is None:
        return "[yellow]The tests need more packages: `make test` installs them.[/]"
    command = [sys.executable, "-m", "pytest", "-q", *kind.arguments]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=_environment(), check=False)  # noqa: S603  our own tests
    return f"[green]{kind.name}: all passed[/]" if done.returncode == 0 else f"[red]{kind.name}: see above[/]"


def _environment() -> dict[str, str]:
    """Tests are an environment of their own: what this command has set for its platforms is not theirs."""
    mine = {"OCPI_HOST", "PROTOCOL", "LEARNING_CPO_URL", "DATABASE_URL", "REDIS_URL", "ENVIRONMENT",
            "DJANGO_SETTINGS_MODULE"}  # fmt: skip
    return {name: value for name, value in os.environ.items() if name not in mine}
