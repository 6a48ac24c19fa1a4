"""The web process. Without Redis it carries the worker and the periodic tasks in threads of its own."""

import os

from django.core.wsgi import get_wsgi_application

from ocpi.core import garbage

from . import telemetry

garbage.not_yet()  # to look for it takes a tenth of the start
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emsp_project.settings")
telemetry.start("web")  # before the middleware is loaded: traces add one
application = get_wsgi_application()


def _start_embedded_worker() -> None:
    from django.conf import settings

    from ocpi.core import worker

    from .celery import app

    if settings.EMBEDDED_WORKER:
        worker.start_embedded(app)


def _spare_requests() -> None:
    """What Django does around each request, and nobody needs.

    Before it: statements are forgotten, which only DEBUG keeps, and connections that are too old are closed. That was
    done after the last one; and whether one is alive is asked before its first statement all the same. After it:
    caches are closed, which for ours means nothing, the URLs of the next one are reset, which it does itself, and
    connections are looked for in all databases.
    """
    from django.conf import settings
    from django.core.cache import close_caches
    from django.core.handlers.base import reset_urlconf
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections, reset_queries

    if not settings.DEBUG:
        request_started.disconnect(reset_queries)
        request_started.disconnect(close_old_connections)
        request_finished.disconnect(close_caches)
        request_finished.disconnect(reset_urlconf)
        request_finished.disconnect(close_old_connections)
        request_finished.connect(_close_old_connection)


def _close_old_connection(**kwargs: object) -> None:
    from ocpi.core.tables import here

    here().close_if_unusable_or_obsolete()


def _load_views() -> None:
    """Those of the API, or the first caller of each process waits for them."""
    from . import api_urls  # noqa: F401


_spare_requests()
_load_views()
garbage.seldom(bulk=False)
_start_embedded_worker()
