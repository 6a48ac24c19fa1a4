"""`GET /health`: does each part that we need answer? (SEED-01) Beside it what an orchestrator asks one process.

`/health/live`: does this process answer at all? If not, start it anew.
`/health/ready`: can it serve requests? If not, send it none. A worker that is away is no reason: work waits in rows.
"""

from collections.abc import Callable
from functools import cache

from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from ocpi import __version__

from . import worker


def health(request: HttpRequest) -> JsonResponse:
    """200 when database, broker and worker all answer, else 503 naming the one that does not. No token needed."""
    return _told(CHECKS)


def live(request: HttpRequest) -> JsonResponse:
    """200, from whichever process still answers."""
    return _told({})


def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and has all its tables, else 503."""
    return _told(READINESS)


def _told(questions: dict[str, Callable[[], bool]]) -> JsonResponse:
    checks = {name: _answers(check) for name, check in questions.items()}
    healthy = all(state == "ok" for state in checks.values())
    body = {
        "status": "ok" if healthy else "unavailable", "project": settings.PROJECT_NAME, "version": __version__,
        "checks": checks,
    }  # fmt: skip
    return JsonResponse(body, status=200 if healthy else 503)


def _answers(check: Callable[[], bool]) -> str:
    try:
        return "ok" if check() else "no answer"
    except Exception as error:  # any failure of a dependency is the answer, never a 500
        return f"failed: {type(error).__name__}"


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _migrations() -> bool:
    """Looked at until they are all there: a database does not lose them again."""
    if _migrations_seen():
        return True
    _migrations_seen.cache_clear()
    return False


@cache
def _migrations_seen() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _broker() -> bool:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=0, timeout=2)
    return True


def _worker() -> bool:
    if settings.EMBEDDED_WORKER:
        return worker.embedded_is_alive()
    return bool(current_app.control.broadcast("ping", reply=True, timeout=2, limit=1))


CHECKS: dict[str, Callable[[], bool]] = {"database": _database, "broker": _broker, "worker": _worker}
READINESS: dict[str, Callable[[], bool]] = {"database": _database, "migrations": _migrations}
