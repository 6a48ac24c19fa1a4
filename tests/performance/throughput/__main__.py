"""`python -m tests.performance.throughput`: ours and the floor in turns, the same load on both, and their ratio."""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.chaos.house import ROOT

from .stage import FLOOR, OURS, WEB, Stage
from .wire import SCENARIOS

Results = dict[tuple[str, str], list[dict[str, Any]]]


def main() -> int:
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="emsp-bench-"))
    folder.chmod(0o755)  # PostgreSQL runs as a user of its own
    stage = Stage(folder, options.server, options.nice, dict(each.split("=", 1) for each in options.set))
    try:
        stage.open()
        show(measure(stage, options))
    except Exception:
        for log in folder.glob("*.log"):
            print(log, log.read_text()[-3000:], sep="\n")
        raise
    finally:
        stage.close()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.performance.throughput", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement (default %(default)s)")
    parser.add_argument("--only", nargs="*", default=list(SCENARIOS), choices=list(SCENARIOS), metavar="SCENARIO")
    parser.add_argument("--server", choices=list(WEB), default="granian")
    parser.add_argument("--nice", type=int, default=0, help="of our processes, for a machine that is not idle")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of ours, to compare")
    return parser.parse_args()


def measure(stage: Stage, options: argparse.Namespace) -> Results:
    found: Results = defaultdict(list)
    for number in range(options.rounds):
        for scenario in options.only:
            for side in [OURS, FLOOR] if scenario != "nothing" else [FLOOR]:
                found[scenario, side].append(_load(stage.ports[side], scenario, number, options.seconds))
    return found


def _load(port: int, scenario: str, number: int, seconds: float) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "tests.performance.throughput.load",
        str(port),
        scenario,
        str(number),
        str(seconds),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout)


def show(found: Results) -> None:
    for (scenario, side), runs in found.items():
        rates = [run["rate"] for run in runs]
        print(
            f"{scenario:14} {side:6} {statistics.median(rates):8.0f}/s  {min(rates):.0f}..{max(rates):.0f}  "
            f"median {statistics.median(r['median'] for r in runs):.2f} ms  p99 {statistics.median(r['p99'] for r in runs):.2f} ms  "
            f"generator {statistics.median(r['generator'] for r in runs):.2f}  {runs[0]['statuses']}"
        )


if __name__ == "__main__":
    sys.exit(main())
