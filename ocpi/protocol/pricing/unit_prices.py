"""Another price per unit: what it must have been when one part of a bill is off and nothing else explains it (R25)."""

from collections.abc import Sequence
from decimal import Decimal

from ocpi.protocol.pricing.currencies import minor_unit
from ocpi.protocol.pricing.results import Amount, Difference, Explanation, Priced, Segment

_PLACES = Decimal("0.0001")
_ABSURD = Decimal(10**6)  # no explanation for anybody
_UNITS = {"energy": "kWh of energy", "time": "hour of charging", "parking": "hour of parking"}


def explain_price(priced: Priced, theirs: Sequence[Difference]) -> Explanation | None:
    """The unit price behind the CPO's number, if one part had a single price and the rest of the bill agrees."""
    cent = minor_unit(priced.currency)
    apart = {d.field: d for d in theirs if d.field.endswith(".excl_vat") and abs(d.delta) > cent}
    total = apart.pop("total_cost.excl_vat", None)
    if total is None or len(apart) != 1:
        return None
    [(field, part)] = apart.items()
    name = field.removeprefix("total_").removesuffix("_cost.excl_vat")
    segments = [s for s in priced.segments if s.part == name and s.price is not None and s.billed_volume]
    if name not in _UNITS or not _one_price(segments) or abs(part.delta - total.delta) > cent:
        return None
    volume = sum((segment.billed_volume for segment in segments), Decimal(0))
    if volume <= 0 or not 0 <= part.theirs / volume < _ABSURD:
        return None
    return _explanation(name, part.theirs / volume, segments[0], priced.currency, theirs)


def _one_price(segments: Sequence[Segment]) -> bool:
    return len({segment.price for segment in segments}) == 1


def _explanation(
    name: str, price: Decimal, segment: Segment, currency: str, theirs: Sequence[Difference]
) -> Explanation:
    used = f"{price.quantize(_PLACES).normalize():f} {currency}"
    sentence = f"The CPO's number comes out at {used} per {_UNITS[name]}; the tariff says {segment.price}."
    amounts = {difference.field: difference.theirs for difference in theirs}
    total = Amount(amounts["total_cost.excl_vat"], amounts.get("total_cost.incl_vat", amounts["total_cost.excl_vat"]))
    return Explanation("other_price", sentence, total)
