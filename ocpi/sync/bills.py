"""Charges without a bill (FLD-28): found, looked for by pulling, then reported, until the CDR comes.

A bill is owed for a COMPLETED session with energy or a cost. INVALID means that the CPO will not bill it (SES-14); of a
charge without energy and without a cost, most CPOs write no CDR, and one that is missing costs nobody anything.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ocpi.cdrs.models import CDR
from ocpi.core import clock
from ocpi.core.transactions import one_transaction
from ocpi.partners.owned import OWNER_KEY
from ocpi.sessions.models import Session

from . import services
from .models import Agreement, MissingBill

logger = logging.getLogger(__name__)
OWED = Q(status="COMPLETED") & (Q(kwh__gt=0) | Q(total_cost__gt=0))
_BACK_OFF = (timedelta(hours=1), timedelta(hours=6))  # after the first pull and after the second: then it is reported
_LOOK_BACK = timedelta(days=62)  # what is older was settled with some monthly bill, or never will be
_MOST = 1_000  # in one round; the next round takes the rest


def chase() -> None:
    """One round: close what came, find what is missing, pull or report what is due. Safe to run twice."""
    close()
    find()
    pursue()


@one_transaction
def close() -> int:
    """Close the rows whose bill came, by push or by pull; drop those that nobody owes any more. Returns how many."""
    missing = MissingBill.objects.filter(closed_at=None)
    named, referred = _named("session__"), _referred("session__")
    found = missing.annotate(named=Subquery(named.values("pk")[:1]), referred=Subquery(referred.values("pk")[:1]))
    rows = list(found.filter(Q(named__gt=0) | Q(referred__gt=0) & ~Q(session__authorization_reference="")))
    for row in rows:
        row.closed_at, row.next_try_at, row.cdr_id = clock.now(), None, row.named or row.referred
    MissingBill.objects.bulk_update(rows, ["closed_at", "next_try_at", "cdr"])
    return len(rows) + missing.exclude(session__in=Session.objects.filter(OWED)).delete()[0]


@one_transaction
def find() -> int:
    """Rows for the charges whose agreed time is over; at once due for a first pull."""
    now = clock.now()
    found = [pk_and_partner for rows in _overdue() for pk_and_partner in rows]
    rows = [
        MissingBill(session_id=pk, partner_id=partner, found_at=now, next_try_at=now) for pk, partner in found
    ]  # fmt: skip
    MissingBill.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@one_transaction
def pursue() -> None:
    """Pull for what is due, or report it when pulling did not help."""
    due = MissingBill.objects.filter(closed_at=None, next_try_at__lte=clock.now()).order_by("pk")
    rows = list(due.select_related("session", "partner").defer("session__payload")[:_MOST])
    reported: Counter[Any] = Counter()
    since: dict[int, datetime] = {}
    for row in rows:
        if row.tries < len(_BACK_OFF):
            row.next_try_at, row.tries = clock.now() + _BACK_OFF[row.tries], row.tries + 1
            since[row.partner_id] = min(since.get(row.partner_id, _end(row.session)), _end(row.session))
        else:
            row.next_try_at, row.reported_at = None, clock.now()
            reported[row.partner] += 1
    MissingBill.objects.bulk_update(rows, ["next_try_at", "tries", "reported_at"])
    for partner_id, moment in since.items():
        services.look_back(partner_id=partner_id, module="cdrs", to=moment)
    for partner, count in reported.items():
        logger.error("%d charges at %s ended without a bill", count, partner)


def _overdue() -> Iterator[list[tuple[int, int]]]:
    """(session, partner), first of those without an agreement of their own, then partner by partner."""
    own = dict(Agreement.objects.exclude(bill_hours=None).values_list("partner_id", "bill_hours"))
    yield _without_bill(Session.objects.exclude(partner__in=own), settings.OCPI_CDR_LATE_HOURS)
    for partner_id, hours in own.items():
        yield _without_bill(Session.objects.filter(partner=partner_id), hours)


def _without_bill(sessions: QuerySet[Session], hours: int) -> list[tuple[int, int]]:
    """By `last_updated`, which is no earlier than the end and has an index, then by the end itself."""
    until = clock.now() - timedelta(hours=hours)
    ended = sessions.filter(OWED, last_updated__lt=until, last_updated__gt=until - _LOOK_BACK, missing_bill=None)
    ended = ended.annotate(ended_at=Coalesce("end_date_time", "last_updated")).filter(ended_at__lt=until)
    unbilled = ended.exclude(Exists(_named())).exclude(~Q(authorization_reference=""), Exists(_referred()))
    return list(unbilled.order_by("last_updated").values_list("pk", "partner_id")[:_MOST])


def _named(session: str = "") -> QuerySet[CDR]:
    """The bills that name a session of the outer query; `session`: how it gets there, as `session__`."""
    return CDR.objects.filter(credit=False, **{name: OuterRef(session + name) for name in [*OWNER_KEY, "session_id"]})


def _referred(session: str = "") -> QuerySet[CDR]:
    """A CDR need not name its session (CDR-17); then the authorization that both had tells (SES-22)."""
    same = {name: OuterRef(session + name) for name in [*OWNER_KEY, "authorization_reference"]}
    return CDR.objects.filter(credit=False, session_id="", **same)


def _end(session: Session) -> datetime:
    return min(session.end_date_time or session.last_updated, session.last_updated)
