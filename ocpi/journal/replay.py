"""A push that a partner sent us, taken in once more: through the same door, as that partner, for an operator.

Pushes are idempotent: what is older than what we have changes nothing, and what is there already is there once. So a
replay helps where something on our side was wrong when the push came, and does no harm where nothing was.
"""

from io import BytesIO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponseBase

from ocpi.core.ids import new_id
from ocpi.partners.models import Partner
from ocpi.protocol.versions import ModuleID

from . import curl, redaction
from .models import Exchange

METHODS = {"PUT", "PATCH"}
_OBJECTS = {ModuleID.LOCATIONS, ModuleID.TARIFFS, ModuleID.SESSIONS, ModuleID.HUBCLIENTINFO}
_KEPT = ("ocpi-", "x-correlation-id")  # headers that a view reads


class NotReplayable(ValueError):
    """Why this message cannot be taken in once more; for the operator."""


def is_push(row: Exchange) -> bool:
    """Whether this is a partner's push of an object, whatever speaks against taking it in again."""
    return row.direction == Exchange.Direction.IN and row.method in METHODS and row.module in _OBJECTS


def refusal(row: Exchange) -> str:
    """Why not; empty when it can be replayed."""
    if not is_push(row) or row.partner is None:
        return "only a partner's PUT or PATCH of an object can be taken in once more"
    if row.partner.status != Partner.Status.REGISTERED:
        return f"{row.partner} is not registered now"
    if curl.is_masked(row):
        return "what identifies a driver was not kept, so the object is not whole; pull it instead"
    if not row.request_body.startswith("{") or len(row.request_body) >= redaction.MAX_BODY:
        return "its body was not kept whole; pull the object instead"
    return ""


def replay(row: Exchange) -> HttpResponseBase:
    """Our answer, as the partner would have got it; the journal keeps it as an exchange of the same flow.

    Raises NotReplayable.
    """
    if problem := refusal(row):
        raise NotReplayable(problem)
    request = WSGIRequest(_environ(row))
    request.ocpi_replayed_for = Partner.objects.get(pk=row.partner_id)  # type: ignore[attr-defined]
    return WSGIHandler().get_response(request)


def _environ(row: Exchange) -> dict[str, object]:
    """The request as a web server would hand it over (PEP 3333)."""
    url, public, body = urlsplit(row.url), urlsplit(settings.PUBLIC_URL), row.request_body.encode()
    sent = {name: value for name, value in row.request_headers.items() if name.lower().startswith(_KEPT)}
    headers = {**sent, "X-Correlation-ID": row.correlation_id, "X-Request-ID": new_id(), "Host": public.netloc,
               "User-Agent": f"replay of message {row.pk}"}  # fmt: skip
    return {
        "REQUEST_METHOD": row.method, "PATH_INFO": url.path, "RAW_URI": row.url, "QUERY_STRING": url.query,
        "SCRIPT_NAME": "", "SERVER_NAME": public.hostname or "localhost", "SERVER_PORT": str(public.port or 443),
        "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": public.scheme,
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body),
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }  # fmt: skip
