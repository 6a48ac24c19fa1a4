"""How many pages of our tokens partners read in a second: sixteen of them, each following Links from another place.

`python -m tests.performance.pages` reads the database of DATABASE_URL, which `make bench-scale` has filled, through a
server as the Procfile starts it.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.chaos.house import Service, wait
from tests.ports import free_port

from .throughput import load, stage, wire

TOKEN, LIMIT, SECONDS = "bench", 100, 5.0
_ENVIRONMENT = {
    "ENVIRONMENT": "test", "OCPI_HOST": "emsp.test", "DEBUG": "false", "LOG_LEVEL": "WARNING",
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
}  # fmt: skip


class _Reader(load.Connection):
    """Goes where the last answer's Link says, and from the end back to where it began."""

    def send(self) -> None:
        link = self.answer.partition(b"\r\nLink: <http")[2].partition(b">")[0]
        self.request = lambda number, sent: _request(link.partition(b"/ocpi")[2].decode() or _first(self.number))
        super().send()


def _request(rest: str) -> bytes:
    head = f"GET /ocpi{rest} HTTP/1.1\r\nHost: emsp.test\r\nAuthorization: {wire.authorization(TOKEN)}\r\n\r\n"
    return head.encode()


_total = 0


def _first(number: int) -> str:
    offset = _total // load.CONNECTIONS * number // LIMIT * LIMIT
    return f"/emsp/2.2.1/tokens?limit={LIMIT}&offset={offset}"


def read() -> str:
    """Of the database that this process works on."""
    global _total
    from django.conf import settings
    from django.db import connection

    from ocpi.tokens.models import Token

    _total = Token.objects.filter(sandbox=None).count()
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        known = connection.settings_dict
        url = f"postgres://{known['USER']}@{known['HOST']}:{known['PORT'] or 5432}/{known['NAME']}"
        environment = {
            **os.environ, **_ENVIRONMENT, "PORT": str(port), "SECRET_KEY": settings.SECRET_KEY, "DATABASE_URL": url,
        }  # fmt: skip
        server = Service("web", ["sh", "-c", f"exec {stage.WEB[stage.SHIPPED]}"], environment, Path(folder) / "web.log")
        server.start()
        try:
            wait(lambda: stage.answers(port, TOKEN), "the start of the web server", 60)
            seen = load.drive(lambda n: _Reader(n, port, lambda number, sent: b""), SECONDS)
        finally:
            server.kill()
    return (f"{seen['rate']:,.0f} pages of {LIMIT} a second, of {_total:,} tokens, by two web processes; median "
            f"{seen['median']:.1f} ms, p99 {seen['p99']:.1f} ms")  # fmt: skip


if __name__ == "__main__":
    print(read())
