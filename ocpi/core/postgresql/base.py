"""Connections that are known to be alive without a question, and statements that are planned once.

Django asks `SELECT 1` before the first statement of each request: a round trip as long as the work itself. A server
that ended a connection has said so, and what it said waits in the socket: only then is there anything to ask.
"""

import json
import select
from functools import lru_cache
from typing import Any

import orjson
import psycopg
from django.conf import settings
from django.db.backends.postgresql import base, operations
from psycopg.types.json import Jsonb

from .prepared import Prepared

_PLANS_ANEW = {10**n for n in range(1, 7)}


@lru_cache(maxsize=512)
def _numbered(sql: str) -> bytes:
    """With `$1` for the first `%s`, as PostgreSQL has it: psycopg takes longer statements apart each time they come."""
    first, *rest = sql.split("%s")
    return "".join([first, *(f"${n}{part}" for n, part in enumerate(rest, 1))]).encode()


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
    _prepared: Prepared | None = None
    _runs: dict[bytes, int]  # of each
    _watched: Any = None
    _poll: select.poll

    def is_usable(self) -> bool:
        return self._is_quiet() or super().is_usable()

    def _is_quiet(self) -> bool:
        """Nothing to read between two requests: neither a farewell nor the end of the stream."""
        if self.connection is None or self.connection.closed:
            return False
        if self._watched is not self.connection:
            self._watched, self._poll = self.connection, select.poll()
            self._poll.register(self.connection.fileno(), select.POLLIN | select.POLLHUP)
        return not self._poll.poll(0)

    def first_row(self, sql: str, params: list[Any]) -> Any:
        """What a statement of `ocpi.core.rows` answers, or None. It is parsed and planned once a connection."""
        found = self.all_rows(sql, params)
        return found[0] if found else None

    def all_rows(self, sql: str, params: list[Any]) -> list[Any]:
        """The same for one of `ocpi.core.many`, whose values are long: they travel beside the text, as they are."""
        if self.queries_logged or self.execute_wrappers:  # somebody looks on, a test or a trace
            with self.cursor() as watched:
                watched.execute(sql, params)
                return list(watched.fetchall())
        self.close_if_health_check_failed()
        self.ensure_connection()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            query = _numbered(sql)
            found = self._answered(query, params)
            self._look_anew(query)
            return found

    def _answered(self, query: bytes, params: list[Any]) -> list[Any]:
        connection = self.connection
        if self._prepared is None or self._prepared.connection is not connection:
            self._prepared, self._runs = Prepared(connection), {}
        if settings.PREPARED_STATEMENTS and self._prepared.is_ready():
            return self._prepared.rows(query, params)
        return psycopg.RawCursor(connection).execute(query, params, prepare=False).fetchall()

    def _look_anew(self, query: bytes) -> None:
        """A plan that was made when a table was empty reads all of it, until it is analyzed, however much has come.

        So plans are made anew when a statement has run ten times as often: as fast as it may have filled its table.
        """
        runs = self._runs[query] = self._runs.get(query, 0) + 1
        if runs in _PLANS_ANEW:
            self.connection.execute(b"DISCARD PLANS", prepare=False)
