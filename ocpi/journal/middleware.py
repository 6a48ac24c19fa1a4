"""Requests to our OCPI endpoints become journal rows after the answer is ready."""

import logging
import time
from collections.abc import Callable
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.http.request import HttpHeaders

from ocpi.core import clock
from ocpi.core.exchange import Exchange
from ocpi.partners import services as partners

from . import services

logger = logging.getLogger(__name__)


class JournalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started_at, started = clock.now(), time.monotonic()
        response = self.get_response(request)
        module = getattr(request, "ocpi_module", None)
        if module is not None:
            exchange = Exchange("IN", request.method or "", _url(request), module, started_at)
            exchange.duration_ms = round((time.monotonic() - started) * 1000)
            self._record(exchange, request, response)
        return response

    @staticmethod
    def _record(exchange: Exchange, request: HttpRequest, response: HttpResponse) -> None:
        """What was answered stays answered: a journal that fails is our trouble, not the caller's."""
        try:
            services.record(_fill(exchange, request, response))
        except Exception:
            logger.exception("an exchange could not be recorded")


def _url(request: HttpRequest) -> str:
    """As it came: what RawPathMiddleware left encoded is not encoded once more."""
    return request.get_full_path().replace("%252F", "%2F").replace("%2525", "%25")


def _fill(exchange: Exchange, request: HttpRequest, response: HttpResponse) -> Exchange:
    caller = getattr(request, "ocpi_caller", None)
    if caller is not None and caller.is_api_client:
        exchange.api_client_id = caller.pk
    elif caller is not None:
        exchange.partner_id = caller.pk
        if getattr(request, "ocpi_replayed_for", None) is None:
            partners.heard_from(caller)
    exchange.request_id = request.request_id  # type: ignore[attr-defined]
    exchange.correlation_id = request.correlation_id  # type: ignore[attr-defined]
    meta = request.META
    exchange.request_headers = {name: meta[key] for key in meta if (name := _header(key)) is not None}
    exchange.request_body, exchange.request_json = _body(request), getattr(request, "ocpi_json", None)
    exchange.http_status, exchange.status_code = response.status_code, getattr(response, "ocpi_status", None)
    exchange.response_headers = dict(response.headers._store.values())  # type: ignore[attr-defined]
    exchange.response_body = b"" if response.streaming else response.content
    return exchange


@lru_cache(maxsize=1024)
def _header(key: str) -> str | None:
    """The header's name of a key of META. `request.headers` has the same, at ten times the cost."""
    return HttpHeaders.parse_header_name(key)


def _body(request: HttpRequest) -> bytes:
    """What the view read; a body that nobody read stays unread."""
    return getattr(request, "_body", b"")
