"""Statements of the hot paths by the shortest way that psycopg documents: libpq's own functions (`psycopg.pq`).

A cursor serves for everything, COPY and pipelines too, and half of its time goes there. Values are adapted by psycopg,
both ways, as a cursor does it. Cursors must prepare nothing on such a connection: with each rollback psycopg forgets
what it has prepared itself, by deallocating all there is.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import capabilities, errors, pq
from psycopg.adapt import PyFormat, Transformer

_MOST = 100  # statements of a connection, as psycopg has it
_FINE = {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}


class Prepared:
    """What one connection has parsed and planned. Nothing else may run on it meanwhile: it is one thread's."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._adapts = Transformer.from_context(connection)
        self._names: dict[tuple[bytes, tuple[int, ...]], bytes] = {}  # by text and types, the oldest first
        self._made = 0

    def is_ready(self) -> bool:
        """Whether it may run here. Begins the transaction where one is due, as psycopg does for a first statement."""
        connection, status = self.connection, self.connection.pgconn.transaction_status
        if status != pq.TransactionStatus.IDLE:
            return status == pq.TransactionStatus.INTRANS
        if not connection.autocommit:
            if (connection.isolation_level, connection.read_only, connection.deferrable) != (None, None, None):
                return False  # psycopg knows how to say that
            self._check(connection.pgconn.exec_(b"BEGIN"))
        return True

    def rows(self, query: bytes, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """What it answers. Raises psycopg's errors."""
        adapts = self._adapts
        values: Sequence[Any] = adapts.dump_sequence(params, [PyFormat.AUTO] * len(params))
        types = adapts.types or ()
        name = self._names.get((query, types)) or self._prepare(query, types)
        result = self.connection.pgconn.exec_prepared(name, values, adapts.formats)
        self._check(result)
        adapts.set_pgresult(result)
        return adapts.load_rows(0, result.ntuples, tuple)

    def _prepare(self, query: bytes, types: tuple[int, ...]) -> bytes:
        if len(self._names) >= _MOST:
            self._forget(self._names.pop(next(iter(self._names))))
        name = b"emsp_%d" % self._made
        self._made += 1
        self._check(self.connection.pgconn.prepare(name, query, types))
        self._names[query, types] = name
        return name

    def _forget(self, name: bytes) -> None:
        """By a message where libpq has it (17): poolers do not read statements."""
        pgconn = self.connection.pgconn
        closes = capabilities.has_send_close_prepared()
        self._check(pgconn.close_prepared(name) if closes else pgconn.exec_(b"DEALLOCATE " + name))

    def _check(self, result: pq.abc.PGresult) -> None:
        if result.status in _FINE:
            return
        encoding = self.connection.info.encoding
        if self.connection.pgconn.status != pq.ConnStatus.OK:
            raise errors.OperationalError(result.get_error_message(encoding))
        raise errors.error_from_result(result, encoding)
