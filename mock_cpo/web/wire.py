"""Access to the TCP connection below HTTP, for the one fault that needs it: a reset instead of an answer."""

import asyncio
import socket
import struct
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_connections: dict[tuple[str, int], asyncio.Transport] = {}


class Protocol(H11Protocol):
    """uvicorn's HTTP/1.1, remembering which transport belongs to which caller."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.client:
            _connections[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client:
            _connections.pop(self.client, None)
        super().connection_lost(exc)


async def reset_connection(scope: Scope) -> None:
    """Ends the caller's connection with a TCP reset."""
    transport = _connections.get(tuple(scope.get("client") or ()))
    if transport is None:
        return
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await asyncio.sleep(0.05)
