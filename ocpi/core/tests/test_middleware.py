"""What happens to every request before a view sees it."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from ocpi.core.middleware import MessageIdsMiddleware, RawPathMiddleware, decode_segment, keep_slashes


@pytest.mark.requirement("TRA-48")
@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/ocpi/a%2Fb", "/ocpi/a%2Fb"),
        ("/ocpi/a%2fb", "/ocpi/a%2Fb"),
        ("/ocpi/a%20b%C3%A9", "/ocpi/a bé"),
        ("/ocpi/100%25", "/ocpi/100%25"),
        ("/ocpi/%252F", "/ocpi/%252F"),
        ("/ocpi/%FF", "/ocpi/\ufffd"),
        ("/ocpi/%zz", "/ocpi/%zz"),
    ],
)
def test_a_slash_inside_a_segment_stays_encoded(raw: str, path: str) -> None:
    assert keep_slashes(raw) == path


@pytest.mark.requirement("TRA-48")
@pytest.mark.parametrize("text", ["a/b", "100%", "%2F", "%25", "%252F", "a%2fb", "plain"])
def test_what_is_encoded_comes_out_as_it_was(text: str) -> None:
    from urllib.parse import quote

    assert decode_segment(keep_slashes(quote(text, safe=""))) == text


@pytest.mark.parametrize(
    ("meta", "path"),
    [
        ({"RAW_URI": "/ocpi/a%2Fb?x=%2F"}, "/ocpi/a%2Fb"),
        ({"REQUEST_URI": "/ocpi/a%2Fb"}, "/ocpi/a%2Fb"),
        ({}, "/ocpi/a/b"),
        ({"RAW_URI": "http://emsp.test/ocpi/a%2Fb?x"}, "/ocpi/a%2Fb"),
        ({"RAW_URI": "/ocpi/a/b"}, "/ocpi/a/b"),
        ({"RAW_URI": "/ocpi/a%2Fb?next=http://x"}, "/ocpi/a%2Fb"),
        ({"RAW_URI": "/admin/%2F"}, "/ocpi/a/b"),
    ],
)
def test_the_path_as_it_came_is_taken_from_the_server_where_it_tells(meta: dict[str, str], path: str) -> None:
    request = RequestFactory().get("/ocpi/a/b", **meta)
    RawPathMiddleware(lambda r: HttpResponse(r.path_info))(request)
    assert request.path_info == request.path == path


@pytest.mark.requirement("TRA-34")
@pytest.mark.parametrize(
    ("sent", "returned"),
    [
        ("r-1", "r-1"),
        ("with space", "with space"),
        ("a\r\nSet-Cookie: x", "a%0D%0ASet-Cookie: x"),
        ("é", "%C3%A9"),
        ("\x00", "%00"),
    ],
)
def test_an_id_is_opaque_but_printable(sent: str, returned: str) -> None:
    request: Any = RequestFactory().get("/", HTTP_X_REQUEST_ID=sent)
    response = MessageIdsMiddleware(lambda r: HttpResponse())(request)
    assert (request.request_id, response["X-Request-ID"]) == (returned, returned)
