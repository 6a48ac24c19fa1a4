"""`make mutants`: the whole mutation score of the conformance kit. Exit code 1 when a defect is missed, or one made up.

Its table by modules goes into docs/conformance.md when the whole catalogue was looked at. `--quick` makes only the
checks of the rows that each defect breaks; `--platform CPO` or `EMSP` looks at one of both.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from ocpi.conformance.findings import Report  # noqa: E402
from ocpi.conformance.registry import Target  # noqa: E402

from . import score, stages, summary  # noqa: E402
from .mutants import CATALOGUE, Mutant, of  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--platform", choices=[str(target) for target in Target])
    parser.add_argument("--containing", default="", help="only defects with this in their name")
    return parser.parse_args()


@contextmanager
def _stage(target: Target) -> Iterator[stages.Stage]:
    if target is Target.CPO:
        with stages.mock_cpo() as stage:
            yield stage
        return
    databases = setup_databases(verbosity=0, interactive=False)
    with stages.our_emsp(settings) as emsp:
        yield emsp
    teardown_databases(databases, verbosity=0)


def _chosen(options: argparse.Namespace) -> Iterator[tuple[Target, list[Mutant]]]:
    for target in Target:
        chosen = [mutant for mutant in of(target) if options.containing in mutant.name]
        if options.platform in (None, str(target)) and chosen:
            yield target, chosen


def _outcomes(options: argparse.Namespace, flawless: dict[Target, Report]) -> Iterator[score.Outcome]:
    """Of each defect; and before them, a report of the platform without any."""
    way = score.quickly if options.quick else score.thoroughly
    for target, chosen in _chosen(options):
        with _stage(target) as stage:
            stage.begin()
            flawless[target] = stages.examine(stage)
            yield from way(stage, chosen)


def main() -> int:
    logging.disable(logging.CRITICAL)
    options, started = _options(), time.monotonic()
    outcomes: list[score.Outcome] = []
    flawless: dict[Target, Report] = {}
    print(score.HEADER)
    for outcome in _outcomes(options, flawless):
        print(score.line(outcome), flush=True)
        outcomes.append(outcome)
    rows = summary.rows(outcomes, flawless)
    if len(outcomes) == len(CATALOGUE):
        summary.write(PAGE, summary.table(rows))
    print(f"\n{summary.table(rows)}\n")
    return _told(outcomes, flawless, time.monotonic() - started)


def _told(outcomes: list[score.Outcome], flawless: dict[Target, Report], seconds: float) -> int:
    missed = [outcome for outcome in outcomes if not outcome.found]
    print(f"{len(outcomes) - len(missed)} of {len(outcomes)} defects were found in {seconds:.0f} s.")
    for outcome in missed:
        print(f"MISSED: {outcome.mutant}, of {' '.join(outcome.mutant.rows)}")
    wrong = [(target, result) for target, report in flawless.items() for result in report.failed]
    for target, result in wrong:
        print(f"MADE UP: {target}, {' '.join(result.check.rows)} {result.check.title}")
    return 1 if missed or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
