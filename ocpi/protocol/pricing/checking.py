"""The verdict on a CDR: our price beside the CPO's, what differs, and what the CPO did differently (R22 to R25)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ocpi.protocol.cdrs import CDR, CdrDimension
from ocpi.protocol.pricing import comparison, consistency
from ocpi.protocol.pricing.credits import check_credit
from ocpi.protocol.pricing.deviations import Attempt, explain_difference
from ocpi.protocol.pricing.engine import DEFAULT, price_reading
from ocpi.protocol.pricing.policy import Policy, Reading
from ocpi.protocol.pricing.results import (
    Amount,
    Difference,
    Explanation,
    Finding,
    Outcome,
    Priced,
    Unpriceable,
    Verdict,
)
from ocpi.protocol.pricing.selection import best_version, known_start, objections, stored_for
from ocpi.protocol.pricing.unit_prices import explain_price
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.types import ci_equal


def check(
    cdr: CDR,
    tariffs: Sequence[Tariff] | None = None,
    *,
    time_zone: str | None,
    policy: Policy = DEFAULT,
    original: CDR | None = None,
    later: Sequence[Tariff] = (),
) -> Verdict:
    """Judge a CDR. It is priced by the tariffs that it carries, else by `tariffs`: ours, in all versions (R2).

    `later` are versions that reached us too late to price it; what the CPO did may be told by them (R25).
    `original` is what a credit takes back. `time_zone` is that of the location, None if nobody knows it; ValueError if
    there is no such zone. Nothing else raises.
    """
    if cdr.credit:
        return check_credit(cdr, original)
    stored = stored_for(cdr, tariffs or (), policy)
    right = Attempt(cdr, cdr.tariffs or stored, (*(tariffs or ()), *later), time_zone, Reading(policy))
    priced = right.price()
    if priced.unpriceable is not None:
        reason = priced.unpriceable
        if tariffs and not right.tariffs:
            reason = Unpriceable(reason.code, objections(cdr, tariffs, policy))
        return Verdict(Outcome.UNPRICEABLE, cdr.currency, priced, unpriceable=reason)
    return _compared(right, priced, stored)


def _compared(right: Attempt, priced: Priced, stored: Sequence[Tariff]) -> Verdict:
    cdr, policy = right.cdr, right.reading.policy
    amounts = comparison.differences(cdr, priced, policy)
    judged = comparison.outcome(amounts, cdr.currency, policy)
    sums = consistency.listed(cdr)
    volumes = consistency.volumes(cdr, sums)
    explanation = _explain(right, priced, amounts) if judged == Outcome.MISMATCH else None
    findings = (
        *comparison.findings(amounts, cdr.currency, policy),
        *consistency.volume_findings(volumes, policy),
        *consistency.parts_finding(cdr, priced, policy),
        *consistency.time_finding(cdr, sums, priced),
        *_about_missing(right, sums, priced),
        *_about_place_of_flat(amounts, priced),
        *_about_published(right, priced, stored),
        *(_about_mismatch(right, priced, explanation) if judged == Outcome.MISMATCH else ()),
    )
    wrong = any(finding.severity == "error" for finding in findings)
    verdict = Outcome.MISMATCH if wrong else judged
    return Verdict(verdict, cdr.currency, priced, priced.total_cost, (*amounts, *volumes), findings, explanation)


def _explain(right: Attempt, priced: Priced, amounts: Sequence[Difference]) -> Explanation | None:
    """A known deviation first, then a price of the CPO's own; last a deviation that yields the total alone."""
    everything, only_total = explain_difference(right)
    return everything or explain_price(priced, amounts) or only_total


def _about_place_of_flat(amounts: Sequence[Difference], priced: Priced) -> Iterator[Finding]:
    ours = {difference.field: difference.ours for difference in amounts}
    parking = (priced.total_parking_cost or Amount()).excl_vat
    if ours.get("total_parking_cost.excl_vat", parking) != parking:
        yield Finding("flat_counted_as_parking", "info", "The CPO counts the flat fee as parking, which OCPI allows.")


def _about_missing(right: Attempt, sums: consistency.Sums, priced: Priced) -> Iterator[Finding]:
    """A dimension with a price and a total, but in no period: R6 prices only what is listed."""
    for kind, volume, unit in consistency.missing(right.cdr, sums, right.tariffs):
        last = max(right.cdr.charging_periods, key=lambda period: period.start_date_time)
        listed = [*last.dimensions, CdrDimension.model_construct(type=kind, volume=volume)]
        completed = last.model_copy(update={"dimensions": listed})
        periods = [completed if period is last else period for period in right.cdr.charging_periods]
        other = replace(right, cdr=right.cdr.model_copy(update={"charging_periods": periods})).price()
        effect = (other.total_cost or Amount()) - (priced.total_cost or Amount())
        if effect.excl_vat:
            sentence = (
                f"No period lists {kind}, but the CDR says {volume:.4f} {unit}; "
                f"the tariff would give {effect.excl_vat:+.2f} {priced.currency} for it."
            )
            yield Finding("missing_dimension", "warning", sentence, effect.excl_vat)


def _about_published(right: Attempt, priced: Priced, stored: Sequence[Tariff]) -> Iterator[Finding]:
    """Embedded and published tariff should be one; the CDR's counts, and the effect of the other is told."""
    at = known_start(right.cdr)
    for tariff in right.cdr.tariffs:
        published = [ours for ours in stored if ci_equal(ours.id, tariff.id)]
        if published and not _same_prices(tariff, best := best_version(published, at)):
            rest = [other for other in right.cdr.tariffs if other is not tariff]
            other = price_reading(right.cdr, [best, *rest], right.time_zone, right.reading)
            yield _drift(tariff, priced, other)


def _drift(tariff: Tariff, priced: Priced, other: Priced) -> Finding:
    if other.total_cost is None or priced.total_cost is None:
        return Finding(
            "tariff_differs_from_published", "warning", f"Tariff {tariff.id} in the CDR is not the one published."
        )
    delta = (priced.total_cost - other.total_cost).excl_vat
    sentence = (
        f"Tariff {tariff.id} in the CDR is not the one that was published when the session began; under that one the "
        f"total would be {other.total_cost.excl_vat:.2f} {priced.currency} without VAT."
    )
    return Finding("tariff_differs_from_published", "warning", sentence, delta)


def _same_prices(one: Tariff, other: Tariff) -> bool:
    return all(
        getattr(one, name) == getattr(other, name) for name in ("elements", "min_price", "max_price", "currency")
    )


def _about_mismatch(right: Attempt, priced: Priced, explanation: Explanation | None) -> Iterator[Finding]:
    if explanation is not None:
        effect = explanation.total_cost - (priced.total_cost or Amount())
        amount = effect.excl_vat or effect.incl_vat  # some deviations touch nothing but the VAT
        yield Finding(f"deviation_{explanation.code}", "info", explanation.sentence, amount)
    else:
        yield Finding("unexplained", "info", "No single known deviation from the rules gives the CPO's number.")
    if priced.confidence == "low":
        sentence = "Our price rests on an assumption (see the warnings); it may be ours that is wrong."
        yield Finding("low_confidence", "warning", sentence)
    if any(tariff.tariff_alt_url for tariff in right.tariffs):
        sentence = "The tariff refers to a web page (tariff_alt_url); the CPO may have billed a dynamic price."
        yield Finding("tariff_alt_url", "warning", sentence)
