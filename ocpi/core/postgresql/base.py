"""Connections that are known to be alive without a question, and statements that are planned once.

Django asks `SELECT 1` before the first statement of each request: a round trip as long as the work itself. A server
that ended a connection has said so, and what it said waits in the socket: only then is there anything to ask.
"""

import select
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base


class PreparedCursor(psycopg.Cursor[Any]):
    """For the few statements of `ocpi.core.rows`, which come again and again: parsed and planned once a connection."""

    def execute(self, query: Any, params: Any = None, **kwargs: Any) -> "PreparedCursor":
        return super().execute(query, params, **{"prepare": settings.PREPARED_STATEMENTS, **kwargs})


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        return self._is_quiet() or super().is_usable()

    def _is_quiet(self) -> bool:
        """Nothing to read between two requests: neither a farewell nor the end of the stream."""
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN | select.POLLHUP)
        return not poll.poll(0)

    def prepared_cursor(self) -> Any:
        """Like `cursor`, with everything that Django wraps around it."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(PreparedCursor(self.connection))
