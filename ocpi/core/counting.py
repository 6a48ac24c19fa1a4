"""How many rows a list has, exactly, without walking through millions of them for each caller.

A list that only grows is counted once: up to a row that is old enough, the count holds for ever, and what came later is
few. Old enough means that no transaction can be open any more that was given an earlier key.
"""

import hashlib
from datetime import timedelta
from typing import Any, NamedTuple

from django.core.cache import caches
from django.db.models import Count, Max, QuerySet

from . import clock

_SETTLED = timedelta(minutes=10)
_FEW = 1_000  # may be counted each time
_KEPT = 3600  # seconds, then all is counted again
_PAUSE = 60  # seconds between two attempts to move on


class Counted(NamedTuple):
    """`total` rows of a list have keys up to `upto`."""

    upto: int = 0
    total: int = 0


def growing(rows: QuerySet[Any], since: str) -> Counted:
    """Of a list that rows come to and never leave; `since` is the column that tells when a row came."""
    key = f"count-{hashlib.blake2b(str(rows.query).encode(), digest_size=16).hexdigest()}"
    settled: Counted = caches["local"].get(key) or Counted()
    later = counted(rows.filter(pk__gt=settled.upto))
    if later.total > _FEW and caches["local"].add(f"{key}-tried", True, _PAUSE):
        caches["local"].set(key, _settle(rows, since, settled), _KEPT)
    return Counted(max(settled.upto, later.upto), settled.total + later.total)


def counted(rows: QuerySet[Any]) -> Counted:
    found = rows.order_by().aggregate(upto=Max("pk"), total=Count("pk"))
    return Counted(found["upto"] or 0, found["total"])


def _settle(rows: QuerySet[Any], since: str, settled: Counted) -> Counted:
    old = rows.model.objects.filter(pk__gt=settled.upto, **{f"{since}__lt": clock.now() - _SETTLED})
    upto = old.order_by("-pk").values_list("pk", flat=True).first()
    if upto is None:
        return settled
    return Counted(upto, settled.total + rows.filter(pk__gt=settled.upto, pk__lte=upto).count())
