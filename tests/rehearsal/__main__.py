"""`python -m tests.rehearsal`: production behind nginx, a steady load, and everything restarted again and again.

Exit code 1 when a partner or an app has seen a single error, or when something that was acknowledged is not there.
"""

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import django
import requests

from tests.chaos.house import Missing, wait

from .production import TOKEN_A, WEB, Production

ROUND = (*WEB, "worker", "bulk", "beat")  # in the order of a deployment
PUSHERS, READERS, DRIVERS = 3, 2, 1


def main() -> int:
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="emsp-rehearsal-"))
    folder.chmod(0o755)  # PostgreSQL runs as a user of its own
    try:
        production = Production(folder)
    except Missing as problem:
        print(f"left out: {problem}")
        return 2
    failed = True
    try:
        production.open()
        os.environ.update(production.environment, DJANGO_SETTINGS_MODULE="emsp_project.settings")
        django.setup()
        failed = _run(production, options)
    finally:
        production.close()
        if failed:
            print(f"data and logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return int(failed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.rehearsal", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="each restarts every role once (default %(default)s)")
    parser.add_argument("--pause", type=float, default=4, help="seconds between two restarts (default %(default)s)")
    parser.add_argument("--settle", type=float, default=120, help="seconds for what is owed to be done, at most")
    return parser.parse_args()


def _run(production: Production, options: argparse.Namespace) -> bool:
    from tests.chaos import load, stage

    scene = stage.prepare(production, TOKEN_A)
    ledger = load.Ledger()
    began = time.monotonic()
    with _load(production, scene, ledger):
        time.sleep(options.pause)
        for _ in range(options.rounds):
            for role in ROUND:
                took = production.restart(role)
                wait(lambda: production.serves(), f"the return of {role}")
                print(f"{time.monotonic() - began:6.1f} s  {role} restarted; it took {took:.1f} s to end", flush=True)
                time.sleep(options.pause)
    return _judge(production, options, scene, ledger, time.monotonic() - began)


@contextmanager
def _load(production: Production, scene: Any, ledger: Any) -> Iterator[None]:
    """Each thread keeps its connection, as platforms do."""
    from tests.chaos import load

    leaving = threading.Event()

    def api(token: str) -> Any:
        return load.Api(production.emsp, token, ledger, requests.Session())

    work: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
    work += [(load.push, (api(scene.loader_token), ledger, n, leaving)) for n in range(PUSHERS)]
    work += [(load.read, (api(scene.loader_token), scene.tokens, leaving)) for _ in range(READERS)]
    work += [
        (load.drive, (api(scene.app_token), ledger, scene.chargers, scene.tokens, Random(n), leaving))
        for n in range(DRIVERS)
    ]
    threads = [threading.Thread(target=target, args=arguments) for target, arguments in work]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        leaving.set()
        for thread in threads:
            thread.join(60)


def _judge(production: Production, options: argparse.Namespace, scene: Any, ledger: Any, seconds: float) -> bool:
    from django.db import connection

    from tests.chaos import stage, verdict

    def look(path: str) -> Any:
        return requests.get(f"{production.cpo}/control/{path}", timeout=20).json()

    stage.end_charges(production.cpo)
    results: dict[str, Any] = {}

    def settled() -> bool:
        time.sleep(1)
        connection.close()
        results.update(verdict.checks(ledger, look, scene.loader, scene.cpo))
        return not any(wrong for _, wrong in results.values())

    try:
        wait(settled, "settling", options.settle)
    except TimeoutError as problem:
        print(problem)
    sent = look("exchanges?direction=out&limit=100000")
    unanswered = [each for each in sent if not each["status"] or each["status"] >= 500]
    lost = [f"{name}: {each}" for name, (_, wrong) in results.items() for each in wrong]
    _tell(ledger, seconds, len(sent), unanswered, lost)
    return bool(ledger.errors or unanswered or lost)


def _tell(ledger: Any, seconds: float, sent: int, unanswered: list[Any], lost: list[str]) -> None:
    took = sorted(1000 * each for each in ledger.seconds)
    half, most, slowest = took[len(took) // 2], took[-1 - len(took) // 100], took[-1]
    print(f"\n{seconds:.0f} s: {', '.join(f'{what} {n}' for what, n in sorted(ledger.counts.items()))}")
    print(f"half answered within {half:.0f} ms, 99 % within {most:.0f} ms, the slowest took {slowest:.0f} ms")
    print(
        f"errors: {ledger.errors}; seen by the mock CPO: {len(unanswered)} of {sent}; lost or done twice: {len(lost)}"
    )
    for each in [*unanswered[:5], *lost[:10]]:
        print(f"  {each}")


if __name__ == "__main__":
    sys.exit(main())
