"""What `manage.py doctor` looks at: one function a question, each answer with the command that mends it.

for answer in examine(): print(answer.state, answer.about, answer.found, answer.mend)
"""

import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

import redis
import requests
from celery import current_app
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from packaging.requirements import Requirement

OK, NOTE, WRONG = "ok", "note", "wrong"
PYTHON = (3, 11)
MOCK_CPO = "http://localhost:8001/control/health"
# Port, who belongs there, where it says that it is there, and how to go elsewhere.
PORTS = (
    (8000, "eMSP", "http://localhost:8000/health", "python manage.py demo --emsp-port 8010"),
    (8001, "mock CPO", MOCK_CPO, "python manage.py demo --cpo-port 8011"),
)
DRIFT = timedelta(seconds=2)  # partners refuse nothing for it, but the newest of two updates would be the wrong one
_SECONDS = 2


class Answer(NamedTuple):
    """`state`: ok, note (worth knowing, nothing is broken) or wrong. `mend`: what to type or change; empty when ok."""

    about: str
    state: str
    found: str
    mend: str = ""


def examine() -> Iterator[Answer]:
    """Every question in turn; those that need the database are left out when it does not answer."""
    yield from (python(), packages(), *configuration())
    reached = database()
    yield reached
    if reached.state == OK:
        yield migrations()
    yield from (broker(), worker())
    yield from (port(*each) for each in PORTS)
    yield from (emsp(), mock_cpo(), clock(reached.state == OK), disk())


def python() -> Answer:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON:
        return Answer("Python", WRONG, f"{found} is too old", "make PYTHON=python3.11 install")
    return Answer("Python", OK, found)


def packages() -> Answer:
    """requirements.txt against what is installed; what it asks of another Python is not wanted here."""
    lines = (line.split("#")[0].strip() for line in (settings.BASE_DIR / "requirements.txt").read_text().splitlines())
    pins = [Requirement(line) for line in lines if line]
    wanted = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    installed = {pin.name: _installed(pin.name) for pin in wanted}
    differing = [
        f"{pin.name} {installed[pin.name] or 'is missing'}" for pin in wanted
        if not pin.specifier.contains(installed[pin.name] or "0", prereleases=True)
    ]  # fmt: skip
    if differing:
        return Answer(
            "packages", WRONG, f"not as requirements.txt has it: {', '.join(differing)}",
            f"{sys.executable} -m pip install -r requirements.txt",
        )  # fmt: skip
    return Answer("packages", OK, f"{len(wanted)} as in requirements.txt")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def configuration() -> Iterator[Answer]:
    """Django's own system checks; in production also those for deployment."""
    messages = checks.run_checks(include_deployment_checks=settings.PRODUCTION)
    serious = [message for message in messages if message.level >= checks.WARNING and not message.is_silenced()]
    yield from (Answer("settings", WRONG, _told(message), message.hint or "see .env.example") for message in serious)
    if not serious:
        parties = ", ".join(settings.EMSP_PARTIES)
        yield Answer("settings", OK, f"{settings.ENVIRONMENT}, {parties} at {settings.PUBLIC_URL}")


def _told(message: CheckMessage) -> str:
    return f"{message.id}: {' '.join(message.msg.split())}"


def database() -> Answer:
    name = f"{connection.vendor} {connection.settings_dict['NAME']}"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        return Answer(
            "database", WRONG, f"{name} does not answer ({reason})",
            "start it, or set DATABASE_URL to one that runs; unset, SQLite needs no server",
        )  # fmt: skip
    return Answer("database", OK, name)


def migrations() -> Answer:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return Answer("migrations", WRONG, f"{len(missing)} not applied", "python manage.py migrate")
    return Answer("migrations", OK, "all applied")


def broker() -> Answer:
    if not settings.REDIS_URL:
        return Answer("broker", OK, "in the web process (REDIS_URL is not set)")
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS).ping()
    except redis.RedisError as error:
        reason = type(error).__name__
        return Answer("broker", WRONG, f"Redis does not answer ({reason})", "redis-server, or unset REDIS_URL")
    return Answer("broker", OK, "Redis answers")


