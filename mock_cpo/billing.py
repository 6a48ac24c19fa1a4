"""What a session costs: prices charging periods by tariffs (mod_tariffs, mod_cdrs), in exact decimals.

Rules, in the order in which they act: a component per period and dimension, chosen at the period's start; one FLAT
for the session and one for a reservation; `step_size` once at the end, for energy, for time or parking, and for
reserved time; VAT per component; `min_price` and `max_price` on the totals, with and without VAT independently.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from mock_cpo.rates import EXPIRED, RESERVED, Moment, Range, Rate, decimal, find_rate

Wire = dict[str, Any]
HOUR = Decimal(3600)
SNAP = Decimal("0.36")
"""Seconds: one unit of the fourth decimal of an hour."""
TIME_DIMENSIONS = ("TIME", "PARKING_TIME", "RESERVATION_TIME")
PRICED = ("ENERGY", *TIME_DIMENSIONS)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount without and with VAT."""

    excl: Decimal = Decimal(0)
    incl: Decimal = Decimal(0)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.excl + other.excl, self.incl + other.incl)

    def to_wire(self) -> dict[str, float]:
        """An OCPI Price; numbers have four decimals."""
        return {"excl_vat": number(self.excl), "incl_vat": number(self.incl)}


@dataclass(frozen=True, slots=True)
class Period:
    """A charging period: volumes by dimension in OCPI units (kWh, hours, kW, A)."""

    start: datetime
    volumes: dict[str, Decimal]
    tariff_id: str | None = None

    @classmethod
    def from_wire(cls, wire: Wire) -> "Period":
        volumes: dict[str, Decimal] = {}
        for dimension in wire["dimensions"]:
            volumes[dimension["type"]] = volumes.get(dimension["type"], Decimal(0)) + decimal(dimension["volume"])
        start = datetime.fromisoformat(wire["start_date_time"].replace("Z", "+00:00"))
        return cls(start, volumes, wire.get("tariff_id"))

    @property
    def charges(self) -> bool:
        """Everything but pure reserved time belongs to the charging session, even with nothing delivered."""
        used = any(self.volumes.get(dimension) for dimension in ("ENERGY", "TIME", "PARKING_TIME"))
        return used or not self.volumes.get("RESERVATION_TIME")


@dataclass(slots=True)
class Line:
    """A quantity at a rate: kWh for ENERGY, seconds for times, one for FLAT."""

    dimension: str
    quantity: Decimal
    rate: Rate

    @property
    def cost(self) -> Money:
        unit = HOUR if self.dimension in TIME_DIMENSIONS else Decimal(1)
        excl = self.quantity * self.rate.price / unit
        return Money(excl, excl * (1 + (self.rate.vat or Decimal(0)) / 100))


@dataclass(slots=True)
class Bill:
    """The lines of a session and what they add up to. `total` respects min_price and max_price, the lines do not."""

    lines: list[Line] = field(default_factory=list)
    total: Money = Money()

    def part(self, *dimensions: str) -> Money | None:
        """Cost of these dimensions; None when none of them was priced."""
        found = [line.cost for line in self.lines if line.dimension in dimensions]
        return sum(found, Money()) if found else None

    def to_wire(self) -> dict[str, dict[str, float]]:
        """The cost fields of a CDR; parts that were not priced are absent."""
        parts = {
            "total_cost": self.total,
            "total_fixed_cost": self.part("FLAT"),
            "total_energy_cost": self.part("ENERGY"),
            "total_time_cost": self.part("TIME"),
            "total_parking_cost": self.part("PARKING_TIME"),
            "total_reservation_cost": self.part("RESERVATION_TIME", "RESERVATION_FLAT"),
        }
        return {name: money.to_wire() for name, money in parts.items() if money is not None}


def price_session(
    tariffs: Sequence[Wire], periods: Sequence[Period], end: datetime, zone: ZoneInfo, expired: bool = False
) -> Bill:
    """The bill for these periods; the last one ends at `end`.

    `expired`: the reservation ran out unused, so that RESERVATION_EXPIRES elements are looked at first.
    """
    meter = _Meter(tariffs, periods, end, zone, EXPIRED if expired else RESERVED)
    lines = [*meter.flats(), *meter.lines()]
    round_up(lines)
    total = sum((line.cost for line in lines), Money())
    charging = next((period for period in periods if period.charges), None)
    return Bill(lines, limited(total, meter.tariff(charging)) if charging else total)


