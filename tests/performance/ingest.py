"""How fast 20,000 locations are taken over from the mock CPO, and looked through again: `make bench-ingest`.

Everything is real: HTTP, JSON, the journal, the transactions. The tables are in a database that is thrown away, beside
the one that DATABASE_URL names. The CPU time is that of our worker alone; the mock CPO and PostgreSQL have their own.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django
import requests
from django.test.utils import get_runner
from rich.console import Console
from rich.table import Table

from ocpi.core import garbage

PORT = int(os.environ.get("BENCH_PORT", "25011"))
TOKEN = "token-of-the-bench"
BASE = f"http://127.0.0.1:{PORT}/ocpi/cpo/2.2.1"


class Run(NamedTuple):
    """A pull of everything: locations that came and that were written, seconds, CPU seconds and MB of our process."""

    name: str
    received: int
    changed: int
    seconds: float
    cpu: float
    memory: float


@contextmanager
def network(locations: int) -> Iterator[None]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.performance.cpo", str(PORT), str(locations), TOKEN]
    process = subprocess.Popen(command)
    try:
        _wait(process)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            requests.get(f"http://127.0.0.1:{PORT}/", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the mock CPO did not start")


def pulled(name: str, partner: Any) -> Run:
    from ocpi.journal import writer
    from ocpi.sync import services

    begin, cpu = time.perf_counter(), time.process_time()
    row = services.pull(partner=partner, module="locations", full=True)
    writer.flush()
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Run(name, row.received, row.changed, seconds, time.process_time() - cpu, peak)


def changed(share: float) -> None:
    """As if pushes had come: these rows are no longer what the list brought."""
    from ocpi.core import clock
    from ocpi.locations.models import Location

    keys = list(Location.objects.order_by("pk").values_list("pk", flat=True))
    Location.objects.filter(pk__in=keys[: int(len(keys) * share)]).update(changed_at=clock.now())


def measure(locations: int) -> list[Run]:
    from ocpi.core import secrets
    from tests import factories

    with network(locations):
        partner = factories.partner(name="CPO", base_url=BASE, token_out=secrets.encrypt(TOKEN))
        runs = [pulled("all new", partner), pulled("nothing has changed", partner)]
        changed(0.01)
        return [*runs, pulled("one in a hundred was touched", partner)]


def table(runs: list[Run], database: str) -> Table:
    found = Table(
        "pull of everything", "locations", "written", "seconds", "per second", "CPU s", "peak MB", title=database
    )
    for run in runs:
        found.add_row(
            run.name, f"{run.received:,}", f"{run.changed:,}", f"{run.seconds:.1f}",
            f"{run.received / run.seconds:,.0f}", f"{run.cpu:.1f}", f"{run.memory:.0f}",
        )  # fmt: skip
    return found


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.JOURNAL_ENABLED = "--without-journal" not in sys.argv
    sizes = [int(text) for text in sys.argv[1:] if text.isdigit()]
    if connection.vendor == "postgresql":  # beside that of tests that may be running
        connection.settings_dict["TEST"]["NAME"] = f"bench_{os.getpid()}"
        connection.settings_dict["OPTIONS"].pop("options", None)  # as durable as in production
    garbage.seldom(bulk=True)  # as a worker does
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        Console().print(table(measure(sizes[0] if sizes else 20_000), connection.vendor))
    finally:
        if connection.vendor == "postgresql":  # the journal's thread keeps its connection
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                               "WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main()
