"""Is the bill right? Our price beside theirs, and what else an operator should know (pricing rules R1 to R25).

A worker claims a CDR that waits, checks it, and stores verdict and findings at once. Checking again gives the same.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from ocpi.core import clock
from ocpi.locations.models import Connector, Location
from ocpi.partners.owned import OWNER_KEY
from ocpi.protocol import cdrs as wire
from ocpi.protocol import pricing
from ocpi.protocol.headers import PartyId
from ocpi.protocol.pricing.selection import best_version, known_start
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.types import ci_key
from ocpi.tariffs import services as tariffs
from ocpi.tariffs.models import TariffVersion

from . import plausibility, reviews
from .models import CDR, Finding, WantedTariff

logger = logging.getLogger(__name__)
_STALE = timedelta(minutes=5)  # a claim older than this belongs to a worker that died
_WORTH_A_LOOK = {"period_spans_price_change", "periods_start_together", "total_energy_not_in_periods"}
_LACKS_TARIFF = {"no_tariff", "unknown_tariff", "no_active_tariff"}
_ABSURD = Decimal(10) ** 14  # beyond what the column holds


def check(cdr_id: int) -> None:
    """Claim one CDR that waits for its check, and do it. Safe to call twice: the second call finds nothing to claim."""
    claimed_at = clock.now()
    if _unclaimed().filter(pk=cdr_id).update(check_claimed_at=claimed_at):
        _check(cdr_id, claimed_at)


def recheck(cdr_id: int) -> None:
    """Check it here and now, whatever its verdict was; a worker that is at it gives way."""
    claimed_at = clock.now()
    if CDR.objects.filter(pk=cdr_id).update(verdict=CDR.Verdict.WAITING, check_claimed_at=claimed_at):
        _check(cdr_id, claimed_at)


def _check(cdr_id: int, claimed_at: datetime) -> None:
    row = CDR.objects.select_related("partner", "session_row", "token_row").get(pk=cdr_id)
    try:
        verdict, known = _judged(row)
        findings = [*verdict.findings, *_about_price(row, verdict), *plausibility.findings(row)]
    except Exception:  # one bill that defeats us must not stop the others, and is never a match
        logger.exception("CDR %s of %s could not be checked", row.wire_id, row.partner)
        reason = pricing.Unpriceable("check_failed", "Our own check failed; the log says why.")
        verdict = pricing.Verdict(pricing.Outcome.UNPRICEABLE, row.currency, unpriceable=reason)
        findings, known = [pricing.Finding(reason.code, "error", reason.reason, row.total_cost)], Counter()
    _store(row, claimed_at, verdict, findings, known)


def judge(row: CDR) -> pricing.Verdict:
    """The verdict on a CDR by its own tariffs or by ours of that time. Writes nothing."""
    return _judged(row)[0]


def _judged(row: CDR) -> tuple[pricing.Verdict, Counter[str]]:
    """With the tariffs that it names, and how many versions we knew of each."""
    cdr = wire.CDR.from_wire(row.payload)
    place = _location(row)
    named = _named_tariffs(cdr, place)
    found = _our_tariffs(row, named)
    known = Counter(dict.fromkeys(map(ci_key, named), 0))
    known.update(ci_key(version.tariff.id) for version in found)
    early = {ci_key(version.tariff.id) for version in found if version.received_at <= known_start(cdr)}
    in_time, later = _in_time(found, early, known_start(cdr))
    verdict = pricing.check(
        cdr,
        in_time,
        time_zone=place.time_zone if place else None,
        policy=pricing.Policy(tolerance=settings.OCPI_CDR_TOLERANCE),
        original=_original(row),
        later=later,
    )
    return replace(verdict, findings=(*verdict.findings, *_about_receipt(cdr, verdict, early))), known


def waiting(limit: int = 500) -> list[int]:
    """What the sweeper should hand to workers."""
    return list(_unclaimed().order_by("pk").values_list("pk", flat=True)[:limit])


def wait_again(limit: int = 500) -> int:
    """CDRs that lacked a tariff of which a version came since wait for another check. Once for each version."""
    owner = {name: OuterRef(f"cdr__{name}") for name in OWNER_KEY}
    versions = TariffVersion.objects.filter(tariff_id=OuterRef("tariff_id"), **owner).order_by().values("tariff_id")
    known = Subquery(versions.annotate(n=Count("pk")).values("n"))
    late = WantedTariff.objects.annotate(known=known).filter(known__gt=F("seen")).order_by("pk")
    keys = set(late.values_list("cdr", flat=True)[:limit])
    rows = CDR.objects.filter(pk__in=keys, verdict=CDR.Verdict.UNPRICEABLE)
    return int(rows.update(verdict=CDR.Verdict.WAITING, check_claimed_at=None)) if keys else 0


def tariffs_used(row: CDR) -> list[dict[str, Any]]:
    """The tariffs by which the last check priced it, on the wire: those that it carries, else ours of that time."""
    cdr = wire.CDR.from_wire(row.payload)
    used = {ci_key(segment["tariff_id"]) for segment in (row.report or {}).get("segments", [])}
    carried = [tariff for tariff in cdr.tariffs if ci_key(tariff.id) in used]
    if carried:
        return [tariff.to_wire() for tariff in carried]
    start = known_start(cdr)
    found = _our_tariffs(row, sorted(used))
    early = {ci_key(version.tariff.id) for version in found if version.received_at <= start}
    in_time, _ = _in_time(found, early, start)
    by_id = {key: [tariff for tariff in in_time if ci_key(tariff.id) == key] for key in sorted(used)}
    return [best_version(same, start).to_wire() for same in by_id.values() if same]


def _unclaimed() -> QuerySet[CDR]:
    free = Q(check_claimed_at=None) | Q(check_claimed_at__lt=clock.now() - _STALE)
    return CDR.objects.filter(free, verdict=CDR.Verdict.WAITING)


@transaction.atomic
def _store(
    row: CDR, claimed_at: datetime, verdict: pricing.Verdict, findings: list[pricing.Finding], known: Counter[str]
) -> None:
    """Nothing, if the claim is no longer ours: another worker took over, or what we judged by has changed."""
    ours = _storable(verdict.expected.excl_vat if verdict.expected else None)
    row.difference = None if ours is None else row.total_cost - ours
    if not CDR.objects.filter(pk=row.pk, check_claimed_at=claimed_at).update(
        verdict=verdict.verdict.value,
        our_cost=ours,
        difference=row.difference,
        report=pricing.as_json(verdict),
        checked_at=clock.now(),
        check_claimed_at=None,
    ):
        return
    Finding.objects.filter(cdr=row).delete()
    Finding.objects.bulk_create(
        Finding(cdr=row, code=f.code, severity=f.severity, amount=_storable(f.amount), sentence=f.sentence[:500])
        for f in findings
    )
    if (row.report or {}).get("unpriceable"):
        WantedTariff.objects.filter(cdr=row).delete()
    if verdict.unpriceable is not None and verdict.unpriceable.code in _LACKS_TARIFF:
        WantedTariff.objects.bulk_create(WantedTariff(cdr=row, tariff_id=key, seen=n) for key, n in known.items())
    reviews.consider(row, findings)


def _storable(amount: Decimal | None) -> Decimal | None:
    """Amounts that no currency has come from absurd prices; sentence and report tell them, the column cannot."""
    return None if amount is None or abs(amount) >= _ABSURD else amount


def _about_price(row: CDR, verdict: pricing.Verdict) -> Iterator[pricing.Finding]:
    """Why there is none, and what it rests on: an assumption is worth an operator's look, a note is not."""
    if verdict.unpriceable is not None:
        yield pricing.Finding(verdict.unpriceable.code, "warning", verdict.unpriceable.reason, row.total_cost)
    for warning in verdict.priced.warnings if verdict.priced else ():
        severe = warning.confidence == "low" or warning.code in _WORTH_A_LOOK
        amount = warning.amount.excl_vat if warning.amount else None
        yield pricing.Finding(warning.code, "warning" if severe else "info", warning.sentence, amount)