class _Meter:
    """Walks over the periods and finds the rate of everything in them."""

    def __init__(
        self,
        tariffs: Sequence[Wire],
        periods: Sequence[Period],
        end: datetime,
        zone: ZoneInfo,
        reserved: tuple[str, ...],
    ):
        self._tariffs = tariffs
        self._zone = zone
        self._reserved = reserved
        self._pairs = list(zip(periods, self._moments(periods, end), strict=True))

    def tariff(self, period: Period) -> Wire:
        wanted = (period.tariff_id or self._tariffs[0]["id"]).upper()
        return next(tariff for tariff in self._tariffs if tariff["id"].upper() == wanted)

    def flats(self) -> list[Line]:
        """At most one FLAT for the session and one for its reservation."""
        session = self._first_flat([pair for pair in self._pairs if pair[0].charges], ())
        reserved = [pair for pair in self._pairs if pair[0].volumes.get("RESERVATION_TIME")]
        reservation = self._first_flat(reserved, self._reserved)
        lines = [("FLAT", session), ("RESERVATION_FLAT", reservation)]
        return [Line(name, Decimal(1), rate) for name, rate in lines if rate]

    def lines(self) -> list[Line]:
        return [
            Line(dimension, quantity(dimension, period.volumes[dimension]), rate)
            for period, moment in self._pairs
            for dimension in PRICED
            if period.volumes.get(dimension) and (rate := self._rate(period, moment, dimension))
        ]

    def _rate(self, period: Period, moment: Moment, dimension: str) -> Rate | None:
        if dimension == "RESERVATION_TIME":
            return find_rate(self.tariff(period), "TIME", moment, self._zone, self._reserved)
        return find_rate(self.tariff(period), dimension, moment, self._zone)

    def _first_flat(self, pairs: list[tuple[Period, Moment]], reservation: tuple[str, ...]) -> Rate | None:
        found = (find_rate(self.tariff(period), "FLAT", moment, self._zone, reservation) for period, moment in pairs)
        return next((rate for rate in found if rate), None)

    def _moments(self, periods: Sequence[Period], end: datetime) -> list[Moment]:
        """Energy and time count from the first period that is not a reservation."""
        start = next((period.start for period in periods if period.charges), end)
        ends = [period.start for period in periods[1:]] + [end]
        moments, kwh = [], Decimal(0)
        for period, until in zip(periods, ends, strict=True):
            seconds = max(Decimal(0), decimal((period.start - start).total_seconds()))
            moments.append(Moment(period.start, kwh, seconds, power_of(period, until), known(period, "CURRENT")))
            kwh += period.volumes.get("ENERGY", Decimal(0))
        return moments


def known(period: Period, what: str, average: Decimal | None = None) -> Range:
    return Range(period.volumes.get(f"MIN_{what}"), period.volumes.get(f"MAX_{what}"), average)


def power_of(period: Period, until: datetime) -> Range:
    """The CDR's own minimum and maximum; failing that, the average over the period."""
    seconds = decimal((until - period.start).total_seconds())
    energy = period.volumes.get("ENERGY")
    return known(period, "POWER", energy * HOUR / seconds if energy is not None and seconds else None)


def quantity(dimension: str, volume: Decimal) -> Decimal:
    """kWh as they are; hours as seconds, snapped to the whole second that four decimals stand for."""
    if dimension not in TIME_DIMENSIONS:
        return volume
    seconds = volume * HOUR
    whole = seconds.to_integral_value(ROUND_HALF_UP)
    return whole if abs(seconds - whole) <= SNAP else seconds


def round_up(lines: list[Line]) -> None:
    """`step_size`, once at the end: the surplus goes to the last line of the dimension, at its price."""
    parking = [line for line in lines if line.dimension == "PARKING_TIME"]
    _round_bucket([line for line in lines if line.dimension == "ENERGY"], unit=Decimal(1000))
    _round_bucket(parking or [line for line in lines if line.dimension == "TIME"], unit=Decimal(1))
    _round_bucket([line for line in lines if line.dimension == "RESERVATION_TIME"], unit=Decimal(1))


def _round_bucket(lines: list[Line], unit: Decimal) -> None:
    total = sum((line.quantity for line in lines), Decimal(0)) * unit
    if total <= 0 or lines[-1].rate.step_size <= 0:
        return
    step = lines[-1].rate.step_size
    billed = (total / step).to_integral_value(ROUND_CEILING) * step
    lines[-1].quantity += (billed - total) / unit


def limited(total: Money, tariff: Wire) -> Money:
    """Lifted to min_price, then cut at max_price."""
    for name, choose in (("min_price", max), ("max_price", min)):
        limit = tariff.get(name)
        if limit:
            total = _limited(total, limit, choose)
    return total


def _limited(total: Money, limit: Wire, choose: Any) -> Money:
    excl = choose(total.excl, decimal(limit["excl_vat"]))
    if limit.get("incl_vat") is not None:
        return Money(excl, choose(total.incl, decimal(limit["incl_vat"])))
    return Money(excl, total.incl * excl / total.excl if total.excl else excl)


def number(value: Decimal) -> float:
    """A JSON number with at most four decimals."""
    return float(value.quantize(Decimal("0.0001"), ROUND_HALF_UP))
