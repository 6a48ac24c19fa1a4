"""`GET /health`: does each part that we need answer? (SEED-01)"""

from collections.abc import Callable

from celery import current_app
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse

from . import worker


def health(request: HttpRequest) -> JsonResponse:
    """200 when database, broker and worker all answer, else 503 naming the one that does not. No token needed."""
    checks = {name: _answers(check) for name, check in CHECKS.items()}
    healthy = all(state == "ok" for state in checks.values())
    body = {"status": "ok" if healthy else "unavailable", "project": settings.PROJECT_NAME, "checks": checks}
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


def _broker() -> bool:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=0, timeout=2)
    return True


def _worker() -> bool:
    if settings.EMBEDDED_WORKER:
        return worker.embedded_is_alive()
    return bool(current_app.control.broadcast("ping", reply=True, timeout=2, limit=1))


CHECKS: dict[str, Callable[[], bool]] = {"database": _database, "broker": _broker, "worker": _worker}
