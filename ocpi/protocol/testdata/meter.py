"""What a meter reports of a charge: one period per quarter of an hour, so that prices change between periods only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.model import plain_number
from ocpi.protocol.moments import format_datetime
from ocpi.protocol.pricing import Amount, Priced, price
from ocpi.protocol.sessions import Session
from ocpi.protocol.tariffs import Tariff

Wire = dict[str, Any]
QUARTER = timedelta(minutes=15)
_PARTS = ("total_energy_cost", "total_time_cost", "total_parking_cost", "total_fixed_cost", "total_reservation_cost")


class Report(NamedTuple):
    """One quarter of an hour; energy in kWh while `kind` is TIME."""

    kind: str
    kwh: Decimal = Decimal(0)


def charge(rng: Random, kw: int, quarters: int, *, reserved: int = 0, parked: int = 0) -> list[Report]:
    """At most so many kW; the car takes less and less towards the end."""
    shares = [Decimal(rng.randint(80, 95) - 40 * index // quarters) / 100 for index in range(quarters)]
    charging = [Report("TIME", (share * kw / 4).quantize(Decimal("0.1"))) for share in shares]
    return [*[Report("RESERVATION_TIME")] * reserved, *charging, *[Report("PARKING_TIME")] * parked]


def periods(start: datetime, reports: Sequence[Report], tariff_id: str) -> list[Wire]:
    return [_period(start + index * QUARTER, report, tariff_id) for index, report in enumerate(reports)]


def _period(start: datetime, report: Report, tariff_id: str) -> Wire:
    dimensions: list[Wire] = [{"type": report.kind, "volume": 0.25}]
    if report.kind == "TIME":
        dimensions.append({"type": "ENERGY", "volume": plain_number(report.kwh)})
    return {"start_date_time": format_datetime(start), "dimensions": dimensions, "tariff_id": tariff_id}


def energy(reports: Sequence[Report]) -> int | float:
    return plain_number(sum((report.kwh for report in reports), Decimal(0)))


def hours(reports: Sequence[Report], kind: str = "") -> int | float:
    """Of all reports, or of those of one kind."""
    return plain_number(Decimal(sum(kind in ("", report.kind) for report in reports)) / 4)


def bill(wire: Wire, time_zone: str) -> Wire:
    """The CDR with the costs that its own tariffs and periods come to."""
    priced = price(CDR.from_wire({**wire, "total_cost": {"excl_vat": 0}}), time_zone=time_zone)
    parts = {name: cost for name in _PARTS if (cost := getattr(priced, name)) and cost.excl_vat}
    return {**wire, "total_cost": _total(priced)} | {name: _amount(cost) for name, cost in parts.items()}


def cost_so_far(wire: Wire, tariff: Wire, time_zone: str) -> Wire:
    return _total(price(Session.from_wire(wire), [Tariff.from_wire(tariff)], time_zone=time_zone))


def _total(priced: Priced) -> Wire:
    if priced.total_cost is None:
        raise ValueError(f"the tariff does not price this charge: {priced.unpriceable}")
    return _amount(priced.total_cost)


def _amount(amount: Amount) -> Wire:
    """To four decimals, which is what OCPI carries."""
    return {name: plain_number(round(getattr(amount, name), 4)) for name in ("excl_vat", "incl_vat")}
