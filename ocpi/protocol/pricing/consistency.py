"""R23: whether a CDR agrees with itself: its totals of energy and time with its periods, its parts with its total."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.pricing.comparison import PARTS
from ocpi.protocol.pricing.currencies import minor_unit
from ocpi.protocol.pricing.periods import HOUR
from ocpi.protocol.pricing.policy import Policy
from ocpi.protocol.pricing.results import Difference, Finding, Priced
from ocpi.protocol.pricing.stretches import is_known
from ocpi.protocol.tariffs import Tariff

# Numbers have four decimals, and CPOs round volumes to two: what they lose in that is no contradiction.
TOLERANCE = Decimal("0.01")
LAST_DECIMAL = Decimal("0.00005")


Sums = Mapping[str, Decimal]


def listed(cdr: CDR) -> Sums:
    """What the periods list, by dimension."""
    sums: dict[str, Decimal] = {}
    for period in cdr.charging_periods:
        for dimension in period.dimensions:
            sums[dimension.type] = sums.get(dimension.type, Decimal(0)) + dimension.volume
    return sums


def volumes(cdr: CDR, sums: Sums) -> tuple[Difference, ...]:
    """The totals of energy (kWh) and times (h) that contradict the periods or the timestamps."""
    lost = TOLERANCE + LAST_DECIMAL * len(cdr.charging_periods)
    return tuple(found for found in _volumes(cdr, sums) if abs(found.delta) > lost)


def _volumes(cdr: CDR, sums: Sums) -> Iterator[Difference]:
    if "ENERGY" in sums:
        yield Difference("total_energy", cdr.total_energy, sums["ENERGY"])
    if "PARKING_TIME" in sums and cdr.total_parking_time is not None:
        yield Difference("total_parking_time", cdr.total_parking_time, sums["PARKING_TIME"])
    if is_known(cdr.start_date_time) and is_known(cdr.end_date_time):
        length = Decimal(int((cdr.end_date_time - cdr.start_date_time).total_seconds())) / HOUR
        # The specification does not say whether total_time includes the reservation before the session.
        readings = (length, length - sums.get("RESERVATION_TIME", 0))
        yield Difference("total_time", cdr.total_time, min(readings, key=lambda ours: abs(cdr.total_time - ours)))


def missing(cdr: CDR, sums: Sums, tariffs: Sequence[Tariff]) -> Iterator[tuple[str, Decimal, str]]:
    """Dimensions that some tariff prices and no period lists, with the volume and unit of the CDR's total."""
    parked = sums.get("PARKING_TIME", cdr.total_parking_time or Decimal(0))
    totals = (
        ("ENERGY", cdr.total_energy, "kWh"),
        ("TIME", cdr.total_time - parked - sums.get("RESERVATION_TIME", Decimal(0)), "h"),
        ("PARKING_TIME", cdr.total_parking_time or Decimal(0), "h"),
    )
    for kind, volume, unit in totals:
        if kind not in sums and volume > TOLERANCE and any(_prices(tariff, kind) for tariff in tariffs):
            yield kind, volume, unit


def _prices(tariff: Tariff, kind: str) -> bool:
    return any(component.type == kind for element in tariff.elements for component in element.price_components)


def time_finding(cdr: CDR, sums: Sums, priced: Priced) -> Iterator[Finding]:
    """Whether the periods list more time than passed; R6 prices it all the same."""
    hours = sum((sums.get(kind, Decimal(0)) for kind in ("TIME", "PARKING_TIME", "RESERVATION_TIME")), Decimal(0))
    if not is_known(cdr.start_date_time) or not is_known(cdr.end_date_time):
        return
    first = min(cdr.start_date_time, *(period.start_date_time for period in cdr.charging_periods))
    passed = Decimal(int((cdr.end_date_time - first).total_seconds())) / HOUR
    excess = hours - max(passed, Decimal(0))
    if excess > TOLERANCE + LAST_DECIMAL * len(cdr.charging_periods):
        costs = (priced.total_time_cost, priced.total_parking_cost, priced.total_reservation_cost)
        share = sum((cost.excl_vat for cost in costs if cost), Decimal(0)) * excess / hours
        sentence = f"The periods list {hours:.4f} h, but only {passed:.4f} h passed: the rest was billed all the same."
        yield Finding("more_time_than_passed", "warning", sentence, share)


def volume_findings(found: tuple[Difference, ...], policy: Policy) -> Iterator[Finding]:
    """One finding for each contradiction; whether it decides the verdict is the operator's choice."""
    for difference in found:
        unit = "kWh" if difference.field == "total_energy" else "h"
        source = "its start and end" if difference.field == "total_time" else "its periods"
        sentence = (
            f"The CDR contradicts itself: {difference.field} is {difference.theirs:.4f} {unit}, but {source} make "
            f"{difference.ours:.4f} {unit}."
        )
        yield Finding(
            f"{difference.field}_inconsistent",
            "error" if policy.inconsistent_volumes == "mismatch" else "warning",
            sentence,
        )


def parts_finding(cdr: CDR, priced: Priced, policy: Policy) -> Iterator[Finding]:
    """Whether the parts add up to the total, where all are there and no limit acted; limits touch the total only."""
    parts = [getattr(cdr, name) for name in PARTS]
    due = [getattr(priced, name) for name in PARTS]
    left_out = any(theirs is None and ours and ours.excl_vat for theirs, ours in zip(parts, due, strict=True))
    carried = [part for part in parts if part is not None]
    if priced.limit or left_out or not carried:
        return
    delta = cdr.total_cost.excl_vat - sum(part.excl_vat for part in carried)
    # Each of the amounts may be off by its own tolerance.
    if abs(delta) > policy.tolerance * minor_unit(cdr.currency) * (len(carried) + 1):
        sentence = "The CDR contradicts itself: total_cost is not the sum of its parts."
        yield Finding("parts_do_not_add_up", "error", sentence, delta)
