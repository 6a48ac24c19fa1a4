"""What waits for a worker, and since when: the overview and `/metrics` tell the same."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Min, OuterRef, QuerySet, Subquery

from ocpi.alerts import delivery
from ocpi.cdrs.models import CDR
from ocpi.commands.models import Command
from ocpi.core import clock
from ocpi.partners import outages
from ocpi.partners.models import Partner, registered
from ocpi.partners.sandboxes import real
from ocpi.sync.models import Pull
from ocpi.tokens import pushes


class Queue(NamedTuple):
    """`oldest`: since when the first of what is due waits. `list`, `filters`: where one sees it in the admin."""

    name: str
    what: str
    oldest: Callable[[], datetime | None]
    list: str
    filters: dict[str, str]


def _queued_command() -> datetime | None:
    return _oldest(Command.objects.filter(real(), state="QUEUED"), "created_at")


def _unchecked_cdr() -> datetime | None:
    return _oldest(CDR.objects.filter(real(), verdict=CDR.Verdict.WAITING), "received_at")


def _due_push() -> datetime | None:
    """One look into an index for each partner: a million pushes may be due."""
    first = pushes.due(OuterRef("pk")).order_by("next_try_at").values("next_try_at")[:1]
    reachable = Partner.objects.filter(registered(), sandbox=False).exclude(outages.resting())
    return _oldest(reachable.annotate(first=Subquery(first)), "first")


def _due_pull() -> datetime | None:
    reachable = Partner.objects.filter(registered(), sandbox=False).exclude(outages.resting()).order_by()
    due = Pull.objects.filter(partner__in=reachable, due_at__lte=clock.now()).exclude(Pull.alive())
    return _oldest(due, "due_at")


def _oldest(rows: QuerySet[Any], field: str) -> datetime | None:
    found: datetime | None = rows.order_by().aggregate(oldest=Min(field))["oldest"]
    return found


QUEUES = (
    Queue("commands", "a command", _queued_command, "ocpi_commands.command", {"outcome": "waiting"}),
    Queue("cdrs", "a CDR to be checked", _unchecked_cdr, "ocpi_cdrs.cdr", {"verdict": CDR.Verdict.WAITING.value}),
    Queue("token_pushes", "a token push", _due_push, "ocpi_tokens.tokenpush", {"progress": "waiting"}),
    Queue("pulls", "a pull", _due_pull, "ocpi_sync.pull", {}),
    Queue("alerts", "an alert", delivery.oldest, "ocpi_alerts.alert", {}),
)
