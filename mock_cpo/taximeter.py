"""Turns what the meter saw into charging periods: a new one wherever the price may change (CDR-21)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from mock_cpo.billing import HOUR, Period, number
from mock_cpo.catalogue import stamp
from mock_cpo.rates import RESERVED, Moment, Range, find_rate, price_changes, restricted

Wire = dict[str, Any]


class Kind(StrEnum):
    """What the time of a slice is: the CDR dimension that counts it."""

    CHARGING = "TIME"
    PARKING = "PARKING_TIME"
    RESERVED = "RESERVATION_TIME"


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of whole seconds with one constant power. Energy in kWh, power in kW, current in A summed over phases.

    `soc` is the state of charge at its end in percent (DC only), `report` the number of the meter report it belongs to.
    """

    start: datetime
    end: datetime
    kind: Kind
    kwh: Decimal = Decimal(0)
    kw: Decimal = Decimal(0)
    amperes: Decimal = Decimal(0)
    soc: float | None = None
    report: int = 0

    @property
    def seconds(self) -> int:
        return int((self.end - self.start).total_seconds())


@dataclass(slots=True)
class Stretch:
    """Slices in a row that one set of prices applies to: a charging period in the making."""

    key: tuple
    slices: list[Slice]
    tariff_id: str

    @property
    def volumes(self) -> dict[str, Decimal]:
        seconds = sum(piece.seconds for piece in self.slices)
        kind = self.slices[0].kind
        hours = (Decimal(seconds) / HOUR).quantize(Decimal("0.0001"))
        energy = sum((piece.kwh for piece in self.slices), Decimal(0))
        return {"ENERGY": energy, kind.value: hours} if kind is Kind.CHARGING else {kind.value: hours}

    def period(self, extra: dict[str, Decimal]) -> Period:
        return Period(self.slices[0].start, self.volumes | extra, self.tariff_id)


class Taximeter:
    """Splits and joins the slices of one session under one tariff in one time zone."""

    def __init__(self, tariff: Wire, zone: ZoneInfo) -> None:
        self._tariff = tariff
        self._zone = zone
        self._kwh_bounds = restricted(tariff, "min_kwh", "max_kwh")
        self._durations = restricted(tariff, "min_duration", "max_duration")

    def stretches(self, slices: Sequence[Slice], by_report: bool = False) -> list[Stretch]:
        """As few stretches as possible, each under one price for everything in it (and within one meter report)."""
        found: list[Stretch] = []
        for piece, moment in self._pieces(slices):
            key = (*self._key(piece, moment), piece.report if by_report else 0)
            if found and found[-1].key == key:
                found[-1].slices.append(piece)
            else:
                found.append(Stretch(key, [piece], self._tariff["id"]))
        return found

    def periods(self, slices: Sequence[Slice]) -> list[Period]:
        """For a CDR: with the power or current range wherever the tariff asks for it."""
        return [stretch.period(self._ranges(stretch)) for stretch in self.stretches(slices)]

    def _pieces(self, slices: Sequence[Slice]) -> Iterator[tuple[Slice, Moment]]:
        start = next((piece.start for piece in slices if piece.kind is not Kind.RESERVED), None)
        kwh = Decimal(0)
        for whole in slices:
            for piece in self._cut(whole, start, kwh):
                seconds = Decimal(int((piece.start - start).total_seconds())) if start else Decimal(0)
                power, current = (Range(value, value, value) for value in (piece.kw, piece.amperes))
                yield piece, Moment(piece.start, kwh, max(Decimal(0), seconds), power, current)
                kwh += piece.kwh

    def _key(self, piece: Slice, moment: Moment) -> tuple:
        if piece.kind is Kind.RESERVED:
            return piece.kind, find_rate(self._tariff, "TIME", moment, self._zone, RESERVED)
        dimensions = ("ENERGY", "TIME") if piece.kind is Kind.CHARGING else ("PARKING_TIME",)
        return piece.kind, *(find_rate(self._tariff, dimension, moment, self._zone) for dimension in dimensions)

    def _cut(self, whole: Slice, start: datetime | None, kwh: Decimal) -> list[Slice]:
        """The slice in pieces, none of which contains a moment at which the price may change."""
        cuts = set(price_changes(self._tariff, whole.start, whole.end, self._zone))
        if start:
            cuts |= {start + timedelta(seconds=int(seconds)) for seconds in self._durations}
        marks: dict[datetime, Decimal | None] = {cut: None for cut in cuts if whole.start < cut < whole.end}
        marks |= {
            self._instant(whole, bound - kwh): bound - kwh
            for bound in self._kwh_bounds
            if kwh < bound < kwh + whole.kwh
        }
        return list(self._between(whole, sorted(marks.items())))

    def _instant(self, whole: Slice, kwh: Decimal) -> datetime:
        """The whole second inside the slice at which that much of its energy has flowed."""
        share = int(whole.seconds * kwh / whole.kwh)
        return whole.start + timedelta(seconds=min(max(share, 1), max(whole.seconds - 1, 1)))

    def _between(self, whole: Slice, marks: list[tuple[datetime, Decimal | None]]) -> Iterator[Slice]:
        start, done = whole.start, Decimal(0)
        for instant, exact in marks:
            upto = exact if exact is not None else self._energy(whole, instant)
            if instant >= whole.end:
                continue
            yield replace(whole, start=start, end=instant, kwh=upto - done)
            start, done = instant, upto
        yield replace(whole, start=start, kwh=whole.kwh - done)

    def _energy(self, whole: Slice, instant: datetime) -> Decimal:
        share = Decimal(int((instant - whole.start).total_seconds())) / whole.seconds
        return (whole.kwh * share).quantize(Decimal("0.0001"))

    def _ranges(self, stretch: Stretch) -> dict[str, Decimal]:
        ranges: dict[str, Decimal] = {}
        for name, values in (
            ("power", [p.kw for p in stretch.slices]),
            ("current", [p.amperes for p in stretch.slices]),
        ):
            if restricted(self._tariff, f"min_{name}", f"max_{name}"):
                ranges |= {f"MIN_{name.upper()}": min(values), f"MAX_{name.upper()}": max(values)}
        return ranges


def to_wire(period: Period) -> Wire:
    """An OCPI ChargingPeriod."""
    dimensions = [{"type": name, "volume": number(volume)} for name, volume in period.volumes.items()]
    return {"start_date_time": stamp(period.start), "dimensions": dimensions, "tariff_id": period.tariff_id}
