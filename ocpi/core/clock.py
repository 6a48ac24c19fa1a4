"""The only place that asks what time it is."""

from datetime import UTC, datetime


def now() -> datetime:
    """UTC, cut to the milliseconds that OCPI shows: what we store is what partners can filter by (PAG-04)."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
