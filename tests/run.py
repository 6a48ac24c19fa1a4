"""`make test`: every test on SQLite with the embedded worker; then again on PostgreSQL and Redis, where they answer.

TEST_DATABASE_URL and TEST_REDIS_URL name them; the defaults are those of a local installation.
"""

import os
import subprocess
import sys

import psycopg
import redis

DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/3")
# One round is enough for pages, for the black box (`make compliance` runs it on PostgreSQL too, with DATABASE_URL), and
# for what these hold: nothing of it depends on the database.
ONE_ROUND = "not browser and not compliance"
ON_SQLITE = (
    "ocpi/protocol", "ocpi/conformance", "learning", "ocpi/operations/tests/test_admin.py",
    "ocpi/operations/tests/test_history.py", "ocpi/operations/tests/test_roles.py", "tests/architecture",
    "tests/conformance", "tests/docs", "tests/field",
    "tests/security/test_telemetry.py", "tests/security/test_audit.py", "tests/security/test_throttle.py",
    "tests/compliance/test_types.py", "tests/compliance/test_extensions.py", "tests/compliance/test_transport.py",
    "tests/compliance/test_versions.py", "tests/security/test_isolation.py", "tests/security/test_headers.py",
    "tests/security/test_deployment.py", "tests/security/test_bodies.py", "tests/journeys/test_demo.py",
    "tests/journeys/test_doctor.py", "tests/journeys/test_foreign_conformance.py", "tests/journeys/test_foreign_cpo.py",
    "tests/journeys/test_learn_auto.py",
    "tests/journeys/test_learn_terminal.py", "tests/journeys/test_learners.py", "tests/journeys/test_readme.py",
)  # fmt: skip
BOTH = ("ocpi", "tests")  # the mock CPO has no database
# Journeys that are hardest on the parts that production has; left out on SQLite where those answer.
ON_POSTGRESQL = (
    "tests/journeys/test_bills.py", "tests/journeys/test_handshake.py", "tests/journeys/test_recovery.py",
    "tests/journeys/test_restart.py", "tests/journeys/test_production.py", "tests/performance",
    "tests/security/test_leaks.py", "tests/compliance/test_web_servers.py",
)  # fmt: skip
PROCESSES = "3"  # on two cores: many tests wait for another process


def main() -> int:
    arguments = sys.argv[1:]
    missing = _missing()
    _title("SQLite, embedded worker")
    failed = _pytest([*([] if missing else _without(ON_POSTGRESQL)), *arguments], {})
    if missing:
        _title(f"left out: PostgreSQL and Redis ({'; '.join(missing)})")
        return failed
    _title("PostgreSQL and Redis")
    second = [*BOTH, "-m", ONE_ROUND, *_without(ON_SQLITE), *arguments]
    return _pytest(second, {"DATABASE_URL": DATABASE_URL, "REDIS_URL": REDIS_URL}) or failed


def _without(paths: tuple[str, ...]) -> list[str]:
    return [f"--ignore={path}" for path in paths]


def _pytest(arguments: list[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-n", PROCESSES, "--dist", "loadgroup", *arguments]
    clean = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return subprocess.run(command, env=clean | environment, check=False).returncode


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
