"""`python -m tests.chaos`: open the house, load it, strike, let it settle, judge. Exit code 1 on any violation."""

import argparse
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import django
import requests

from .house import KINDS, House, Missing, wait

PUSHERS, DRIVERS = 3, 2


def main() -> int:
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="emsp-chaos-"))
    folder.chmod(0o755)  # PostgreSQL runs as a user of its own
    try:
        house = House(folder)
    except Missing as problem:
        print(f"left out: {problem}")
        return 2
    os.environ.update(house.environment)
    violated = True
    try:
        house.open()
        django.setup()
        violated = _run(house, options)
    finally:
        house.close()
        if violated:
            print(f"data and logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return int(violated)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="of load (default %(default)s)")
    parser.add_argument("--events", type=int, default=24, help="how often something is killed (default %(default)s)")
    parser.add_argument("--seed", type=int, default=None, help="the same number, the same kills at the same moments")
    parser.add_argument("--settle", type=float, default=240, help="seconds for the dust to settle, at most")
    return parser.parse_args()


def _run(house: House, options: argparse.Namespace) -> bool:
    from . import load, stage

    seed = options.seed if options.seed is not None else random.randrange(1_000_000)
    print(f"seed {seed}: {options.seconds:.0f} s of load, {options.events} events", flush=True)
    scene = stage.prepare(house)
    ledger, leaving = load.Ledger(), threading.Event()
    pusher = load.Api(house.emsp, scene.loader_token, ledger)
    app = load.Api(house.emsp, scene.app_token, ledger)
    threads = [threading.Thread(target=load.push, args=(pusher, ledger, n, leaving)) for n in range(PUSHERS)]
    threads += [
        threading.Thread(
            target=load.drive, args=(app, ledger, scene.chargers, scene.tokens, random.Random(seed + n), leaving)
        )
        for n in range(DRIVERS)
    ]
    for thread in threads:
        thread.start()
    struck = _strike(house, options, random.Random(seed))
    leaving.set()
    for thread in threads:
        thread.join(load.PATIENCE * 3)
    return _judge(house, options, scene, ledger, struck)


def _strike(house: House, options: argparse.Namespace, choice: random.Random) -> dict[str, int]:
    """At random moments, each kind about as often; the last while is left in peace."""
    began = time.monotonic()
    kinds = [KINDS[n % len(KINDS)] for n in range(options.events)]
    choice.shuffle(kinds)
    moments = sorted(choice.uniform(3, options.seconds - 5) for _ in kinds)
    struck: dict[str, int] = dict.fromkeys(KINDS, 0)
    for moment, kind in zip(moments, kinds, strict=True):
        time.sleep(max(0.0, began + moment - time.monotonic()))
        what = house.strike(kind, choice)
        struck[kind] += 1
        print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)
    time.sleep(max(0.0, began + options.seconds - time.monotonic()))
    return struck


def _judge(house: House, options: argparse.Namespace, scene: Any, ledger: Any, struck: dict[str, int]) -> bool:
    from django.db import connection

    from . import stage, verdict

    def look(path: str) -> Any:
        return requests.get(f"{house.cpo}/control/{path}", timeout=20).json()

    stage.end_charges(house.cpo)
    results: dict[str, Any] = {}

    def settled() -> bool:
        time.sleep(2)
        connection.close()
        results.update(verdict.checks(ledger, look, scene.loader, scene.cpo))
        return not any(wrong for _, wrong in results.values())

    began = time.monotonic()
    try:
        wait(settled, "settling", options.settle)
        print(f"settled after {time.monotonic() - began:.0f} s")
    except TimeoutError as problem:
        print(problem)
    _table(results, ledger, struck, {s.name: s.starts - 1 for s in house.services.values()})
    return any(wrong for _, wrong in results.values())


def _table(results: dict[str, Any], ledger: Any, struck: dict[str, int], restarts: dict[str, int]) -> None:
    print(f"\nevents: {sum(struck.values())} ({', '.join(f'{kind} {n}' for kind, n in struck.items())})")
    print(f"restarted by the supervisor: {', '.join(f'{name} {n}' for name, n in restarts.items())}")
    print(", ".join(f"{what}: {n}" for what, n in sorted(ledger.counts.items())))
    print(f"\n{'':54} {'looked at':>9} {'violated':>9}")
    for name, (count, wrong) in results.items():
        print(f"{name:54} {count:9} {len(wrong):9}")
    for name, (_, wrong) in results.items():
        for each in wrong[:10]:
            print(f"VIOLATED  {name}: {each}")


if __name__ == "__main__":
    sys.exit(main())
