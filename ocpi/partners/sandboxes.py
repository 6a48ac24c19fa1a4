"""Sandboxes: partners that exist for one learner's lesson, registered by a real handshake like any other.

Nobody else meets them: apps and lists of operators leave out what is theirs, tokens of drivers stay away from them and
theirs from other partners, and nothing happens to them by the clock. When the lesson is over they are wiped out.
"""

from django.db.models import Q

from .models import Partner


def real(path: str = "partner") -> Q:
    """Rows of real partners, or of none; `path` leads to the partner. One small subquery, whatever the table's size."""
    return ~Q(**{f"{path}__in": Partner.objects.filter(sandbox=True)})


def mine_or_real(sandbox: Partner | None, path: str = "partner") -> Q:
    """What may be meant by somebody who acts within this sandbox; without one, what is real."""
    return Q(**{path: sandbox}) if sandbox is not None else real(path)
