"""What it costs to add a charging period to a session that has 20 of them, and to one that has 2,000: `make bench`.

A long session has a period a minute or more, and each comes with a PATCH of its own. The requests run through the whole
stack but the socket, against the database that DATABASE_URL names, in a copy of it that is thrown away. The sessions
take turns, so that what else the machine does falls on all alike.
"""

import os
import statistics
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django
from django.test.utils import get_runner
from rich.console import Console
from rich.table import Table

SIZES, ROUNDS = (20, 200, 2000), 300


def periods(count: int, hour: int = 0) -> list[dict[str, Any]]:
    from tests import factories

    return [
        factories.period(f"2026-03-{1 + hour // 24:02}T{hour % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z", n + 1)
        for n in range(count)
    ]


def figures(cpo: Any) -> dict[int, list[float]]:
    """Milliseconds of each PATCH, by the number of periods that were there at the beginning."""
    from tests import factories

    for size in SIZES:
        body = factories.session(id=f"S{size}", charging_periods=periods(size))
        assert cpo.put("sessions", "NL", "CPO", f"S{size}", body=body).status == (201, 1000)
    found: dict[int, list[float]] = {size: [] for size in SIZES}
    for n, period in enumerate(periods(ROUNDS, hour=24)):
        patch = {"kwh": n, "charging_periods": [period], "last_updated": f"2026-03-02T12:{n // 60:02}:{n % 60:02}Z"}
        for size in SIZES:
            begin = time.perf_counter()
            answer = cpo.patch("sessions", "NL", "CPO", f"S{size}", body=patch)
            found[size].append((time.perf_counter() - begin) * 1000)
            assert answer.status == (200, 1000)
    return found


def show(found: dict[int, list[float]], database: str) -> None:
    table = Table(
        "periods stored", "median ms", "middle half", "of that with 20", title=f"a PATCH with one, {database}"
    )
    first = statistics.median(found[SIZES[0]])
    for size in SIZES:
        low, median, high = statistics.quantiles(found[size], n=4)
        table.add_row(f"{size:,}", f"{median:.2f}", f"{low:.2f} to {high:.2f}", f"{median / first:.2f}")
    Console().print(table)


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.db import connection

    from tests import factories
    from tests.callers import Caller

    if connection.vendor == "postgresql":  # beside that of tests that may be running
        connection.settings_dict["TEST"]["NAME"] = f"bench_{os.getpid()}"
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        cpo = Caller(token="token-of-cpo", partner=factories.partner(name="CPO"), party=("NL", "CPO"))
        show(figures(cpo), connection.vendor)
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main()
