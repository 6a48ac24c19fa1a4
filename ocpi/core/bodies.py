"""The body of an OCPI request, whatever its headers say: UTF-8, with or without a length, and of a limited size."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest

from ocpi.protocol.errors import NotJson


def prepare(request: HttpRequest) -> None:
    """Before anything is read. A charset in Content-Type (some codecs are no text at all) must not decode the query.

    A chunked body has no length, and Django takes that for no body; where the server knows the end, we do as well.
    """
    # Not `request.encoding = …`: that reads the query first, in the encoding of the caller's choice, and may fail here,
    # where no handler makes an envelope of it.
    request.__dict__.pop("GET", None)
    request._encoding = "utf-8"  # type: ignore[attr-defined]
    if request.META.get("wsgi.input_terminated") and not request.META.get("CONTENT_LENGTH"):
        one_too_many = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1  # so that `read` can tell
        request._stream = LimitedStream(request.META["wsgi.input"], one_too_many)  # type: ignore[attr-defined]


def read(request: HttpRequest) -> bytes:
    """The whole body. Raises RequestDataTooBig, which is answered with 413, and NotJson for one that breaks off."""
    try:
        body = request.body
    except RequestDataTooBig:
        raise
    except (
        Exception
    ) as error:  # every web server has its own exceptions for chunks that are none, and callers that left
        raise NotJson("the request body ended too early or is not framed as its headers say") from error
    if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise RequestDataTooBig
    if len(body) < _promised(request):
        raise NotJson("the request body ended too early")
    return body


def _promised(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isascii() and length.isdigit() else 0
