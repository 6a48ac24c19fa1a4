"""`python -m tests.performance.load URL --token TOKEN`: run, print, and write reports/load-PROFILE.html."""

import locust  # isort: skip  # noqa: F401  it makes sockets cooperative, and must come first

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import requests
from django.conf import settings
from rich.console import Console
from rich.table import Table

from .chart import HEAD, LEAST, cells, page
from .figures import Figures
from .profiles import PROFILES
from .run import carry_out
from .target import find


def main() -> int:
    """Exit codes: 0 all calls succeeded, 1 some failed, 2 the eMSP cannot be loaded."""
    options = _options()
    if not settings.configured:
        settings.configure(USE_TZ=True)  # all that the samples of wire objects need
    host = options.url.rstrip("/")
    try:
        target = find(host, options.token)
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        print(f"{host}: {error}", file=sys.stderr)
        return 2
    failed = 0
    for name in options.profile or list(PROFILES):
        profile = PROFILES[name]
        users, seconds = options.users or profile.users, options.seconds or profile.seconds
        figures = carry_out(profile, target, host, users, seconds)
        show(name, figures)
        options.reports.mkdir(parents=True, exist_ok=True)
        path = options.reports / f"load-{name}.html"
        text = f"{profile.text[0].upper()}{profile.text[1:]}; {users} users, {seconds:g} seconds"
        path.write_text(page(name, text, host, datetime.now(UTC), figures))
        print(f"Report: {path}")
        failed += bool(figures.total.failed) or not figures.total.calls
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("url", help="where the eMSP is, such as http://localhost:8000")
    parser.add_argument("--token", default=os.environ.get("LOAD_TOKEN", ""), help="of manage.py load_partner")
    parser.add_argument("--profile", action="append", choices=PROFILES, help="may be repeated; all when left out")
    parser.add_argument("--users", type=int, help="at once, instead of the profile's")
    parser.add_argument("--seconds", type=float, help="instead of the profile's")
    parser.add_argument("--reports", type=Path, default=Path("reports"))
    return parser.parse_args()


def show(name: str, figures: Figures) -> None:
    table = Table(*HEAD, title=f"Load: {name}", title_justify="left")
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for line in figures.lines:
        table.add_row(*cells(line))
    table.add_section()
    table.add_row(*cells(figures.total))
    console = Console()
    console.width = max(console.width, LEAST)
    console.print(table)
    for error in figures.errors:
        console.print(f"[red]{error}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
