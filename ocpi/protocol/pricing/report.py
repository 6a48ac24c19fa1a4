"""A verdict as JSON: unrounded numbers, parts that cost nothing as 0, and null where there is no number at all."""

from decimal import Decimal
from typing import Any

from ocpi.protocol.model import plain_number
from ocpi.protocol.moments import format_datetime
from ocpi.protocol.pricing.results import Amount, Difference, Explanation, Finding, Priced, Segment, Verdict, Warning

_PARTS = (
    "total_energy_cost",
    "total_time_cost",
    "total_parking_cost",
    "total_fixed_cost",
    "total_reservation_cost",
)

Json = dict[str, Any]


def as_json(verdict: Verdict) -> Json:
    """Everything that is known about a verdict, as values that a JSON writer takes; numbers are floats or ints."""
    priced = verdict.priced or Priced(verdict.currency, "UTC")
    return {
        "verdict": verdict.verdict.value,
        "currency": verdict.currency,
        "time_zone": priced.time_zone,
        "confidence": priced.confidence,
        "total_cost": _amount(verdict.expected or priced.total_cost),
        **{name: _amount(getattr(priced, name)) for name in _PARTS},
        "billed": _billed(priced),
        "limit": priced.limit,
        "adjustment": _amount(priced.adjustment),
        "segments": [segment_as_json(segment) for segment in priced.segments],
        "warnings": [_warning(warning) for warning in priced.warnings],
        "differences": [_difference(difference) for difference in verdict.differences],
        "findings": [_finding(finding) for finding in verdict.findings],
        "explanation": _explanation(verdict.explanation),
        "unpriceable": _unpriceable(verdict),
    }


def _number(value: Decimal | None) -> int | float | None:
    return None if value is None else plain_number(value)


def _amount(amount: Amount | None) -> Json | None:
    if amount is None:
        return None
    return {"excl_vat": _number(amount.excl_vat), "incl_vat": _number(amount.incl_vat)}


def _billed(priced: Priced) -> Json | None:
    if priced.billed is None:
        return None
    names = ("energy_kwh", "time_h", "parking_h", "reservation_h")
    return {name: _number(getattr(priced.billed, name)) for name in names}


def segment_as_json(segment: Segment) -> Json:
    """One line of the breakdown."""
    return {
        "period": segment.period,
        "start": format_datetime(segment.start),
        "end": format_datetime(segment.end),
        "dimension": segment.dimension,
        "part": segment.part,
        "volume": _number(segment.volume),
        "billed_volume": _number(segment.billed_volume),
        "step_size_surplus": _number(segment.surplus),
        "tariff_id": segment.tariff_id,
        "element": segment.element,
        "price": _number(segment.price),
        "vat": _number(segment.vat),
        "cost": _amount(segment.cost),
        "why": segment.why,
    }


def _warning(warning: Warning) -> Json:
    return {
        "code": warning.code,
        "period": warning.period,
        "amount": _amount(warning.amount),
        "confidence": warning.confidence,
        "sentence": warning.sentence,
    }


def _difference(difference: Difference) -> Json:
    numbers = {name: _number(getattr(difference, name)) for name in ("theirs", "ours", "delta")}
    return {"field": difference.field, **numbers}


def _finding(finding: Finding) -> Json:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "amount": _number(finding.amount),
        "sentence": finding.sentence,
    }


def _explanation(explanation: Explanation | None) -> Json | None:
    if explanation is None:
        return None
    return {
        "code": explanation.code,
        "sentence": explanation.sentence,
        "total_cost": _amount(explanation.total_cost),
    }


def _unpriceable(verdict: Verdict) -> Json | None:
    reason = verdict.unpriceable
    return None if reason is None else {"code": reason.code, "reason": reason.reason}
