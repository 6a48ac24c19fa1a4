"""Bodies with and without a length, and what a charset may not do."""

from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.test import RequestFactory

from ocpi.core import bodies


def chunked(content: bytes, **meta: Any) -> Any:
    request = RequestFactory().put("/ocpi/x", **{"wsgi.input": BytesIO(content), "wsgi.input_terminated": True, **meta})
    request.META.pop("CONTENT_LENGTH", None)
    return request


def test_a_chunked_body_is_read_to_its_end() -> None:
    request = chunked(b'{"a": 1}')
    bodies.prepare(request)
    assert bodies.read(request) == b'{"a": 1}'


def test_a_body_without_length_is_empty_where_the_server_does_not_know_its_end() -> None:
    request = chunked(b"next request", **{"wsgi.input_terminated": False})
    bodies.prepare(request)
    assert bodies.read(request) == b""


@pytest.mark.parametrize(("size", "too_big"), [(10, False), (11, True), (500, True)])
def test_a_chunked_body_is_as_limited_as_any_other(settings: Any, size: int, too_big: bool) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    request = chunked(b"x" * size)
    bodies.prepare(request)
    if too_big:
        with pytest.raises(RequestDataTooBig):
            bodies.read(request)
    else:
        assert len(bodies.read(request)) == size


@pytest.mark.requirement("TRA-12")
def test_a_charset_does_not_decode_the_query() -> None:
    charset = {"CONTENT_TYPE": "application/json; charset=utf-16", "QUERY_STRING": "a=%C3%A9"}
    request = RequestFactory().generic("GET", "/ocpi/x", **charset)
    bodies.prepare(request)
    assert request.GET["a"] == "é"
