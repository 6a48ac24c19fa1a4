"""R8 and R14: a tariff made ready for lookups, per dimension the prices in order, reservations apart."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from ocpi.protocol.pricing.conditions import Moment, Test, is_local, is_timed, tests
from ocpi.protocol.pricing.policy import Reading
from ocpi.protocol.tariffs import PriceComponent, Tariff, TariffRestrictions

RESERVATION, EXPIRES = "RESERVATION", "RESERVATION_EXPIRES"


@dataclass(frozen=True, slots=True)
class Offer:
    """One price component with the conditions of its element. `factor` turns excl. into incl. VAT (R20)."""

    tariff_id: str
    element: int
    price: Decimal
    vat: Decimal | None
    factor: Decimal
    step_size: int
    tests: tuple[Test, ...]
    restrictions: TariffRestrictions | None


Offers = tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class PriceList:
    """What a tariff offers by dimension; `reserved` holds the TIME and FLAT of its reservation elements."""

    tariff: Tariff
    charging: dict[str, Offers]
    reserved: dict[str, Offers]
    is_local: bool
    is_timed: bool


def find(offers: Offers, moment: Moment) -> Offer | None:
    """The first whose conditions all hold (R8); None means free."""
    for offer in offers:
        for test in offer.tests:
            if not test(moment):
                break
        else:
            return offer
    return None


def price_list(tariff: Tariff, reading: Reading, *, expired: bool) -> PriceList:
    """Make a tariff ready. After an expired reservation, RESERVATION_EXPIRES comes before RESERVATION (R14)."""
    charging: dict[str, list[Offer]] = {}
    reserved: dict[str, list[Offer]] = {}
    expiring: dict[str, list[Offer]] = {}
    for index, element in enumerate(tariff.elements):
        kind = element.restrictions.reservation if element.restrictions else None
        shelf = charging if kind is None else reserved if kind == RESERVATION else expiring
        ready = tests(element.restrictions, reading)
        for component in _first_of_each(element.price_components):
            offer = _offer(tariff, index, component, ready, element.restrictions)
            shelf.setdefault(component.type, []).append(offer)
    kept = [expiring, reserved] if expired else [reserved]
    return PriceList(
        tariff,
        _closed([charging]),
        _closed(kept),
        any(is_local(element.restrictions) for element in tariff.elements),
        any(is_timed(element.restrictions) for element in tariff.elements),
    )


def _first_of_each(components: Iterable[PriceComponent]) -> Iterator[PriceComponent]:
    """Of two components of one dimension in an element, the first counts."""
    seen: set[str] = set()
    for component in components:
        if component.type not in seen:
            seen.add(component.type)
            yield component


def _offer(
    tariff: Tariff,
    index: int,
    component: PriceComponent,
    ready: tuple[Test, ...],
    restrictions: TariffRestrictions | None,
) -> Offer:
    vat = component.vat
    factor = Decimal(1) if vat is None else 1 + vat / 100
    return Offer(tariff.id, index, component.price, vat, factor, component.step_size, ready, restrictions)


def _closed(shelves: list[dict[str, list[Offer]]]) -> dict[str, Offers]:
    """One sequence per dimension, ending with the first unconditional offer: nothing behind it is ever reached."""
    found: dict[str, list[Offer]] = {}
    for shelf in shelves:
        for dimension, offers in shelf.items():
            found.setdefault(dimension, []).extend(offers)
    return {dimension: _until_unconditional(offers) for dimension, offers in found.items()}


def _until_unconditional(offers: list[Offer]) -> Offers:
    for place, offer in enumerate(offers):
        if not offer.tests:
            return tuple(offers[: place + 1])
    return tuple(offers)
