"""Tests from the menu, and from `manage.py run_tests`: which suites there are, what each validates, and running them.

The suites themselves live in `tests`, which an installation need not have.
"""

import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console


def suites() -> Mapping[str, Any]:
    """By name; see tests/suites.py. Empty where the tests are not installed."""
    if importlib.util.find_spec("tests") is None:
        return {}
    from tests.suites import SUITES

    return SUITES


def run(
    name: str, *, parallel: bool, verbose: bool = False, coverage: bool = False, extra: tuple[str, ...] = ()
) -> int:
    """In this terminal, on databases of their own, with reports; returns the exit code of pytest."""
    from tests import run as runner

    options = runner.Options(parallel, verbose, runner.REPORTS, coverage, extra)
    return runner.run(suites()[name], options)


def menu(console: Console, ask: Callable[[str], str]) -> None:
    if not suites():
        console.print("[yellow]The tests are not part of this installation: they come with the source.[/]")
        return
    numbered = dict(enumerate(suites(), start=1))
    while True:
        for number, name in numbered.items():
            suite = suites()[name]
            console.print(f"   [bold]{number}[/]  [cyan]{name:<12}[/] {suite.validates} [dim]({suite.takes})[/]",
                          highlight=False)  # fmt: skip
        answer = ask("tests (number, or q)> ").strip()
        if not answer.isdecimal() or int(answer) not in numbered:
            return
        console.print(_told(numbered[int(answer)]))


def _told(name: str) -> str:
    if importlib.util.find_spec("pytest") is None:
        return "[yellow]The tests need more packages: `python manage.py run_tests --install-deps` installs them.[/]"
    return f"[red]{name}: see above[/]" if run(name, parallel=True) else f"[green]{name}: all passed[/]"
