"""Which charges should have told something and did not (SES-39): a matter of the row alone, whoever asks.

What follows from it (the flag, the pull, the escalation) needs pulls, and lives above: `ocpi.sync.watch`.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from ocpi.core import clock

WATCHED = ("PENDING", "ACTIVE")  # a reservation says nothing until its car comes


def silent(minutes: int | None = None) -> Q:
    """Sessions without news for the time of OCPI_PENDING_SILENT_MINUTES and OCPI_SESSION_SILENT_MINUTES, or `minutes`.

    News is what is newer in the partner's time AND came in ours: a partner whose clock is slow is not silent.
    """
    found = Q()
    for status, limit in _limits(minutes).items():
        since = clock.now() - timedelta(minutes=limit)
        found |= Q(status=status, last_updated__lt=since, changed_at__lt=since)
    return found


def _limits(minutes: int | None) -> dict[str, int]:
    pending, active = settings.OCPI_PENDING_SILENT_MINUTES, settings.OCPI_SESSION_SILENT_MINUTES
    return {"PENDING": pending if minutes is None else min(pending, minutes), "ACTIVE": minutes or active}
