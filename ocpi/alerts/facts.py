"""What is known of every partner now: a fixed number of queries, however many partners there are."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, Subquery

from ocpi.core import clock
from ocpi.journal.filters import REFUSED
from ocpi.journal.models import FAILED, Exchange
from ocpi.partners.models import Partner, PartnerToken
from ocpi.sync.models import MissingBill, Pull, QuarantinedObject
from ocpi.tokens.models import TokenPush

HOUR = timedelta(hours=1)
PULL_LATE = timedelta(hours=1)
_MOST = 10_000  # rows of one kind that are counted; more of them is no other news


@dataclass
class Traffic:
    """Of the last hour: our calls, and of them those that failed; their calls, and of them the refused pushes."""

    calls: int = 0
    failed: int = 0
    received: int = 0
    refused: int = 0


@dataclass
class Facts:
    """Of one partner. `push_due_at`: since when the oldest token push that is due waits."""

    partner: Partner
    now: datetime
    pulls: list[Pull] = field(default_factory=list)
    traffic: Traffic = field(default_factory=Traffic)
    late_use_at: datetime | None = None
    push_due_at: datetime | None = None
    pushes_failed: int = 0
    missing_bills: int = 0
    left_out: int = 0

    @property
    def answered_at(self) -> datetime | None:
        return self.partner.contact.answered_at if hasattr(self.partner, "contact") else None


def gather() -> list[Facts]:
    """One of each partner, in eight queries."""
    now = clock.now()
    pulls, traffic = _troubled_pulls(now), _traffic(now)
    leaked, failed, bills, left_out = _late_uses(), _failed_pushes(), _missing_bills(), _left_out()
    oldest = TokenPush.objects.filter(partner=OuterRef("pk"), state=TokenPush.State.PENDING).order_by("next_try_at")
    partners = Partner.objects.filter(sandbox=False).select_related("outage", "contact")
    return [
        Facts(
            partner, now, pulls[partner.pk], traffic[partner.pk], leaked.get(partner.pk), partner.push_due_at,
            failed[partner.pk], bills[partner.pk], left_out[partner.pk],
        )
        for partner in partners.annotate(push_due_at=Subquery(oldest.values("next_try_at")[:1])).order_by("pk")
    ]  # fmt: skip


def _troubled_pulls(now: datetime) -> Mapping[int, list[Pull]]:
    found: defaultdict[int, list[Pull]] = defaultdict(list)
    overdue = Q(due_at__lt=now - PULL_LATE) & ~Pull.alive()
    for row in Pull.objects.filter(~Q(error="") | Q(withheld__gt=0) | overdue).order_by("module"):
        found[row.partner_id].append(row)
    return found


def _traffic(now: datetime) -> Mapping[int, Traffic]:
    """By the index on the time: one hour is read, however long the journal is."""
    rows = Exchange.objects.filter(started_at__gte=now - HOUR, partner__isnull=False).order_by()
    ours, theirs = Q(direction=Exchange.Direction.OUT), Q(direction=Exchange.Direction.IN)
    counted = rows.values("partner").annotate(
        calls=Count("pk", filter=ours), failed=Count("pk", filter=ours & FAILED),
        received=Count("pk", filter=theirs), refused=Count("pk", filter=REFUSED),
    )  # fmt: skip
    found: defaultdict[int, Traffic] = defaultdict(Traffic)
    found.update({row.pop("partner"): Traffic(**row) for row in counted})
    return found


def _late_uses() -> dict[int, datetime]:
    rows = PartnerToken.objects.exclude(late_use_at=None).order_by().values_list("partner")
    return dict(rows.annotate(last=Max("late_use_at")))


def _failed_pushes() -> Counter[int]:
    return _counted(TokenPush.objects.filter(state=TokenPush.State.FAILED))


def _missing_bills() -> Counter[int]:
    return _counted(MissingBill.objects.filter(closed_at=None, reported_at__isnull=False))


def _left_out() -> Counter[int]:
    return _counted(QuarantinedObject.objects.filter(closed_at=None))


def _counted(rows: Any) -> Counter[int]:
    return Counter(rows.order_by().values_list("partner_id", flat=True)[:_MOST])