def worker() -> Answer:
    if settings.EMBEDDED_WORKER:
        return Answer("worker", OK, "in the web process: it runs while that runs")
    try:
        found = current_app.control.broadcast("ping", reply=True, timeout=_SECONDS, limit=1)
    except Exception as error:  # of whatever library the broker has; the broker's own answer stands above
        found = []
        reason = type(error).__name__
    else:
        reason = "nobody answered"
    if found:
        return Answer("worker", OK, f"{next(iter(found[0]))} answers")
    return Answer(
        "worker", WRONG, f"no worker ({reason}): commands are not sent, bills are not checked",
        "celery -A emsp_project worker --beat",
    )  # fmt: skip


def port(number: int, name: str, health: str, elsewhere: str) -> Answer:
    """Free, or taken by the platform that belongs there."""
    about = f"port {number}"
    with socket.socket() as probe:
        probe.settimeout(_SECONDS)
        if probe.connect_ex(("127.0.0.1", number)):
            return Answer(about, OK, f"free for the {name}")
    if _answer(health) is not None:
        return Answer(about, OK, f"the {name} is there")
    return Answer(about, NOTE, "something else listens there", f"end it, or choose another: {elsewhere}")


def emsp() -> Answer:
    url = f"{settings.PUBLIC_URL}/health"
    answer = _answer(url, ours=True)
    if answer is None:
        return Answer("eMSP", NOTE, f"not reached at {url}", "make run, or make demo; OCPI_HOST says where it is")
    broken = [f"{name} {state}" for name, state in answer.json().get("checks", {}).items() if state != "ok"]
    if broken:
        return Answer("eMSP", WRONG, f"{url} says: {', '.join(broken)}", "see the answers above, and its log")
    return Answer("eMSP", OK, f"healthy at {settings.PUBLIC_URL}")


def mock_cpo() -> Answer:
    if _answer(MOCK_CPO) is None:
        return Answer("mock CPO", NOTE, "not running", "make demo, or: python manage.py mock_cpo")
    return Answer("mock CPO", OK, "runs at http://localhost:8001/")


def _answer(url: str, ours: bool = False) -> requests.Response | None:
    """The JSON answer of a platform, whatever its status; None when nobody of ours is there."""
    try:
        found = requests.get(url, timeout=_SECONDS)
        found.json()
    except (requests.RequestException, ValueError):
        return None
    return found if found.ok or ours else None


def clock(has_database: bool) -> Answer:
    """Ours against those around us: the order of updates is told by their times."""
    others: dict[str, Callable[[], datetime | None]] = {"the eMSP": _emsp_time}
    if has_database and connection.vendor == "postgresql":
        others["the database"] = _database_time
    off = [f"{name} by {abs(gap).total_seconds():.0f} s" for name, gap in _gaps(others) if abs(gap) > DRIFT]
    if off:
        return Answer("clock", WRONG, f"differs from {', '.join(off)}", "synchronise the machines' clocks (NTP)")
    return Answer("clock", OK, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")


def _gaps(others: dict[str, Callable[[], datetime | None]]) -> Iterator[tuple[str, timedelta]]:
    for name, ask in others.items():
        theirs = ask()
        if theirs is not None:
            yield name, theirs - datetime.now(UTC)


def _database_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def _emsp_time() -> datetime | None:
    answer = _answer(f"{settings.PUBLIC_URL}/health", ours=True)
    date = answer.headers.get("Date") if answer is not None else None
    return parsedate_to_datetime(date) if date else None


def disk() -> Answer:
    free = shutil.disk_usage(settings.BASE_DIR).free / 1e9
    if free < 1:
        return Answer("disk", WRONG, f"{free:.1f} GB free", "make room: a full disk refuses every write")
    return Answer("disk", OK, f"{free:.0f} GB free")
