"""R22, R23: the CPO's amounts beside ours, field by field, and how far apart they may be."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.pricing.currencies import decimals, minor_unit
from ocpi.protocol.pricing.policy import Policy
from ocpi.protocol.pricing.results import Amount, Difference, Finding, Outcome, Priced
from ocpi.protocol.types import Price

PARTS = {
    "total_energy_cost": "For energy",
    "total_time_cost": "For charging time",
    "total_parking_cost": "For parking",
    "total_fixed_cost": "For flat fees",
    "total_reservation_cost": "For the reservation",
}
NAMES = {"total_cost": "In total", **PARTS}

Costs = Mapping[str, Amount]


def costs(priced: Priced) -> Costs:
    """Our amounts by the name of the CDR's field."""
    return {name: getattr(priced, name) or Amount() for name in NAMES}


def with_flat_in_parking(ours: Costs) -> Costs:
    """OCPI cannot say whether a FLAT belongs to parking: the other place where a CPO may put it (R23)."""
    parking = ours["total_parking_cost"] + ours["total_fixed_cost"]
    return {**ours, "total_fixed_cost": Amount(), "total_parking_cost": parking}


def differences(cdr: CDR, priced: Priced, policy: Policy) -> tuple[Difference, ...]:
    """Every amount that the CDR carries, beside ours; a FLAT is looked for in parking where that fits better."""
    ours = costs(priced)
    found = tuple(_compared(cdr, ours))
    if not priced.total_fixed_cost or priced.total_fixed_cost == Amount():
        return found
    if outcome(found, cdr.currency, policy) == Outcome.MATCH:
        return found
    moved = tuple(_compared(cdr, with_flat_in_parking(ours)))
    return moved if _apart(moved) < _apart(found) else found


def _apart(found: tuple[Difference, ...]) -> Decimal:
    return sum((abs(difference.delta) for difference in found), Decimal(0))


def _compared(cdr: CDR, ours: Costs) -> Iterator[Difference]:
    for name, amount in ours.items():
        theirs: Price | None = getattr(cdr, name)
        if theirs is not None:
            yield Difference(f"{name}.excl_vat", theirs.excl_vat, amount.excl_vat)
            if theirs.incl_vat is not None:
                yield Difference(f"{name}.incl_vat", theirs.incl_vat, amount.incl_vat)


def outcome(found: tuple[Difference, ...], currency: str, policy: Policy) -> Outcome:
    """Match, rounding or mismatch, by the largest difference in minor units of the currency (R22)."""
    largest = max((abs(difference.delta) for difference in found), default=Decimal(0)) / minor_unit(currency)
    if largest <= policy.tolerance:
        return Outcome.MATCH
    return Outcome.ROUNDING if largest <= policy.rounding else Outcome.MISMATCH


def findings(found: tuple[Difference, ...], currency: str, policy: Policy) -> Iterator[Finding]:
    """One finding for each amount that is not a match, naming the larger of its two differences."""
    by_field: dict[str, Difference] = {}
    for difference in found:
        name = difference.field.split(".")[0]
        if name not in by_field or abs(difference.delta) > abs(by_field[name].delta):
            by_field[name] = difference
    for name, difference in by_field.items():
        judged = outcome((difference,), currency, policy)
        if judged != Outcome.MATCH:
            yield _finding(name, difference, currency, rounding=judged == Outcome.ROUNDING)


def _finding(name: str, difference: Difference, currency: str, *, rounding: bool) -> Finding:
    digits = decimals(currency)
    vat = "with" if difference.field.endswith("incl_vat") else "without"
    direction = "more" if difference.delta > 0 else "less"
    sentence = (
        f"{NAMES[name]}, the CPO bills {difference.theirs:.{digits}f} {currency} {vat} VAT; the tariff gives "
        f"{difference.ours:.{digits}f}: {abs(difference.delta):.{digits}f} {direction}."
    )
    if rounding:
        return Finding(f"{name}_rounding", "info", f"{sentence} This much may come from rounding.", difference.delta)
    return Finding(f"{name}_differs", "error", sentence, difference.delta)
