"""Errors to Sentry, traces to an OpenTelemetry collector: each only when its setting names where to.

Their packages are optional (requirements-observability.txt) and imported here, or not at all.
"""

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ocpi import __version__
from ocpi.core import logs

logger = logging.getLogger(__name__)
_INSTALL = "pip install -r requirements-observability.txt"


def start(role: str) -> None:
    """Once per process that does work: `role` is web or worker."""
    if settings.SENTRY_DSN:
        _report_errors()
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        _trace(role)


def _report_errors() -> None:
    """Exceptions with their traceback: no request, no variable, no token (TRA-53); the log's ids as tags."""
    try:
        import sentry_sdk
    except ImportError as error:
        raise ImproperlyConfigured(f"SENTRY_DSN is set, but a package is missing: {_INSTALL}") from error
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN, environment=settings.ENVIRONMENT, release=f"open-emsp@{__version__}",
        send_default_pii=False, include_local_variables=False, max_request_body_size="never", max_breadcrumbs=0,
        before_send=_scrub,
    )  # fmt: skip


def _scrub(event: Any, hint: Any) -> Any:
    event.pop("request", None)
    event.pop("extra", None)
    event["tags"] = {**(event.get("tags") or {}), **logs.context()}
    for entry in (event.get("logentry") or {}, *(event.get("exception") or {}).get("values", [])):
        for name in ("message", "formatted", "value"):
            if isinstance(entry.get(name), str):
                entry[name] = logs.masked(entry[name])
        entry.pop("params", None)
    if "transaction" in event:
        event["transaction"] = logs.masked(event["transaction"])
    return event


def _trace(role: str) -> None:
    """Requests, tasks and calls, with their times; attributes that hold URLs are masked before they leave."""
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.celery import CeleryInstrumentor
        from opentelemetry.instrumentation.django import DjangoInstrumentor
        from opentelemetry.instrumentation.requests import RequestsInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError as error:
        raise ImproperlyConfigured(
            f"OTEL_EXPORTER_OTLP_ENDPOINT is set, but a package is missing: {_INSTALL}"
        ) from error

    class Masking(BatchSpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            span._name = logs.masked(span.name)
            span._attributes = {name: _masked(value) for name, value in (span.attributes or {}).items()}
            super().on_end(span)

    resource = Resource.create({"service.name": f"emsp-{role}", "service.version": __version__})
    provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(settings.TRACES_SAMPLE_RATE)))
    endpoint = f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces"
    provider.add_span_processor(Masking(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument()
    RequestsInstrumentor().instrument()
    CeleryInstrumentor().instrument()


def _masked(value: Any) -> Any:
    return logs.masked(value) if isinstance(value, str) else value
