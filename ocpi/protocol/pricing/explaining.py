"""What a tariff costs, in sentences for the driver: one for each thing that is priced, then limits and validity."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ocpi.protocol.pricing.currencies import decimals
from ocpi.protocol.pricing.phrases import Phrases, conditions, duration, number, phrases
from ocpi.protocol.pricing.policy import Reading
from ocpi.protocol.pricing.pricelist import EXPIRES, Offer, Offers, price_list
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.types import Price

_FINEST = Decimal("0.0001")


def explain(tariff: Tariff, language: str = "en") -> list[str]:
    """The tariff in sentences, English (`en`) or German (`de`); English for a language that is not there.

    Prices include VAT where the tariff names one, with the price without VAT beside it.
    """
    words = phrases(language)
    writer = _Writer(tariff.currency, words)
    sentences = [*_prices(tariff, writer)] or [words["all_free"]]
    return [*sentences, *_limits(tariff, writer), *_validity(tariff, words)]


def _prices(tariff: Tariff, writer: "_Writer") -> Iterator[str]:
    usual = price_list(tariff, Reading(), expired=False)
    expired = price_list(tariff, Reading(), expired=True)
    for dimension in ("FLAT", "ENERGY", "TIME", "PARKING_TIME"):
        offers = usual.charging.get(dimension, ())
        if any(offer.price for offer in offers):
            yield writer.sentence(dimension, dimension, offers)
    for dimension in ("FLAT", "TIME"):
        if usual.reserved.get(dimension):
            yield writer.sentence(f"RESERVED_{dimension}", dimension, usual.reserved[dimension])
        offers = tuple(offer for offer in expired.reserved.get(dimension, ()) if _is_for_expiry(offer))
        if offers:
            yield writer.sentence(f"EXPIRED_{dimension}", dimension, offers)


def _is_for_expiry(offer: Offer) -> bool:
    return offer.restrictions is not None and offer.restrictions.reservation == EXPIRES


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes prices of one currency in one language."""

    currency: str
    words: Phrases

    def sentence(self, label: str, dimension: str, offers: Offers) -> str:
        parts = [self._conditional(offer, dimension) for offer in offers if offer.tests]
        last = self._price(offers[-1], dimension) if not offers[-1].tests else self.words["free"]
        parts.append(self.words["otherwise"].format(last) if parts else last)
        return f"{self.words[label]}: {'; '.join(parts)}."

    def _conditional(self, offer: Offer, dimension: str) -> str:
        return f"{conditions(offer.restrictions, self.words)}: {self._price(offer, dimension)}"

    def _price(self, offer: Offer, dimension: str) -> str:
        if not offer.price:
            return self.words["free"]
        unit = "per_TIME" if dimension == "PARKING_TIME" else f"per_{dimension}"
        text = self.words[unit].format(self._with_vat(offer))
        if offer.step_size <= 1 or dimension == "FLAT":
            return text
        return self.words["stepped"].format(text, self._step(offer.step_size, dimension))

    def _step(self, step: int, dimension: str) -> str:
        if dimension == "ENERGY":
            return f"{number(Decimal(step) / 1000, self.words)} kWh"
        return duration(step, self.words)

    def _with_vat(self, offer: Offer) -> str:
        if offer.vat is None:
            return self.words["without_vat"].format(self.amount(offer.price), self.currency)
        incl = self.amount(offer.price * offer.factor)
        return self.words["with_vat"].format(
            self.amount(offer.price), incl, self.currency, number(offer.vat, self.words)
        )

    def amount(self, value: Decimal) -> str:
        finest = value.quantize(_FINEST, ROUND_HALF_UP) if abs(value) < 10**20 else value
        return number(finest, self.words, decimals(self.currency))


def _limits(tariff: Tariff, writer: _Writer) -> Iterator[str]:
    for name in ("min_price", "max_price"):
        limit: Price | None = getattr(tariff, name)
        if limit is not None:
            yield writer.words[name].format(_limit(limit, writer))


def _limit(limit: Price, writer: _Writer) -> str:
    excl = writer.amount(limit.excl_vat)
    if limit.incl_vat is None:
        return writer.words["limit"].format(excl, writer.currency)
    return writer.words["limit_with_vat"].format(excl, writer.amount(limit.incl_vat), writer.currency)


def _validity(tariff: Tariff, words: Phrases) -> Iterator[str]:
    if tariff.start_date_time is not None:
        yield words["valid_from"].format(f"{tariff.start_date_time:%Y-%m-%d %H:%M}")
    if tariff.end_date_time is not None:
        yield words["valid_until"].format(f"{tariff.end_date_time:%Y-%m-%d %H:%M}")
