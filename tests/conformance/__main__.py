"""`make mutants`: the whole mutation score of the conformance kit, with its table. Exit code 1 when a defect is missed.

`--quick` makes only the checks of the rows that each defect breaks; `--platform CPO` or `EMSP` looks at one of both.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Iterator

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from ocpi.conformance.registry import Target  # noqa: E402

from . import score, stages  # noqa: E402
from .mutants import of  # noqa: E402


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--platform", choices=[str(target) for target in Target])
    parser.add_argument("--containing", default="", help="only defects with this in their name")
    return parser.parse_args()


def _outcomes(options: argparse.Namespace) -> Iterator[score.Outcome]:
    way = score.quickly if options.quick else score.thoroughly
    for target in Target:
        chosen = [mutant for mutant in of(target) if options.containing in mutant.name]
        if options.platform not in (None, str(target)) or not chosen:
            continue
        if target is Target.CPO:
            with stages.mock_cpo() as stage:
                yield from way(stage, chosen)
            continue
        databases = setup_databases(verbosity=0, interactive=False)
        with stages.our_emsp(settings) as emsp:
            yield from way(emsp, chosen)
        teardown_databases(databases, verbosity=0)


def main() -> int:
    logging.disable(logging.CRITICAL)
    started, found, missed = time.monotonic(), 0, []
    print(score.HEADER)
    for outcome in _outcomes(_options()):
        print(score.line(outcome), flush=True)
        found += outcome.found
        missed += [] if outcome.found else [outcome]
    print(f"\n{found} of {found + len(missed)} defects were found in {time.monotonic() - started:.0f} s.")
    for outcome in missed:
        print(f"MISSED: {outcome.mutant}, of {' '.join(outcome.mutant.rows)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
