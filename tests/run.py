"""`make test`: every test on SQLite with the embedded worker; then again on PostgreSQL and Redis, where they answer.

TEST_DATABASE_URL and TEST_REDIS_URL name them; the defaults are those of a local installation.
"""

import os
import subprocess
import sys

import psycopg
import redis

DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
# One round is enough for what touches no database, for pages, and for the black box; `make compliance` runs that one on
# PostgreSQL where DATABASE_URL names it.
WITHOUT_DATABASE = ("ocpi/protocol", "mock_cpo", "tests/architecture")


def main() -> int:
    arguments = sys.argv[1:]
    _title("SQLite, embedded worker")
    failed = _pytest(arguments, {})
    missing = _missing()
    if missing:
        _title(f"left out: PostgreSQL and Redis ({'; '.join(missing)})")
        return failed
    _title("PostgreSQL and Redis")
    once = ["-m", "not browser and not compliance", *(f"--ignore={folder}" for folder in WITHOUT_DATABASE)]
    return _pytest([*once, *arguments], {"DATABASE_URL": DATABASE_URL, "REDIS_URL": REDIS_URL}) or failed


def _pytest(arguments: list[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", *arguments]
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