def _location(row: CDR) -> Location | None:
    owned = Location.objects.of(row.partner, PartyId(row.country_code, row.party_id))
    return owned.filter(location_id=row.payload["cdr_location"]["id"]).first()


def _named_tariffs(cdr: wire.CDR, place: Location | None) -> list[str]:
    """The tariffs that the CDR names, carries, or else those that its connector has (R2)."""
    named = [period.tariff_id for period in cdr.charging_periods if period.tariff_id]
    named += [tariff.id for tariff in cdr.tariffs]
    return named if named or place is None else _connector_tariffs(place, cdr.cdr_location)


def _our_tariffs(row: CDR, named: list[str]) -> list[tariffs.Version]:
    """All versions that we have of them, in their order."""
    order = {ci_key(text): position for position, text in enumerate(reversed(named))}
    found = tariffs.versions(partner=row.partner, party=PartyId(row.country_code, row.party_id), tariff_ids=order)
    return sorted(found, key=lambda version: -order[ci_key(version.tariff.id)])


def _in_time(found: list[tariffs.Version], early: set[str], start: datetime) -> tuple[list[Tariff], list[Tariff]]:
    """What was published to us when the session began, and what came later (R2).

    A tariff of which nothing had come by then, as before the first pull, counts by its own last_updated.
    """
    in_time, later = [], []
    for version in found:
        late = ci_key(version.tariff.id) in early and version.received_at > start
        (later if late else in_time).append(version.tariff)
    return in_time, later


def _about_receipt(cdr: wire.CDR, verdict: pricing.Verdict, early: set[str]) -> Iterator[pricing.Finding]:
    used = {ci_key(segment.tariff_id) for segment in verdict.priced.segments} if verdict.priced else set()
    for tariff_id in sorted(used - early) if not cdr.tariffs else ():
        sentence = f"Tariff {tariff_id} first reached us after the session began; by its own date it was valid then."
        yield pricing.Finding("tariff_came_later", "warning", sentence, cdr.total_cost.excl_vat)


def _connector_tariffs(place: Location, at: Any) -> list[str]:
    found = Connector.objects.filter(evse__location=place, evse__uid=at.evse_uid, connector_id=at.connector_id)
    return found.values_list("tariff_ids", flat=True).first() or []


def _original(row: CDR) -> wire.CDR | None:
    if not row.credit:
        return None
    owned = CDR.objects.of(row.partner, PartyId(row.country_code, row.party_id))
    original = owned.filter(cdr_id=row.credit_reference_id).first()
    return wire.CDR.from_wire(original.payload) if original else None
