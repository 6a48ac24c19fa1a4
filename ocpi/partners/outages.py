"""A partner that is down is left alone: a circuit breaker around what we send by ourselves.

    closed ── OCPI_PAUSE_AFTER calls in a row that went nowhere ──▶ open: pushes and pulls rest until the next probe
       ▲                                                              │ GET versions, by one worker
       └── any call of another kind that they answer ── half open ◀───┘ the next call that goes nowhere opens it again

Each pause that follows without an answer in between is twice as long: a minute at first, an hour at most. What counts
is whether an OCPI answer came, not which: a partner that says no is there. Commands are sent all the same (`patience`).
"""

import logging
import random
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q

from ocpi.core import client, clock
from ocpi.core.exchange import Exchange
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.headers import CONFIGURATION_MODULES

from .models import Outage, Partner, registered

logger = logging.getLogger(__name__)
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)
_LEASE = timedelta(minutes=2)  # a probe that takes longer belongs to a worker that died


def resting() -> Q:
    """Partners to whom nothing automatic goes now; for `exclude`."""
    return Q(outage__probe_at__isnull=False)


def of(partner: Partner) -> Outage | None:
    """Without a query where it was selected along."""
    return getattr(partner, "outage", None)


def paused(partner: Partner) -> bool:
    return Outage.objects.filter(partner=partner).exclude(probe_at=None).exists()


def patience(partner: Partner) -> float | None:
    """Seconds to wait for the answer to a command; None: as always.

    A command to a paused partner is tried, because a driver waits and what we know is up to an hour old; an answer
    ends the pause. But it does not keep a worker from the drivers at other partners.
    """
    return float(settings.OCPI_CONNECT_TIMEOUT) if paused(partner) else None


def watch(*, exchange: Exchange, **kwargs: Any) -> None:
    """What each exchange says about the health of a partner. Handshakes and probes speak for themselves."""
    if exchange.partner_id is None or exchange.module in CONFIGURATION_MODULES:
        return
    try:
        if exchange.failure is not None and exchange.failure.undeliverable:
            went_nowhere(exchange.partner_id, exchange.failure)
        else:
            close(exchange.partner_id)
    except DatabaseError as error:  # the outcome of the call itself matters more
        logger.warning("the health of partner %s is not noted: %s", exchange.partner_id, type(error).__name__)


@transaction.atomic
def went_nowhere(partner_id: int, error: PartnerError) -> None:
    """Count it, and open after too many in a row. One that was on its way when the pause began prolongs nothing."""
    Outage.objects.get_or_create(partner_id=partner_id)
    row = Outage.objects.select_for_update().get(partner_id=partner_id)
    row.failures += 1
    row.reason = str(error)[:500]
    if row.probe_at is None and row.failures >= settings.OCPI_PAUSE_AFTER:
        _open(row, error)
    row.save()


def close(partner_id: int) -> bool:
    """They answer, or an operator says so: everything that waits may go. True when there was anything to forget."""
    troubled = Outage.objects.filter(partner_id=partner_id, failures__gt=0)
    return bool(troubled.update(failures=0, pauses=0, probe_at=None, paused_at=None, reason=""))


def to_probe() -> list[int]:
    """Partners whose pause has lasted long enough."""
    partners = Partner.objects.filter(registered(), outage__probe_at__lte=clock.now())
    return list(partners.values_list("pk", flat=True))


def probe(partner_id: int) -> None:
    """Ask for their versions, once: an answer lets traffic through on trial, anything else makes the pause longer."""
    waiting = Outage.objects.filter(partner_id=partner_id, probe_at__lte=clock.now())
    if not waiting.update(probe_at=clock.now() + _LEASE):
        return
    partner = Partner.objects.get(pk=partner_id)
    try:
        client.call(partner.peer(), "GET", partner.versions_url, module="versions")
    except PartnerError as error:
        if error.undeliverable:
            _prolong(partner_id, error)
            return
    _half_open(partner_id)


@transaction.atomic
def _prolong(partner_id: int, error: PartnerError) -> None:
    row = Outage.objects.select_for_update().exclude(probe_at=None).filter(partner_id=partner_id).first()
    if row is not None:  # an operator or a command may have ended the pause meanwhile
        _open(row, error)
        row.save()


def _half_open(partner_id: int) -> None:
    """One more failure, and it is open again, for longer."""
    on_trial = max(1, settings.OCPI_PAUSE_AFTER - 1)
    Outage.objects.filter(partner_id=partner_id).exclude(probe_at=None).update(
        failures=on_trial, probe_at=None, paused_at=None
    )


def _open(row: Outage, error: PartnerError) -> None:
    moment = clock.now()
    pause = min(_LONGEST, _FIRST * 2 ** min(row.pauses, 10)) * random.uniform(0.9, 1.1)
    pause = max(pause, timedelta(seconds=min(error.retry_after or 0, 86_400)))
    row.paused_at = row.paused_at or moment
    row.probe_at, row.reason = moment + pause, str(error)[:500]
    row.pauses = min(row.pauses + 1, 100)
