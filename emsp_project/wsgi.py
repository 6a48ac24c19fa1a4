"""The web process. Without Redis it carries the worker and the periodic tasks in threads of its own."""

import os

from django.core.wsgi import get_wsgi_application

from . import telemetry

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emsp_project.settings")
telemetry.start("web")  # before the middleware is loaded: traces add one
application = get_wsgi_application()


def _start_embedded_worker() -> None:
    from django.conf import settings

    from ocpi.core import worker

    from .celery import app

    if settings.EMBEDDED_WORKER:
        worker.start_embedded(app)


_start_embedded_worker()
