"""R8, R9, R14, R15: what is billed in which period at which price, before step_size."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from ocpi.protocol.pricing.conditions import Moment
from ocpi.protocol.pricing.instants import Clock
from ocpi.protocol.pricing.policy import Reading
from ocpi.protocol.pricing.pricelist import Offer, PriceList, find
from ocpi.protocol.pricing.results import ZERO, Warning
from ocpi.protocol.pricing.stretches import Charge, Stretch

ONE = Decimal(1)


@dataclass(slots=True)
class Line:
    """A volume (kWh, seconds, or 1 for a FLAT) and the offer that prices it; `surplus` comes from step_size."""

    stretch: Stretch
    dimension: str
    part: str
    volume: Decimal
    offer: Offer | None
    tariff_id: str
    surplus: Decimal = ZERO


@dataclass(slots=True)
class Lines:
    """The lines of a charge in order, and what was noticed on the way."""

    lines: list[Line] = field(default_factory=list)
    doubts: dict[str, list[int]] = field(default_factory=dict)
    spanning: list[int] = field(default_factory=list)
    unbilled_flats: list[Line] = field(default_factory=list)

    def note(self, moment: Moment, stretch: Stretch) -> None:
        for doubt in moment.doubts:
            self.doubts.setdefault(doubt, []).append(stretch.index)

    @property
    def warnings(self) -> Iterator[Warning]:
        """Doubts about power and current, and flat fees that no rule bills."""
        for code, periods in sorted(self.doubts.items()):
            yield Warning(code, _DOUBTS[code].format(_periods(periods)), periods[0], confidence="low")
        for line in self.unbilled_flats:
            price = line.offer.price if line.offer else ZERO
            sentence = f"Another FLAT of {price} became active in period {line.stretch.index + 1}; a session pays one."
            yield Warning("further_flat_not_billed", sentence, line.stretch.index)


_DOUBTS = {
    "current_unknown": "A price depends on the current, which is not known in {}; the element was taken not to apply.",
    "power_unknown": "A price depends on the power, which is not known in {}; the element was taken not to apply.",
    "power_averaged": "A price depends on the power, which was taken as the average in {}.",
}


def _periods(indexes: list[int]) -> str:
    numbers = [str(index + 1) for index in indexes[:3]]
    more = f" and {len(indexes) - 3} more" if len(indexes) > 3 else ""
    return f"period{'s' if len(indexes) > 1 else ''} {', '.join(numbers)}{more}"


def lines_of(charge: Charge, lists: Iterable[PriceList], clock: Clock, reading: Reading) -> Lines:
    """Price every volume of every period at the period's start."""
    found = Lines()
    flats = _Flats(reading)
    for stretch, prices in zip(charge.stretches, lists, strict=True):
        if stretch.reserved:
            moment = clock.reserved(stretch)
            flats.reserved(stretch, prices, moment, found)
            found.lines.append(_reserved(stretch, prices, moment))
            found.note(moment, stretch)
        if stretch.charges:
            moment = clock.decisive(stretch)
            flats.charged(stretch, prices, moment, found)
            found.lines.extend(_charged(stretch, prices, moment))
            found.note(moment, stretch)
            if reading.decided_at == "start" and _spans(stretch, prices, moment, clock):
                found.spanning.append(stretch.index)
    if reading.left_out:
        found.lines = [line for line in found.lines if line.part != reading.left_out]
    return found


_DIMENSIONS = (("ENERGY", "energy"), ("TIME", "time"), ("PARKING_TIME", "parking"))


def _charged(stretch: Stretch, prices: PriceList, moment: Moment) -> Iterator[Line]:
    for dimension, part in _DIMENSIONS:
        volume = getattr(stretch, part)
        if volume:
            offer = find(prices.charging.get(dimension, ()), moment)
            yield Line(stretch, dimension, part, volume, offer, prices.tariff.id)


def _reserved(stretch: Stretch, prices: PriceList, moment: Moment) -> Line:
    """Reserved time is priced by the TIME of reservation elements (R14)."""
    offer = find(prices.reserved.get("TIME", ()), moment)
    return Line(stretch, "RESERVATION_TIME", "reservation", stretch.reserved or ZERO, offer, prices.tariff.id)


class _Flats:
    """One FLAT for the session and one for its reservation: the first that is active (R15)."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._session: list[Offer] = []
        self._reservation: Offer | None = None

    def reserved(self, stretch: Stretch, prices: PriceList, moment: Moment, found: Lines) -> None:
        offer = find(prices.reserved.get("FLAT", ()), moment)
        if offer is not None and self._reservation is None:
            self._reservation = offer
            found.lines.append(Line(stretch, "FLAT", "reservation", ONE, offer, prices.tariff.id))

    def charged(self, stretch: Stretch, prices: PriceList, moment: Moment, found: Lines) -> None:
        offer = find(prices.charging.get("FLAT", ()), moment)
        if offer is None:
            return
        line = Line(stretch, "FLAT", "fixed", ONE, offer, prices.tariff.id)
        if self._is_due(offer):
            found.lines.append(line)
        elif offer.price and not any(offer is known for known in self._session):
            found.unbilled_flats.append(line)
        self._session.append(offer)

    def _is_due(self, offer: Offer) -> bool:
        if not self._session or self._reading.flats == "period":
            return True
        each = self._reading.policy.several_flats == "each"
        return each and not any(offer is known for known in self._session)


def _spans(stretch: Stretch, prices: PriceList, start: Moment, clock: Clock) -> bool:
    """R9: whether another price would apply to some volume at the period's last instant."""
    last = None
    for dimension, part in _DIMENSIONS:
        offers = prices.charging.get(dimension, ())
        if not offers or not offers[0].tests or not getattr(stretch, part):
            continue
        last = last or clock.last(stretch)
        if _price(find(offers, start)) != _price(find(offers, last)):
            return True
    return False


def _price(offer: Offer | None) -> tuple[Decimal, Decimal]:
    return (offer.price, offer.factor) if offer is not None and offer.price else (ZERO, ONE)
