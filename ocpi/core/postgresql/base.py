"""Connections that are known to be alive without a question, and statements that are planned once.

Django asks `SELECT 1` before the first statement of each request: a round trip as long as the work itself. A server
that ended a connection has said so, and what it said waits in the socket: only then is there anything to ask.
"""

import json
import select
import sys
from typing import Any

import orjson
import psycopg
from django.conf import settings
from django.db.backends.postgresql import base, operations
from psycopg.types.json import Jsonb

_PLANS_ANEW = {10**n for n in range(1, 7)}


class PreparedCursor(psycopg.Cursor[Any]):
    """For the few statements of `ocpi.core.rows`, which come again and again: parsed and planned once a connection."""

    def execute(self, query: Any, params: Any = None, **kwargs: Any) -> "PreparedCursor":
        return super().execute(query, params, **{"prepare": True, **kwargs})


def _json(value: Any) -> bytes | str:
    """What orjson refuses (integers beyond 64 bits, keys that are no text), Python's own writer may take."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value)


class DatabaseOperations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> Any:
        """psycopg does not keep the text of what was prepared before; without its values it is still the statement."""
        return super().last_executed_query(cursor, sql, params) or sql

    def adapt_json_value(self, value: Any, encoder: Any) -> Any:
        return Jsonb(value, dumps=_json) if encoder is None else super().adapt_json_value(value, encoder)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    _prepared: PreparedCursor | None = None
    _runs: dict[str, int]  # of its statements

    def get_connection_params(self) -> dict[str, Any]:
        """Django's `prepare_threshold` of None forbids to prepare even what asks for it; nothing else gets as far."""
        params = super().get_connection_params()
        return {**params, "prepare_threshold": sys.maxsize} if settings.PREPARED_STATEMENTS else params

    def is_usable(self) -> bool:
        return self._is_quiet() or super().is_usable()

    def _is_quiet(self) -> bool:
        """Nothing to read between two requests: neither a farewell nor the end of the stream."""
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN | select.POLLHUP)
        return not poll.poll(0)

    def first_row(self, sql: str, params: list[Any]) -> Any:
        """What a prepared statement answers, or None. One cursor does for a connection's life."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        if self.queries_logged or self.execute_wrappers:  # somebody looks on, a test or a trace
            with self._prepare_cursor(PreparedCursor(self.connection)) as watched:
                watched.execute(sql, params)
                return watched.fetchone()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            cursor = self._prepared
            if cursor is None or cursor.connection is not self.connection:
                cursor, self._runs = PreparedCursor(self.connection), {}
                self._prepared = cursor
            cursor.execute(sql, params)
            row = cursor.fetchone()
            self._look_anew(cursor, sql)
            return row

    def _look_anew(self, cursor: PreparedCursor, sql: str) -> None:
        """A plan that was made when a table was empty reads all of it, until it is analyzed, however much has come.

        So plans are made anew when a statement has run ten times as often: as fast as it may have filled its table.
        """
        runs = self._runs[sql] = self._runs.get(sql, 0) + 1
        if runs in _PLANS_ANEW:
            cursor.execute("DISCARD PLANS", prepare=False)
