"""Requests through the whole stack but the socket: an environment of WSGI, the application, an answer."""

import json
import sys
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIHandler

from ocpi.protocol.headers import authorization
from tests.callers import BASE


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@cache
def _application() -> WSGIHandler:
    return WSGIHandler()


def ask(token: str, method: str, url: str, body: Any = None) -> Answer:
    """`url` is a path below the endpoints, or a whole URL of ours. Raises RuntimeError unless it is a success."""
    parts = urlsplit(url if url.startswith("http") else f"{BASE}/{url}")
    raw = b"" if body is None else json.dumps(body).encode()
    told: list[Any] = []
    environment = {
        "REQUEST_METHOD": method, "PATH_INFO": parts.path, "RAW_URI": parts.path, "QUERY_STRING": parts.query,
        "SCRIPT_NAME": "", "SERVER_NAME": "emsp.test", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "emsp.test", "REMOTE_ADDR": "127.0.0.1", "HTTP_AUTHORIZATION": authorization(token),
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(raw)), "wsgi.input": BytesIO(raw),
        "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
    }  # fmt: skip
    response = _application()(environment, lambda status, headers, *_: told.extend((status, headers)))
    answer = Answer(int(told[0][:3]), dict(told[1]), b"".join(response))
    response.close()
    if answer.status >= 300 or not 1000 <= answer.json()["status_code"] < 2000:
        raise RuntimeError(f"{method} {url}: {answer.status} {answer.body[:300]!r}")
    return answer
