"""`python -m tests.performance.throughput`: ours and the floor in turns, the same load on both, and their ratio.

Writes reports/bench.md and reports/bench.svg. Exit code 1 when a goal was missed.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.chaos.house import ROOT, Missing

from . import report
from .load import CONNECTIONS
from .stage import FASTEST, FLOOR, OURS, SHIPPED, WEB, Stage
from .wire import SCENARIOS

REPORTS = ROOT / "reports"
_IMPORT = "import emsp_project.wsgi"


def main() -> int:
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="emsp-bench-"))
    folder.chmod(0o755)  # PostgreSQL runs as a user of its own
    try:
        stage = Stage(folder, options.server, options.nice, dict(each.split("=", 1) for each in options.set))
    except Missing as problem:
        print(f"left out: {problem}")
        return 2
    try:
        stage.open()
        found = measure(stage, options)
        facts = [*_facts(found, options), f"cold start of the web process: {cold_start(stage):.2f} s of CPU"]
    except Exception:
        for log in folder.glob("*.log"):
            print(log, log.read_text()[-3000:], sep="\n")
        raise
    finally:
        stage.close()
        shutil.rmtree(folder, ignore_errors=True)
    return _tell(found, facts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.performance.throughput", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement (default %(default)s)")
    scenarios = [name for name in SCENARIOS if name != "nothing"]
    parser.add_argument("--only", nargs="*", default=scenarios, choices=scenarios, metavar="SCENARIO")
    parser.add_argument("--server", choices=list(WEB), default=SHIPPED)
    parser.add_argument("--nice", type=int, default=0, help="of our processes, for a machine that is not idle")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of ours, to compare")
    return parser.parse_args()


def measure(stage: Stage, options: argparse.Namespace) -> report.Results:
    found: report.Results = defaultdict(list)
    for number in range(options.rounds):
        found["nothing", FASTEST].append(_load(stage, FASTEST, "nothing", number, options.seconds))
        for scenario in options.only:
            for n, side in enumerate((OURS, FLOOR, FASTEST)):
                found[scenario, side].append(_load(stage, side, scenario, number * 3 + n, options.seconds))
    return found


def _load(stage: Stage, side: str, scenario: str, number: int, seconds: float) -> dict[str, Any]:
    module = "tests.performance.throughput.load"
    command = [sys.executable, "-m", module, str(stage.ports[side]), scenario, str(number), str(seconds)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    stage.prefer(process.pid)
    out, wrong = process.communicate()
    if process.returncode:
        raise RuntimeError(wrong[-2000:])
    return json.loads(out)


def _facts(found: report.Results, options: argparse.Namespace) -> list[str]:
    fastest = report.middle(found, "nothing", FASTEST)
    busiest = max(run["generator"] for runs in found.values() for run in runs)
    changed = f", with {' '.join(options.set)}" if options.set else ""
    return [
        f"{CONNECTIONS} connections, {options.rounds} rounds of {options.seconds:.0f} s in turns, medians",
        f"web process: {WEB[options.server]}{changed}",
        "PostgreSQL with synchronous_commit and fsync on; journal, checks and all modules on; Redis there, no worker",
        f"the generator alone: {fastest:,.0f}/s; it was never busy for more than {busiest:.0%} of a core",
    ]


def cold_start(stage: Stage) -> float:
    """Seconds of CPU until the application can be called, once its bytecode is there."""
    command, environment = [sys.executable, "-c", _IMPORT], stage.environment(OURS)
    took = []
    for _ in range(4):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return sorted(took[1:])[1]


def _tell(found: report.Results, facts: list[str]) -> int:
    REPORTS.mkdir(exist_ok=True)
    (REPORTS / "bench.md").write_text(text := report.markdown(found, facts))
    (REPORTS / "bench.svg").write_text(report.chart(found))
    print(text)
    for each in (missed := report.missed(found)):
        print("MISSED  " + each)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
