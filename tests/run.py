"""Runs a suite: on SQLite with the embedded worker; and, if it is to, on PostgreSQL and Redis, where they answer.

TEST_DATABASE_URL and TEST_REDIS_URL name them; the defaults are those of a local installation. `python -m tests.run`
is everything on both, without reports; what stands behind it goes to pytest.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psycopg
import redis

from tests.suites import SUITES, Suite, without

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "reports"
DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/3")
PROCESSES = str((os.cpu_count() or 1) + 1)  # many tests wait for another process
# Tests are an environment of their own: what a demo, a lesson or an installation is told is not theirs.
# And they start hundreds of processes, each of which would compile all of it again.
FOREIGN = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "ENVIRONMENT", "OCPI_HOST", "PROTOCOL",
           "LEARNING_CPO_URL", "PYTHONDONTWRITEBYTECODE"}  # fmt: skip


class Round(NamedTuple):
    """`key` names its reports; `environment` says on which database."""

    key: str
    title: str
    arguments: tuple[str, ...]
    environment: dict[str, str]


@dataclass(frozen=True)
class Options:
    """`reports`: the folder for them, none without it; `coverage` among them. `extra` goes to pytest."""

    parallel: bool = True
    verbose: bool = False
    reports: Path | None = None
    coverage: bool = False
    extra: tuple[str, ...] = ()


def main() -> int:
    return run(SUITES["all"], Options(extra=tuple(sys.argv[1:])))


def run(suite: Suite, options: Options) -> int:
    """Its exit code: of the first round that failed. The last thing told is what pytest counted."""
    if options.reports:
        _clear(options.reports)
    failed = 0
    for each in _rounds(suite):
        _title(each.title)
        failed = _pytest(each, suite, options) or failed
    if options.reports and options.coverage:
        _coverage(options.reports)
    return failed


def _rounds(suite: Suite) -> Iterator[Round]:
    """That of SQLite, the longer one, comes last."""
    missing = _missing() if suite.postgresql is not None else []
    spared: tuple[str, ...] = ()
    if missing:
        _title(f"left out: PostgreSQL and Redis ({'; '.join(missing)})")
    elif suite.postgresql is not None:
        services = {"DATABASE_URL": DATABASE_URL, "REDIS_URL": REDIS_URL}
        yield Round("postgresql", "PostgreSQL and Redis", suite.postgresql, services)
        spared = without(suite.spared)
    yield Round("sqlite", "SQLite, embedded worker", (*suite.sqlite, *spared), {})


def _pytest(each: Round, suite: Suite, options: Options) -> int:
    python = [sys.executable, "-m", *(["coverage", "run", "-m"] if options.coverage else [])]
    command = [*python, "pytest", *_manner(options), *_reports(each, suite, options), *each.arguments, *options.extra]
    clean = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return subprocess.run(command, cwd=ROOT, env=clean | each.environment, check=False).returncode


def _manner(options: Options) -> Iterator[str]:
    yield "-v" if options.verbose else "-q"
    yield "-rs"  # what was left out, and why
    if options.parallel:
        yield from ("-n", PROCESSES, "--dist", "loadgroup")


def _reports(each: Round, suite: Suite, options: Options) -> Iterator[str]:
    if options.reports is None:
        return
    yield f"--junitxml={options.reports / f'junit-{each.key}.xml'}"
    yield f"--html={options.reports / f'tests-{each.key}.html'}"
    yield "--self-contained-html"
    yield f"--css={ROOT / 'tests' / 'report.css'}"
    if suite.proves and each.key == "sqlite":
        yield f"--compliance-report={options.reports}"


def _clear(folder: Path) -> None:
    """Nothing of an earlier run stands beside this one's reports."""
    folder.mkdir(parents=True, exist_ok=True)
    for pattern in ("junit-*.xml", "tests-*.html", ".coverage*"):
        for old in folder.glob(pattern):
            old.unlink()


def _coverage(folder: Path) -> None:
    """Of all processes and both databases together; the figures stand in the page and in the XML."""
    for what in (["combine", "--quiet"], ["html", "--quiet", "-d", str(folder / "coverage")],
                 ["xml", "--quiet", "-o", str(folder / "coverage.xml")]):  # fmt: skip
        subprocess.run([sys.executable, "-m", "coverage", *what], cwd=ROOT, check=False)


def _missing() -> list[str]:
    found = []
    try:
        psycopg.connect(DATABASE_URL.replace("postgres://", "postgresql://"), connect_timeout=2).close()
    except psycopg.Error as error:
        found.append(f"PostgreSQL: {str(error).strip().splitlines()[0]}")
    try:
        redis.Redis.from_url(REDIS_URL, socket_connect_timeout=2).ping()
    except redis.RedisError as error:
        found.append(f"Redis: {error}")
    return found


def _title(text: str) -> None:
    print(f"\n=== {text} ===", flush=True)


if __name__ == "__main__":
    sys.exit(main())
