"""The lights, looked at each minute: what changed is written, a change of colour is an event."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from .facts import Facts, gather
from .models import Light, LightChange
from .reasons import judge

_WRITTEN = ["colour", "since", "reasons", "looked_at"]


@transaction.atomic
def look() -> list[LightChange]:
    """One look at all partners; returns the events. Safe to run twice, or in two workers at once."""
    known = {row.partner_id: row for row in Light.objects.select_for_update().order_by("pk")}
    found = gather()
    events = [event for facts in found if (event := _turn(known, facts)) is not None]
    _write([known[facts.partner.pk] for facts in found])
    return LightChange.objects.bulk_create(events)


def forget_old(limit: datetime) -> int:
    """Delete events from before `limit`; returns how many."""
    return LightChange.objects.filter(at__lt=limit).delete()[0]


def _turn(known: dict[int, Light], facts: Facts) -> LightChange | None:
    """Bring one light up to date in `known`."""
    colour, reasons = judge(facts)
    shown = [asdict(reason) for reason in reasons]
    row = known.setdefault(facts.partner.pk, Light(partner=facts.partner, colour="", since=facts.now))
    before, row.reasons, row.looked_at = row.colour, shown, facts.now
    if before == colour:
        return None
    row.colour, row.since = colour, facts.now
    return _event(facts, before, row, facts.now)


def _event(facts: Facts, before: str, row: Light, at: datetime) -> LightChange:
    return LightChange(partner=facts.partner, at=at, before=before, after=row.colour, reasons=row.reasons)


def _write(rows: Sequence[Light]) -> None:
    Light.objects.bulk_create(
        [Light(partner_id=row.partner_id, **{name: getattr(row, name) for name in _WRITTEN}) for row in rows],
        update_conflicts=True, unique_fields=["partner"], update_fields=_WRITTEN,
    )  # fmt: skip
