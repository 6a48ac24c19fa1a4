"""`GET /metrics`, for Prometheus: by a token, for operators, or from a network; in production for nobody else."""

import secrets
from ipaddress import ip_network

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import CollectorRegistry

from ocpi.core import throttle

from .metrics import Figures

_KEPT = 5  # seconds: however many ask, the database is asked once


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    refusal = _refusal(request)
    if refusal is not None:
        return refusal
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    key = "metrics:" + content_type.partition(";")[0]
    body = caches["local"].get(key)
    if body is None:
        registry = CollectorRegistry()
        registry.register(Figures())
        body = encode(registry)
        caches["local"].set(key, body, _KEPT)
    return HttpResponse(body, content_type, headers={"Cache-Control": "no-store"})


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """401, or 429 for who keeps guessing; None for who may read."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    token = settings.METRICS_TOKEN.encode()
    if (token and secrets.compare_digest(shown, token)) or _is_operator(request) or _is_near(request) or _is_open():
        return None
    limit = throttle.Throttle("metrics", settings.AUTH_FAILURES_PER_MINUTE, 60)
    wait = limit.failed(throttle.source_of(request)) if shown else 0
    if wait:
        return HttpResponse("too many wrong tokens\n", "text/plain", 429, headers={"Retry-After": str(wait)})
    text = "METRICS_TOKEN, METRICS_NETWORKS or an operator's login opens this page\n"
    return HttpResponse(text, "text/plain", 401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})


def _is_operator(request: HttpRequest) -> bool:
    return request.user.is_active and bool(getattr(request.user, "is_staff", False))


def _is_near(request: HttpRequest) -> bool:
    source = throttle.source_of(request)
    if source == "unknown" or not settings.METRICS_NETWORKS:
        return False
    caller = ip_network(source)
    near = (ip_network(name) for name in settings.METRICS_NETWORKS)
    return any(caller.version == network.version and caller.subnet_of(network) for network in near)  # type: ignore[arg-type]


def _is_open() -> bool:
    return not settings.PRODUCTION and not settings.METRICS_TOKEN and not settings.METRICS_NETWORKS
