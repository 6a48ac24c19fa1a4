"""What happens to every request before a view sees it."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import HttpHeaders
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from ocpi.protocol.headers import CORRELATION_ID, REQUEST_ID

from . import logs
from .ids import new_id

_REQUEST_ID, _CORRELATION_ID = map(HttpHeaders.to_wsgi_name, (REQUEST_ID, CORRELATION_ID))
GetResponse = Callable[[HttpRequest], HttpResponse]


class RawPathMiddleware:
    """Keep an encoded slash inside an id apart from a slash between segments (TRA-48).

    WSGI servers decode `%2F` before routing. Where the server tells the path as it came (gunicorn: RAW_URI, our own
    runserver: REQUEST_URI), `%2F` and `%25` stay encoded until `ocpi.core.views` decodes each segment on its own.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        raw = request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or ""
        if "/ocpi/" in raw and "%" in raw:
            request.path_info = request.path = keep_slashes(urlsplit(raw).path if "://" in raw else raw.split("?")[0])
        return self.get_response(request)


def keep_slashes(raw_path: str) -> str:
    """The path with everything decoded but `%2F` and `%25`; bytes that are not UTF-8 show as U+FFFD."""
    protected = raw_path.replace("%25", "%2525").replace("%2F", "%252F").replace("%2f", "%252F")
    return unquote_to_bytes(protected).decode("utf-8", "replace")


def decode_segment(text: str) -> str:
    return text.replace("%2F", "/").replace("%25", "%")


class HeadMiddleware:
    """HEAD is answered as GET, without the body: its length stays, and web servers need not complain of it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "HEAD" and not response.streaming:
            response.content = b""
        return response


class MessageIdsMiddleware:
    """Every response repeats X-Request-ID and X-Correlation-ID; a caller that sent none gets new ones (TRA-32..34)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        request.request_id = _clean(meta.get(_REQUEST_ID)) or new_id()  # type: ignore[attr-defined]
        request.correlation_id = _clean(meta.get(_CORRELATION_ID)) or new_id()  # type: ignore[attr-defined]
        ids = {"request_id": request.request_id, "correlation_id": request.correlation_id}  # type: ignore[attr-defined]
        with logs.bound(**ids):
            response = self.get_response(request)
        response.headers[REQUEST_ID] = request.request_id  # type: ignore[attr-defined]
        response.headers[CORRELATION_ID] = request.correlation_id  # type: ignore[attr-defined]
        return response


_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
Told = Mapping[str, tuple[str, str]]  # headers by their name in lower case


class PageHeadersMiddleware:
    """What browsers are told: what a page may load (SECURE_CSP), and that nothing of ours is to be kept by caches.

    Answers of the API hold other people's data and belong to whoever showed the token (TRA-53). Whatever answers, and
    however early, says what Django's middleware for security would say.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.told = {scheme: _told(_security(scheme)) for scheme in ("http", "https")}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for start, told in self.told[request.scheme or "http"].items():
            if request.path_info.startswith(start):
                return _tell(response, told)
        return response


def _told(security: Mapping[str, str]) -> dict[str, Told]:
    """By the start of the path, the first that fits."""
    strict = {"Content-Security-Policy": csp(settings.SECURE_CSP)}
    pages = {start: {"Content-Security-Policy": csp(policy)} for start, policy in settings.SECURE_CSP_PAGES.items()}
    told = {**pages, "/ocpi": {**strict, "Cache-Control": "no-store"}, "": strict}
    always = {**security, "Permissions-Policy": _PERMISSIONS}
    return {
        start: {name.lower(): (name, value) for name, value in {**always, **headers}.items()}
        for start, headers in told.items()
    }


def _security(scheme: str) -> dict[str, str]:
    request, response = HttpRequest(), HttpResponse()
    request._get_scheme = lambda: scheme  # type: ignore[attr-defined]
    for middleware in (SecurityMiddleware, XFrameOptionsMiddleware):
        middleware(lambda request: response).process_response(request, response)
    return {name: value for name, value in response.items() if name != "Content-Type"}


def _tell(response: HttpResponse, told: Told) -> HttpResponse:
    """What it does not say itself. Headers that are known to be fine are looked at by nobody again."""
    said = response.headers._store  # type: ignore[attr-defined]
    for key, header in told.items():
        if key not in said:
            said[key] = header
    return response


class ApiMiddleware:
    """Leads the API straight to its views: what follows in MIDDLEWARE is for pages.

    Who calls the API shows a token, and has neither a session nor messages. What is done here for it as well: an
    unknown Host is refused, and every answer has a length. Who should have come by https goes the long way, to be told.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.view = _innermost(get_response)
        self.hosts: set[tuple[Any, ...]] = set()  # that were accepted, each with what decides that

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/ocpi/") or (settings.SECURE_SSL_REDIRECT and not request.is_secure()):
            return self.get_response(request)
        self._check_host(request)
        response = self.view(request)
        if not response.streaming and "Content-Length" not in response.headers:
            response.headers["Content-Length"] = str(len(response.content))
        return response

    def _check_host(self, request: HttpRequest) -> None:
        """Raises DisallowedHost. Callers name the same one each time; those who make them up fill no memory."""
        meta = request.META
        host = (meta.get("HTTP_HOST"), meta.get("SERVER_NAME"), meta.get("SERVER_PORT"), *settings.ALLOWED_HOSTS)
        if host not in self.hosts or settings.USE_X_FORWARDED_HOST:
            request.get_host()
            if len(self.hosts) < 100:
                self.hosts.add(host)


def _innermost(handler: GetResponse) -> GetResponse:
    """What the last middleware calls. Django wraps each: `__wrapped__` is the middleware itself."""
    while (follower := getattr(getattr(handler, "__wrapped__", None), "get_response", None)) is not None:
        handler = follower
    return handler


class OriginsMiddleware(CorsMiddleware):
    """For apps in browsers, of other origins; where none is allowed, answers need not even say that they might vary."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.CORS_ALLOWED_ORIGINS:
            return self.get_response(request)
        return super().__call__(request)


def csp(policy: dict[str, list[str]]) -> str:
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in policy.items())


def _clean(value: str | None) -> str:
    """Opaque text, but printable: what cannot stand in a header or a log line is percent-encoded."""
    if value is None or (value.isascii() and value.isprintable()):
        return value or ""
    return quote(value, safe="".join(map(chr, range(0x20, 0x7F))))
