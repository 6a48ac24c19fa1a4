"""Charges from which no news comes: flagged, pulled, escalated, and never closed by us (SES-39, AMB-19).

The rule is `ocpi.sessions.watchdog`; a flag is a row of `SessionWatch`, which holds for as long as the session's
`last_updated` stays where it was. Any news clears it.
"""

import logging
from datetime import timedelta
from itertools import groupby

from django.conf import settings
from django.db.models import F, Q, QuerySet

from ocpi.core import clock
from ocpi.core.transactions import one_transaction
from ocpi.sessions.models import Session
from ocpi.sessions.watchdog import WATCHED, silent

from . import services
from .models import Agreement, SessionWatch

logger = logging.getLogger(__name__)
_MOST = 1_000  # in one round; the next round takes the rest


def look() -> None:
    """One round of the watchdog. Safe to run twice, or in two workers at once."""
    clear()
    flag()
    escalate()


def clear() -> int:
    """Forget those that have said something, or came to their end."""
    said = Q(session__last_updated__gt=F("last_news")) | Q(session__last_updated__lt=F("last_news"))
    rows = SessionWatch.objects.filter(said | ~Q(session__status__in=WATCHED))
    return rows.delete()[0]


@one_transaction
def flag() -> int:
    """Flag who has become silent, and have their partners pulled from their last news on."""
    found = [row for rows in _silent() for row in rows]
    now = clock.now()
    watches = [SessionWatch(session_id=row.pk, last_news=row.last_updated, stale_since=now) for row in found]
    SessionWatch.objects.bulk_create(watches, ignore_conflicts=True)
    for partner, rows in groupby(sorted(found, key=lambda row: row.partner_id), key=lambda row: row.partner):
        silence = [row.last_updated for row in rows]
        logger.warning("%d charges at %s give no news; it is pulled", len(silence), partner)
        services.look_back(partner_id=partner.pk, module="sessions", to=min(silence))
    return len(found)


def escalate() -> int:
    """Flagged for long, and still silent: somebody must look."""
    since = clock.now() - timedelta(hours=settings.OCPI_SESSION_ESCALATE_HOURS)
    rows = SessionWatch.objects.current().filter(escalated_at=None, stale_since__lte=since)
    for row in rows.select_related("session__partner").defer("session__payload")[:_MOST]:
        if SessionWatch.objects.filter(pk=row.pk, escalated_at=None).update(escalated_at=clock.now()):
            logger.error(
                "session %s of %s: no news since %s, and its partner's list says nothing new",
                row.session.session_id, row.session.partner, f"{row.last_news:%Y-%m-%d %H:%M}",
            )  # fmt: skip
    return rows.count()


def _silent() -> list[QuerySet[Session]]:
    """First those of partners without an agreement of their own, then partner by partner."""
    own = dict(Agreement.objects.exclude(silent_minutes=None).values_list("partner_id", "silent_minutes"))
    unwatched = Session.objects.filter(watch=None).select_related("partner").order_by("last_updated")
    groups = [unwatched.filter(silent()).exclude(partner__in=own)]
    groups += [unwatched.filter(silent(minutes), partner=pk) for pk, minutes in own.items()]
    return [rows.only("last_updated", "partner__name")[:_MOST] for rows in groups]
