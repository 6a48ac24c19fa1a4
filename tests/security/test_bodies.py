"""What the attacks of malformed.py have found once, each as a test of its own."""

import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, RequestFactory

from ocpi.core import bodies
from ocpi.protocol.errors import NotJson
from ocpi.protocol.headers import authorization
from tests.callers import BASE, Answer, Caller
from tests.security.fuzz import Server, judge, send_malformed, server
from tests.security.known import CPO


class Breaking:
    """A body that ends with an exception of the web server's own, as a chunk that is none does."""

    def read(self, *size: int) -> bytes:
        raise RuntimeError("bad chunk size")

    readline = read


@pytest.mark.requirement("TRA-22", "TRA-29")
@pytest.mark.parametrize("failure", [RuntimeError("bad chunk"), OSError("gone"), ConnectionResetError()])
def test_a_body_that_breaks_off_is_the_callers_mistake(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    request = RequestFactory().put("/ocpi/x", **{"wsgi.input": Breaking(), "wsgi.input_terminated": True})
    request.META.pop("CONTENT_LENGTH", None)
    monkeypatch.setattr(Breaking, "read", lambda *args: (_ for _ in ()).throw(failure))
    bodies.prepare(request)
    with pytest.raises(NotJson, match="ended too early"):
        bodies.read(request)


@pytest.mark.requirement("TRA-12")
@pytest.mark.parametrize("charset", ["utf-16", "base64", "idna", "nonsense"])
def test_a_charset_in_the_type_does_not_touch_the_query(cpo: Caller, charset: str) -> None:
    """Setting the encoding reads the query first, in the caller's encoding; some are no text at all."""
    answer = Client().generic(
        "GET", f"{BASE}/locations?limit=1", b"", f"application/json; charset={charset}",
        headers={"Authorization": authorization(cpo.token)},
    )  # fmt: skip
    assert Answer(answer).status == (200, 1000)


@pytest.mark.requirement("TRA-29")
def test_too_many_parameters_are_refused_in_the_envelope(cpo: Caller, caplog: Any) -> None:
    assert cpo.get("locations", query="a=b&" * 1500).status == (400, 2001)
    assert not caplog.records


def test_an_unknown_page_is_told_in_plain_text(client: Client) -> None:
    answer = client.get("/nowhere")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/plain")


# --- at a real server -------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    with server(folder) as found:
        yield found


def raw(found: Server, content: bytes) -> tuple[HTTPResponse, bytes]:
    with closing(socket.create_connection(("127.0.0.1", found.port), 30)) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        answer = HTTPResponse(connection)
        answer.begin()
        return answer, answer.read()


HEAD = f"PUT {BASE}/locations/NL/CPO/L1 HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization(CPO)}\r\n".encode()


@pytest.mark.requirement("TRA-13", "TRA-29")
@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"get /ocpi/versions HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /ocpi/versions HTTP/9.9\r\nHost: x\r\n\r\n", 400),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (HEAD + b"X-Null: a\x00b\r\n\r\n", 400),
        (HEAD + b"X Y: z\r\n\r\n", 400),
        (HEAD + b"Content-Length: -1\r\n\r\n{}", 400),
        (HEAD + b"Content-Length: 3, 3\r\n\r\n{}", 400),
        (HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
        (HEAD + b"Transfer-Encoding: xchunked\r\n\r\n{}", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}", 400),
        (HEAD + b"Content-Length: 99\r\n\r\n{}", 400),
        (HEAD + b"X-Many: y\r\n" * 200 + b"\r\n", 431),
        (HEAD + b"Expect: 200-ok\r\n\r\n", 417),
        (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00", 400),
        (HEAD.replace(b"Host: x", b"Host: a b") + b"\r\n", 400),
    ],
    ids=lambda value: None if isinstance(value, int) else repr(value[-40:]),
)  # fmt: skip
def test_what_cannot_be_parsed_is_refused_in_the_envelope(running: Server, content: bytes, status: int) -> None:
    answer, body = raw(running, content)
    assert (answer.status, judge(answer.status, answer.headers, body)) == (status, "")
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "header", ["SCRIPT_NAME: /admin", "PATH_INFO: /admin/", "Script-Name: /x", "X-Script-Name: /x"]
)
def test_a_caller_does_not_choose_the_path_that_we_see(running: Server, header: str) -> None:
    """gunicorn believes a proxy on the same machine such headers, and callers may come through one."""
    head = f"GET /ocpi/versions HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization(CPO)}\r\n{header}\r\n\r\n"
    answer, body = raw(running, head.encode())
    assert (answer.status, b'"2.2.1"' in body) == (200, True)


MILLISECONDS = len(".123")  # which a timestamp on the whole second is written without


def test_head_has_the_length_of_get_and_no_body(running: Server) -> None:
    head = f"/ocpi/versions HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization(CPO)}\r\n\r\n".encode()
    _, body = raw(running, b"GET " + head)
    with closing(socket.create_connection(("127.0.0.1", running.port), 30)) as connection:
        connection.sendall(b"HEAD " + head)
        connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.endswith(b"\r\n\r\n")
    length = int(received.split(b"Content-Length: ")[1].split(b"\r\n")[0])
    assert length - len(body) in (0, MILLISECONDS, -MILLISECONDS)
    assert "no-body response" not in running.log.read_text()


def test_hundreds_of_requests_that_nobody_should_send_break_nothing(running: Server) -> None:
    """A slice of `make fuzz`."""
    outcome = send_malformed(running.port, 600, seed=20260301)
    assert outcome.sent == 600
    assert outcome.problems == []
    assert running.complaints() == []
    assert outcome.answers[200] > 60  # they do get beyond the door
    assert outcome.answers[400] > 60
