"""`make bench-admin`: fill the database that DATABASE_URL names, once, and measure every page of the admin on it.

--share 0.01   a hundredth of the rows, to try it    --again MODEL   make the rows of one model anew
--only TEXT    only what belongs to lists of that name    --all   a line for each page
--rounds 1     no median, to be done sooner
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
LIMIT = 1.0  # seconds


def main() -> int:
    asked = _arguments()
    import django

    django.setup()
    from django.db import connection

    if connection.vendor != "postgresql":
        print("These sizes are for PostgreSQL: DATABASE_URL=postgres://user@127.0.0.1/bench make bench-admin")
        return 2
    from . import report
    from .fill import fill

    for name, rows, seconds in fill(asked.share, frozenset(asked.again)):
        print(f"filled {name}: {rows:,} rows in {seconds:.0f} s", flush=True)
    print("\n".join(report.rows()))
    return _measure(asked)


def _measure(asked: argparse.Namespace) -> int:
    from django.contrib.auth.models import User
    from django.test import Client

    from . import report
    from .measure import every

    client = Client(raise_request_exception=False)
    client.force_login(User.objects.filter(is_superuser=True).order_by("pk")[0])
    timed = []
    for each in every(client, LIMIT, asked.rounds, asked.only):
        timed.append(each)
        if asked.all or each.median > LIMIT or each.status >= 400:
            print(report.line(each), flush=True)
    text = "\n".join([*report.table(timed), "", *report.slow(timed, LIMIT)])
    print(text)
    Path("reports").mkdir(exist_ok=True)
    Path("reports/bench-admin.md").write_text(text + "\n", encoding="utf-8")
    return int(any(each.median > LIMIT or each.status >= 400 for each in timed))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench-admin", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--again", action="append", default=[])
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--all", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
