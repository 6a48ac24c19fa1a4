"""What every answer of a partner tells beside its content: that it is there, and what time it is over there.

Noted at most once in half a minute per partner and process, so that no call waits for it.
"""

import logging
import time
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.db import DatabaseError

from ocpi.core.exchange import Exchange

from .models import Contact

logger = logging.getLogger(__name__)
_PAUSE = 30.0  # seconds
_SECOND = timedelta(seconds=1)  # as exact as a Date header is (RFC 9110, 6.6.1)
_MOST = 10 * 365 * 86_400  # seconds; a clock that is further off tells nothing but that
_noted: dict[int, float] = {}


def watch(*, exchange: Exchange, **kwargs: Any) -> None:
    """For `exchange_ended`."""
    partner_id = exchange.partner_id
    if partner_id is None or exchange.http_status is None:
        return
    if time.monotonic() - _noted.get(partner_id, -_PAUSE) < _PAUSE:
        return
    try:
        note(exchange)
    except DatabaseError as error:  # the outcome of the call itself matters more
        logger.warning("the answer of partner %s is not noted: %s", partner_id, type(error).__name__)
    else:
        _noted[partner_id] = time.monotonic()


def note(exchange: Exchange) -> None:
    ended = exchange.started_at + timedelta(milliseconds=exchange.duration_ms)
    theirs = skew(exchange.response_headers, exchange.started_at, ended)
    known = {} if theirs is None else {"skew_seconds": theirs, "skew_at": ended}
    Contact.objects.bulk_create(
        [Contact(partner_id=exchange.partner_id, answered_at=ended, **known)],
        update_conflicts=True, unique_fields=["partner"], update_fields=["answered_at", *known],
    )  # fmt: skip


def skew(headers: dict[str, str], asked: datetime, answered: datetime) -> int | None:
    """Seconds that their clock is ahead of ours, 0 when their Date may lie between question and answer."""
    theirs = _date(next((value for name, value in headers.items() if name.lower() == "date"), ""))
    if theirs is None:
        return None
    ahead = max(timedelta(0), theirs - answered - _SECOND) - max(timedelta(0), asked - theirs - _SECOND)
    return max(-_MOST, min(_MOST, round(ahead.total_seconds())))


def forget() -> None:
    _noted.clear()


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
