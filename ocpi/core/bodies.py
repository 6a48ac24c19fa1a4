"""The body of an OCPI request, whatever its headers say: UTF-8, with or without a length, and of a limited size."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest


def prepare(request: HttpRequest) -> None:
    """Before anything is read. A charset in Content-Type (some codecs are no text at all) must not decode the query.

    A chunked body has no length, and Django takes that for no body; where the server knows the end, we do as well.
    """
    request.encoding = "utf-8"
    if request.META.get("wsgi.input_terminated") and not request.META.get("CONTENT_LENGTH"):
        one_too_many = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1  # so that `read` can tell
        request._stream = LimitedStream(request.META["wsgi.input"], one_too_many)  # type: ignore[attr-defined]


def read(request: HttpRequest) -> bytes:
    """The whole body. Raises RequestDataTooBig, which is answered with 413."""
    body = request.body
    if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise RequestDataTooBig
    return body
