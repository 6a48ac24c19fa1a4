"""What is wrong with a tariff, or will be understood differently by others."""

from collections.abc import Iterator
from dataclasses import dataclass

from ocpi.protocol.model import OcpiModel
from ocpi.protocol.pricing.conditions import window
from ocpi.protocol.pricing.coverage import covers, effective
from ocpi.protocol.tariffs import PriceComponent, Tariff, TariffElement, TariffRestrictions
from ocpi.protocol.types import Price


@dataclass(frozen=True, slots=True)
class Lint:
    """One remark: a code, the path in the tariff such as `elements[0].restrictions`, and a sentence."""

    code: str
    path: str
    sentence: str


def lint(tariff: Tariff) -> list[Lint]:
    """All remarks on a tariff, in the order of its fields; an empty list means that everyone reads it alike."""
    return [
        *_about_validity(tariff),
        *_about_limits(tariff),
        *_about_elements(tariff),
        *_about_reach(tariff),
        *_about_fallback(tariff),
        *_about_unknown_fields(tariff, ""),
    ]


def _about_validity(tariff: Tariff) -> Iterator[Lint]:
    start, end = tariff.start_date_time, tariff.end_date_time
    if start is not None and end is not None and end <= start:
        yield Lint("never_valid", "end_date_time", "The tariff ends before it begins.")


def _about_limits(tariff: Tariff) -> Iterator[Lint]:
    low, high = tariff.min_price, tariff.max_price
    if low and high and (low.excl_vat > high.excl_vat or _incl_above(low, high)):
        yield Lint("min_above_max", "min_price", "min_price is above max_price.")
    for name, limit in (("min_price", low), ("max_price", high)):
        if limit is None:
            continue
        if limit.incl_vat is None:
            yield Lint("limit_without_vat", name, f"{name} has no incl_vat: what it means with VAT is a guess.")
        elif limit.incl_vat < limit.excl_vat:
            yield Lint("limit_vat_negative", name, f"{name} is lower with VAT than without.")
    if high and high.excl_vat <= 0:
        yield Lint("max_price_zero", "max_price", "max_price makes every session free.")


def _incl_above(low: Price, high: Price) -> bool:
    return low.incl_vat is not None and high.incl_vat is not None and low.incl_vat > high.incl_vat


def _about_elements(tariff: Tariff) -> Iterator[Lint]:
    for index, element in enumerate(tariff.elements):
        path = f"elements[{index}]"
        yield from _about_components(element, path)
        if element.restrictions is not None:
            yield from _about_restrictions(element.restrictions, f"{path}.restrictions")


def _about_components(element: TariffElement, path: str) -> Iterator[Lint]:
    seen: set[str] = set()
    reserved = element.restrictions is not None and element.restrictions.reservation is not None
    for index, component in enumerate(element.price_components):
        at = f"{path}.price_components[{index}]"
        if component.type in seen:
            yield Lint("second_component", at, f"A second {component.type} in one element: only the first counts.")
        seen.add(component.type)
        if reserved and component.type not in ("TIME", "FLAT"):
            yield Lint("not_for_reservation", at, f"Reservations have TIME and FLAT only; {component.type} is lost.")
        yield from _about_component(component, at)


def _about_component(component: PriceComponent, at: str) -> Iterator[Lint]:
    if component.type != "FLAT" and component.step_size > 1:
        yield Lint("step_size", f"{at}.step_size", "CPOs round by step_size differently; the advice is to use 1.")
    if component.step_size < 0 or (component.step_size == 0 and component.price and component.type != "FLAT"):
        yield Lint("step_size_zero", f"{at}.step_size", "step_size should be at least 1; it is read as no rounding.")
    if component.price < 0:
        yield Lint("negative_price", f"{at}.price", "The price is negative.")
    if component.vat is not None and not 0 <= component.vat < 100:
        yield Lint("odd_vat", f"{at}.vat", f"VAT of {component.vat} % is unlikely.")


