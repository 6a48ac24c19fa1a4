"""The only place that asks what time it is."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """UTC, cut to the milliseconds that OCPI shows: what we store is what partners can filter by (PAG-04)."""
    moment = timezone.now()
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
