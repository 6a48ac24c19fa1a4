"""What commands that play with both platforms do first: become the eMSP of these ports, and prepare the database."""

import os
import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console

from .errors import DemoFailed
from .processes import check_redis

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM)


def become(**environment: str) -> None:
    """Settings are read when Python starts, and our URLs are among them: start anew as the eMSP that is meant."""
    if environment.items() <= os.environ.items():
        return
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | environment)  # noqa: S606  ourselves


def as_interrupt(*_: Any) -> None:
    """Python drops an exception that is raised while it tidies up; so it comes again until somebody has taken it."""
    signal.alarm(1)
    raise KeyboardInterrupt


def prepare_database(console: Console) -> None:
    """Migrated, and Redis there if it is wanted. Raises DemoFailed."""
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            console.print("Preparing the database …")
            call_command("migrate", verbosity=0)
    except DatabaseError as error:
        raise DemoFailed(
            f"the database {settings.DATABASES['default']['NAME']} cannot be used ({type(error).__name__}). Check "
            "DATABASE_URL, or run `python manage.py migrate` to see why."
        ) from error
    if settings.REDIS_URL:
        check_redis(settings.REDIS_URL)
