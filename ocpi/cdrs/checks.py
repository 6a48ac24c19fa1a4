"""Is the bill right? Our price beside theirs, and what else an operator should know (pricing rules R1 to R25).

A worker claims a CDR that waits, checks it, and stores verdict and findings at once. Checking again gives the same.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from ocpi.core import clock
from ocpi.locations.models import Connector, Location
from ocpi.protocol import cdrs as wire
from ocpi.protocol import pricing
from ocpi.protocol import tariffs as tariff_wire
from ocpi.protocol.headers import PartyId
from ocpi.tariffs import services as tariffs

from . import plausibility
from .models import CDR, Finding

logger = logging.getLogger(__name__)
_STALE = timedelta(minutes=5)  # a claim older than this belongs to a worker that died
_SEVERITIES = {"high": "info", "low": "warning"}


def check(cdr_id: int) -> None:
    """Claim one CDR that waits for its check, and do it. Safe to call twice: the second call finds nothing to claim."""
    if not _unclaimed().filter(pk=cdr_id).update(check_claimed_at=clock.now()):
        return
    row = CDR.objects.select_related("partner", "session_row", "token_row").get(pk=cdr_id)
    try:
        verdict = judge(row)
        findings = [*verdict.findings, *_warnings(verdict), *plausibility.findings(row)]
    except Exception:  # one bill that defeats us must not stop the others, and is never a match
        logger.exception("CDR %s of %s could not be checked", row.wire_id, row.partner)
        verdict = pricing.Verdict(pricing.Outcome.UNPRICEABLE, row.currency)
        findings = [pricing.Finding("check_failed", "error", "Our own check failed; the log says why.")]
    _store(row, verdict, findings)


def judge(row: CDR) -> pricing.Verdict:
    """The verdict on a CDR by its own tariffs or by ours of that time. Writes nothing."""
    cdr = wire.CDR.from_wire(row.payload)
    place = _location(row)
    return pricing.check(
        cdr,
        _our_tariffs(row, cdr, place),
        time_zone=place.time_zone if place else None,
        policy=pricing.Policy(tolerance=settings.OCPI_CDR_TOLERANCE),
        original=_original(row),
    )


def waiting(limit: int = 500) -> list[int]:
    """What the sweeper should hand to workers."""
    return list(_unclaimed().order_by("pk").values_list("pk", flat=True)[:limit])


def _unclaimed() -> QuerySet[CDR]:
    free = Q(check_claimed_at=None) | Q(check_claimed_at__lt=clock.now() - _STALE)
    return CDR.objects.filter(free, verdict=CDR.Verdict.WAITING)


@transaction.atomic
def _store(row: CDR, verdict: pricing.Verdict, findings: Iterable[pricing.Finding]) -> None:
    ours = verdict.expected.excl_vat if verdict.expected else None
    Finding.objects.filter(cdr=row).delete()
    Finding.objects.bulk_create(
        Finding(cdr=row, code=f.code, severity=f.severity, amount=f.amount, sentence=f.sentence[:500]) for f in findings
    )
    CDR.objects.filter(pk=row.pk, check_claimed_at__isnull=False).update(
        verdict=verdict.verdict.value,
        our_cost=ours,
        difference=None if ours is None else row.total_cost - ours,
        report=pricing.as_json(verdict),
        checked_at=clock.now(),
        check_claimed_at=None,
    )


def _warnings(verdict: pricing.Verdict) -> list[pricing.Finding]:
    """What the price rests on: an assumption is worth an operator's look, a note is not."""
    found = verdict.priced.warnings if verdict.priced else ()
    return [
        pricing.Finding(w.code, _SEVERITIES[w.confidence], w.sentence, w.amount.excl_vat if w.amount else None)  # type: ignore[arg-type]
        for w in found
    ]


def _location(row: CDR) -> Location | None:
    owned = Location.objects.of(row.partner, PartyId(row.country_code, row.party_id))
    return owned.filter(location_id=row.payload["cdr_location"]["id"]).first()


def _our_tariffs(row: CDR, cdr: wire.CDR, place: Location | None) -> list[tariff_wire.Tariff]:
    """All versions that we have of the tariffs that the CDR names, carries, or that its connector has (R2)."""
    named = {period.tariff_id for period in cdr.charging_periods if period.tariff_id}
    named |= {tariff.id for tariff in cdr.tariffs}
    if not named and place is not None:
        named = set(_connector_tariffs(place, cdr.cdr_location))
    return tariffs.versions(partner=row.partner, party=PartyId(row.country_code, row.party_id), tariff_ids=named)


def _connector_tariffs(place: Location, at: Any) -> list[str]:
    found = Connector.objects.filter(evse__location=place, evse__uid=at.evse_uid, connector_id=at.connector_id)
    return found.values_list("tariff_ids", flat=True).first() or []


def _original(row: CDR) -> wire.CDR | None:
    if not row.credit:
        return None
    owned = CDR.objects.of(row.partner, PartyId(row.country_code, row.party_id))
    original = owned.filter(cdr_id=row.credit_reference_id).first()
    return wire.CDR.from_wire(original.payload) if original else None
