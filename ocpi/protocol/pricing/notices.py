"""What to tell about a price once it is known: limits that acted, and periods that hide a price change (R9, R21)."""

from collections.abc import Iterator, Sequence

from ocpi.protocol.pricing.results import Amount, Priced, Warning
from ocpi.protocol.pricing.stretches import Charge
from ocpi.protocol.tariffs import Tariff


def about_limits(charge: Charge, chosen: Sequence[Tariff], bill: Priced) -> Iterator[Warning]:
    """Limits that rest on this project's reading of the specification."""
    limited = {tariff.id: tariff for tariff in chosen if tariff.min_price or tariff.max_price}
    if limited and len({tariff.id for tariff in chosen}) > 1:
        sentence = "Several tariffs priced this; the limits of the first charging period's tariff were taken."
        yield Warning("limits_of_several_tariffs", sentence, confidence="low")
    if charge.expired and any(tariff.min_price for tariff in limited.values()):
        sentence = "The reservation expired unused, so min_price was not applied."
        yield Warning("min_price_not_applied", sentence, confidence="low")
    if bill.limit and any(_without_vat(tariff, bill.limit) for tariff in limited.values()):
        sentence = f"{bill.limit} has no incl_vat; the amount with VAT was moved in proportion."
        yield Warning("limit_without_vat", sentence, amount=bill.adjustment, confidence="low")


def _without_vat(tariff: Tariff, name: str) -> bool:
    limit = tariff.min_price if name == "min_price" else tariff.max_price
    return limit is not None and limit.incl_vat is None


def about_spanning(periods: Sequence[int], bill: Priced, split: Priced) -> Warning:
    """`split` is the price if each period had been cut where its price changes, volumes shared evenly over time."""
    numbers = ", ".join(str(index + 1) for index in periods[:3]) + (" and more" if len(periods) > 3 else "")
    sentence = (
        f"The price changes within period {numbers}, where the CPO should have begun a new one; the price at the start "
        "was taken."
    )
    if len(split.segments) == len(bill.segments):
        # Too long to be cut, so that nothing is known about the effect.
        return Warning("period_spans_price_change", sentence, periods[0], confidence="low")
    effect = (split.total_cost or Amount()) - (bill.total_cost or Amount())
    shared = f" Shared evenly over time, the total would change by {effect.excl_vat:+.2f} {bill.currency} without VAT."
    return Warning("period_spans_price_change", sentence + shared, periods[0], effect)