_RANGES = (
    ("min_kwh", "max_kwh"),
    ("min_current", "max_current"),
    ("min_power", "max_power"),
    ("min_duration", "max_duration"),
)


def _about_restrictions(r: TariffRestrictions, path: str) -> Iterator[Lint]:
    for low, high in _RANGES:
        yield from _about_range(r, low, high, path)
    if r.start_date and r.end_date and r.start_date >= r.end_date:
        yield Lint("contradictory", f"{path}.end_date", "The element ends on or before the day on which it begins.")
    yield from _about_times(r, path)
    if not effective(r):
        yield Lint("redundant", path, "The restrictions restrict nothing.")


def _about_range(r: TariffRestrictions, low: str, high: str, path: str) -> Iterator[Lint]:
    least, most = getattr(r, low), getattr(r, high)
    if most is not None and most <= 0:
        yield Lint("contradictory", f"{path}.{high}", f"{high} is 0 or less, so the element never applies.")
    elif least is not None and most is not None and least >= most:
        yield Lint("contradictory", f"{path}.{high}", f"{low} is not below {high}, so the element never applies.")
    if least is not None and least <= 0:
        yield Lint("redundant", f"{path}.{low}", f"{low} of 0 restricts nothing.")


def _about_times(r: TariffRestrictions, path: str) -> Iterator[Lint]:
    first, last = window(r.start_time, r.end_time)
    if (r.start_time or r.end_time) and (first, last) == (0, 1440):
        yield Lint("redundant", f"{path}.start_time", "The times of day cover the whole day.")
    if r.start_time and r.start_time == r.end_time:
        yield Lint("equal_times", f"{path}.end_time", "start_time equals end_time: read as the whole day.")
    if len(set(r.day_of_week)) == 7:
        yield Lint("redundant", f"{path}.day_of_week", "All days of the week are listed.")
    if last < first and r.day_of_week and len(set(r.day_of_week)) < 7:
        sentence = "After midnight the next weekday counts; list it too if the night belongs together."
        yield Lint("wrapped_weekday", f"{path}.day_of_week", sentence)


def _about_reach(tariff: Tariff) -> Iterator[Lint]:
    """A component behind one that applies whenever it does is never reached."""
    for index, element in enumerate(tariff.elements):
        for place, component in enumerate(element.price_components):
            above = next(
                (i for i, other in enumerate(tariff.elements[:index]) if covers(other, element, component)), None
            )
            if above is not None:
                at = f"elements[{index}].price_components[{place}]"
                yield Lint("never_applies", at, f"elements[{above}] always has a price for {component.type} first.")


def _about_fallback(tariff: Tariff) -> Iterator[Lint]:
    """A dimension that is priced under conditions only is free outside of them."""
    for dimension in ("ENERGY", "TIME", "PARKING_TIME"):
        priced = [e for e in tariff.elements if _prices(e, dimension)]
        if priced and all(effective(element.restrictions) for element in priced):
            sentence = f"No element prices {dimension} without restrictions: outside of them it is free."
            yield Lint("no_fallback", "elements", sentence)


def _prices(element: TariffElement, dimension: str) -> bool:
    reserved = element.restrictions is not None and element.restrictions.reservation is not None
    return not reserved and any(component.type == dimension for component in element.price_components)


def _about_unknown_fields(found: object, path: str) -> Iterator[Lint]:
    """A misspelt restriction is silently no restriction."""
    if isinstance(found, list):
        for index, item in enumerate(found):
            yield from _about_unknown_fields(item, f"{path}[{index}]")
    elif isinstance(found, OcpiModel):
        for name in found.__pydantic_extra__ or {}:
            at = f"{path}.{name}".lstrip(".")
            yield Lint("unknown_field", at, f"OCPI 2.2.1 knows no {name} here; it has no effect.")
        for name, value in found.__dict__.items():
            yield from _about_unknown_fields(value, f"{path}.{name}".lstrip("."))
