"""R19 to R21: what lines cost, what they add up to, and the limits of a tariff."""

from collections.abc import Callable, Iterable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from ocpi.protocol.pricing.currencies import minor_unit
from ocpi.protocol.pricing.lines import Line
from ocpi.protocol.pricing.policy import Reading
from ocpi.protocol.pricing.results import ZERO, Amount, Billed, Segment
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.types import Price

HOUR = Decimal(3600)
NOTHING = Amount()


def segment(line: Line, currency: str, time_zone: str, reading: Reading) -> Segment:
    """A line of the breakdown, its volumes in kWh and hours; billed is nothing where no element applied."""
    unit = HOUR if line.dimension not in ("ENERGY", "FLAT") else None
    volume, surplus = (line.volume / unit, line.surplus / unit) if unit else (line.volume, line.surplus)
    offer, stretch = line.offer, line.stretch
    return Segment(
        stretch.index,
        stretch.start,
        stretch.end,
        line.dimension,
        line.part,
        volume,
        volume + surplus if offer else ZERO,
        surplus,
        line.tariff_id,
        offer.element if offer else None,
        offer.price if offer else None,
        offer.vat if offer else None,
        offer.step_size if offer else 0,
        _cost(line, unit, currency, reading),
        offer.restrictions if offer else None,
        time_zone,
    )


def _cost(line: Line, unit: Decimal | None, currency: str, reading: Reading) -> Amount:
    """R19, R20: billed volume times price; multiplied before divided, so that whole minutes stay exact."""
    offer = line.offer
    if offer is None:
        return NOTHING
    net = (line.volume + line.surplus) * offer.price
    if unit:
        net /= unit
    if reading.vat == "on_top" and reading.lines == "exact":
        return Amount(net, net * offer.factor)
    return _rounded(_with_vat(net, offer.factor, reading), currency, reading)


def _with_vat(net: Decimal, factor: Decimal, reading: Reading) -> Amount:
    if reading.vat == "inside" and factor:
        return Amount(net / factor, net)
    return Amount(net, net if reading.vat == "none" else net * factor)


def _rounded(amount: Amount, currency: str, reading: Reading) -> Amount:
    if reading.lines == "exact":
        return amount
    mode = ROUND_DOWN if reading.lines == "truncated" else ROUND_HALF_UP
    unit = minor_unit(currency)
    return Amount(*((value / unit).to_integral_value(mode) * unit for value in (amount.excl_vat, amount.incl_vat)))


def parts(segments: Iterable[Segment]) -> dict[str, Amount]:
    """Cost by part: energy, time, parking, fixed, reservation."""
    excl = dict.fromkeys(("energy", "time", "parking", "fixed", "reservation"), ZERO)
    incl = dict(excl)
    for found in segments:
        excl[found.part] += found.cost.excl_vat
        incl[found.part] += found.cost.incl_vat
    return {part: Amount(excl[part], incl[part]) for part in excl}


def billed(segments: Iterable[Segment]) -> Billed:
    """Priced volumes after step_size, by dimension."""
    sums = dict.fromkeys(("ENERGY", "TIME", "PARKING_TIME", "RESERVATION_TIME", "FLAT"), ZERO)
    for found in segments:
        sums[found.dimension] += found.billed_volume
    return Billed(sums["ENERGY"], sums["TIME"], sums["PARKING_TIME"], sums["RESERVATION_TIME"])


def limited(total: Amount, tariff: Tariff, reading: Reading, *, expired: bool) -> tuple[Amount, str | None]:
    """R21: raise to min_price, then cut at max_price, without and with VAT independently; and which of them bit."""
    found, limit = total, None
    if (
        tariff.min_price
        and reading.limits in ("both", "min")
        and (not expired or reading.policy.min_price_after_expiry)
    ):
        found, limit = _bounded(found, tariff.min_price, max, reading), "min_price"
    if tariff.max_price and reading.limits in ("both", "max"):
        cut = _bounded(found, tariff.max_price, min, reading)
        limit = "max_price" if cut != found else limit
        found = cut
    return found, limit if found != total else None


def _bounded(total: Amount, limit: Price, choose: Callable[[Decimal, Decimal], Decimal], reading: Reading) -> Amount:
    excl = choose(total.excl_vat, limit.excl_vat)
    if limit.incl_vat is not None:
        return Amount(excl, choose(total.incl_vat, limit.incl_vat))
    if excl == total.excl_vat or reading.policy.limit_vat == "unchanged":
        return Amount(excl, total.incl_vat)
    # Without a cost there is no proportion: no VAT is known then, and none is added.
    return Amount(excl, total.incl_vat * excl / total.excl_vat if total.excl_vat else excl)
