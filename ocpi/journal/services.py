"""What can happen to the journal: an exchange is recorded, old ones are forgotten."""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings

from ocpi.core import clock, logs
from ocpi.core.exchange import Exchange as HttpExchange
from ocpi.partners.models import Partner

from . import counts, redaction, writer
from .models import Exchange

logger = logging.getLogger(__name__)


def record(exchange: HttpExchange) -> None:
    """Redact an exchange and hand it to the writer."""
    if settings.LOG_EXCHANGES:
        _log(exchange)
    if not settings.JOURNAL_ENABLED:
        return
    request_body, _ = redaction.body(exchange.request_body)
    response_body, status_code = redaction.body(exchange.response_body)
    hide = redaction.hiding(exchange.request_headers)
    writer.add(
        Exchange(
            direction=exchange.direction,
            partner_id=exchange.partner_id,
            api_client_id=exchange.api_client_id,
            module=exchange.module,
            method=exchange.method[:8],
            url=redaction.url(hide(exchange.url)),
            http_status=exchange.http_status,
            status_code=status_code,
            duration_ms=exchange.duration_ms,
            request_id=hide(exchange.request_id)[:255],
            correlation_id=hide(exchange.correlation_id)[:255],
            request_headers=redaction.headers(exchange.request_headers, hide),
            request_body=hide(request_body),
            response_headers=redaction.headers(exchange.response_headers, hide),
            response_body=hide(response_body),
            error=hide(exchange.error)[:500],
            started_at=exchange.started_at,
        )
    )


def _log(exchange: HttpExchange) -> None:
    hide = redaction.hiding(exchange.request_headers)
    path = redaction.url(hide(exchange.url))
    names = {"request_id": exchange.request_id, "correlation_id": exchange.correlation_id}
    whose = {"partner_id": exchange.partner_id, "client_id": exchange.api_client_id}
    told = f"{exchange.direction} {exchange.method} {path} {exchange.http_status or exchange.error}"
    fields = {
        "direction": exchange.direction, "method": exchange.method, "url": path, "module": exchange.module,
        "http_status": exchange.http_status, "duration_ms": exchange.duration_ms, "error": hide(exchange.error),
    }  # fmt: skip
    with logs.bound(**{name: hide(value) for name, value in names.items()}, **whose):
        logger.info(hide(told), extra={"fields": fields})


def on_exchange_ended(*, exchange: HttpExchange, **kwargs: Any) -> None:
    record(exchange)


def forget_old() -> int:
    """Delete exchanges older than JOURNAL_RETENTION_DAYS, and counts of partners that are gone; returns how many."""
    counts.forget_strangers(set(Partner.objects.values_list("pk", flat=True)))
    limit = clock.now() - timedelta(days=settings.JOURNAL_RETENTION_DAYS)
    deleted, _ = Exchange.objects.filter(started_at__lt=limit).delete()
    return deleted
