"""What can happen to the journal: an exchange is recorded, old ones are forgotten."""

import logging
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings

from ocpi.core import clock, logs
from ocpi.core.exchange import Exchange as HttpExchange
from ocpi.partners.models import Partner

from . import counts, partitions, redaction, writer
from .models import Exchange

logger = logging.getLogger(__name__)
_BATCH = 1_000  # rows deleted in one transaction


def record(exchange: HttpExchange) -> None:
    """Redact an exchange and hand it to the writer."""
    if settings.LOG_EXCHANGES:
        _log(exchange)
    if not settings.JOURNAL_ENABLED:
        return
    request_body, _ = redaction.body(exchange.request_body, exchange.request_json)
    status_code = exchange.status_code
    response_body = None if status_code is None else redaction.as_it_came(exchange.response_body)
    if response_body is None:
        response_body, status_code = redaction.body(exchange.response_body, exchange.response_json)
    hide = redaction.hiding(exchange.request_headers)
    writer.add(
        {
            "direction": exchange.direction,
            "partner_id": exchange.partner_id,
            "api_client_id": exchange.api_client_id,
            "module": exchange.module,
            "method": exchange.method[:8],
            "url": redaction.url(hide(exchange.url)),
            "http_status": exchange.http_status,
            "status_code": status_code,
            "duration_ms": exchange.duration_ms,
            "request_id": hide(exchange.request_id)[:255],
            "correlation_id": hide(exchange.correlation_id)[:255],
            "request_headers": redaction.headers(exchange.request_headers, hide),
            "request_body": hide(request_body),
            "response_headers": redaction.headers(exchange.response_headers, hide),
            "response_body": hide(response_body),
            "error": hide(exchange.error)[:500],
            "started_at": exchange.started_at,
        }
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


class Forgotten(NamedTuple):
    """What became of old exchanges: weeks that were dropped, and rows that were deleted one thousand at a time."""

    weeks: list[str]
    rows: int


def forget_old() -> Forgotten:
    """Forget what is older than JOURNAL_RETENTION_DAYS, on PostgreSQL by whole weeks, and make room for the next one.

    Counts of partners that are gone go as well. Nothing that is written meanwhile waits: see `partitions`.
    """
    counts.forget_strangers(set(Partner.objects.values_list("pk", flat=True)))
    limit = clock.now() - timedelta(days=settings.JOURNAL_RETENTION_DAYS)
    partitions.prepare()
    dropped = partitions.drop_before(limit)
    return Forgotten(dropped, _delete_before(partitions.outside(limit)))


def _delete_before(limit: datetime) -> int:
    """What no partition took along: on SQLite everything."""
    old, deleted = Exchange.objects.filter(started_at__lt=limit), 0
    while keys := list(old.order_by("started_at").values_list("pk", flat=True)[:_BATCH]):
        deleted += old.filter(pk__in=keys).delete()[0]
    return deleted
