"""How many pages of our tokens partners read in a second: sixteen of them, each following Links from another place.

`python -m tests.performance.pages` reads the database of DATABASE_URL, which `make bench-scale` has filled, through a
server as the Procfile starts it.
"""

import http.client
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

    def __init__(self, number: int, port: int, begin: str) -> None:
        self.begin = begin
        super().__init__(number, port, lambda number, sent: b"")

    def send(self) -> None:
        path = _following(self.answer.partition(b"\r\n\r\n")[0].decode("latin-1")) or self.begin
        content = f"GET {path} HTTP/1.1\r\nHost: emsp.test\r\nAuthorization: {wire.authorization(TOKEN)}\r\n\r\n"
        self.request = lambda number, sent: content.encode()
        super().send()


def _following(headers: str) -> str:
    """The path of the Link to the next page; empty behind the last."""
    _, found, rest = headers.partition("Link: <http")
    return "/ocpi" + rest.partition("/ocpi")[2].partition(">")[0] if found else ""


def _begin(port: int, offset: int) -> str:
    """The Link behind the page at that offset: to find that takes its time, which is not what is measured."""
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    path = f"/ocpi/emsp/2.2.1/tokens?limit={LIMIT}&offset={offset}"
    caller.request("GET", path, headers={"Authorization": wire.authorization(TOKEN), "Host": "emsp.test"})
    answer = caller.getresponse()
    answer.read()
    caller.close()
    return _following(f"Link: {answer.headers['Link']}")


def read() -> str:
    """Of the database that this process works on."""
    from django.conf import settings
    from django.db import connection

    from ocpi.tokens.models import Token

    total = Token.objects.filter(sandbox=None).count()
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
            begin = [_begin(port, total * n // load.CONNECTIONS // LIMIT * LIMIT) for n in range(load.CONNECTIONS)]
            seen = load.drive(lambda n: _Reader(n, port, begin[n]), SECONDS)
        finally:
            server.kill()
    return (f"{seen['rate']:,.0f} pages of {LIMIT} a second, of {total:,} tokens, by two web processes; median "
            f"{seen['median']:.1f} ms, p99 {seen['p99']:.1f} ms")  # fmt: skip


if __name__ == "__main__":
    print(read())
