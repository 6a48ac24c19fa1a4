"""Faults of CDRs, and of the meter behind them."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from mock_cpo.billing import Period, price_session

Wire = dict[str, Any]
RESERVED_HOURS = 0.25
PLACE = ("evse_uid", "evse_id", "connector_id")


def each(change: Callable[..., Wire]) -> Callable[..., list[Wire]]:
    """A fault that changes one CDR, for all that are written."""
    return lambda cdrs, value, **_: [change(cdr, value) for cdr in cdrs]


def wrong_cost(cdr: Wire, factor: float) -> Wire:
    """The dearest part is multiplied, and the total with it: as if another price per unit had been taken."""
    parts = [name for name in _PARTS if name in cdr]
    part = max(parts, key=lambda name: cdr[name]["excl_vat"], default="total_cost")
    wrong = {key: round(value * factor, 4) for key, value in cdr[part].items()}
    more = {key: wrong[key] - cdr[part][key] for key in wrong}
    total = {key: round(value + more.get(key, 0), 4) for key, value in cdr["total_cost"].items()}
    return cdr | {part: wrong, "total_cost": total}


_PARTS = ("total_energy_cost", "total_time_cost", "total_parking_cost", "total_fixed_cost", "total_reservation_cost")


def unsplit(cdr: Wire, _value: object) -> Wire:
    """One charging period for everything, although the price changed on the way (CDR-21)."""
    volumes: dict[str, float] = {}
    for period in cdr["charging_periods"]:
        for dimension in period["dimensions"]:
            volumes[dimension["type"]] = round(volumes.get(dimension["type"], 0) + dimension["volume"], 4)
    dimensions = [{"type": name, "volume": volume} for name, volume in volumes.items()]
    return cdr | {"charging_periods": [cdr["charging_periods"][0] | {"dimensions": dimensions}]}


def without_tariff_id(cdr: Wire, _value: object) -> Wire:
    periods = [{key: period[key] for key in period if key != "tariff_id"} for period in cdr["charging_periods"]]
    return cdr | {"charging_periods": periods}


def credit(cdr: Wire) -> Wire:
    """A copy with another id in which total_cost alone is negative (CDR-11, CDR-12)."""
    negative = {key: -value for key, value in cdr["total_cost"].items()}
    reference = {"id": f"{cdr['id']}-C", "credit": True, "credit_reference_id": cdr["id"]}
    return cdr | reference | {"total_cost": negative}


def credited(cdrs: list[Wire], _value: object, **__: object) -> list[Wire]:
    return [written for cdr in cdrs for written in (cdr, credit(cdr))]


def rebilled(cdrs: list[Wire], factor: float, **_: object) -> list[Wire]:
    """First a wrong bill, then its credit, then the right one under a new id (CDR-15)."""
    written = []
    for cdr in cdrs:
        wrong = wrong_cost(cdr, factor)
        written += [wrong, credit(wrong), cdr | {"id": str(uuid4())}]
    return written


def with_reservation(cdrs: list[Wire], _value: object, **__: object) -> list[Wire]:
    """Before each CDR one for a reservation alone: no session, no energy, no EVSE (CDR-17, CDR-24)."""
    return [written for cdr in cdrs for written in (_reservation(cdr), cdr)]


def _reservation(cdr: Wire) -> Wire:
    end = datetime.fromisoformat(cdr["start_date_time"])
    start = (end - timedelta(hours=RESERVED_HOURS)).strftime("%Y-%m-%dT%H:%M:%SZ")
    dimensions = [{"type": "RESERVATION_TIME", "volume": RESERVED_HOURS}]
    period = {"start_date_time": start, "dimensions": dimensions, "tariff_id": cdr["tariffs"][0]["id"]}
    bill = price_session(cdr["tariffs"], [Period.from_wire(period)], end.astimezone(UTC), ZoneInfo("UTC"))
    totals = ("total_fixed_cost", "total_energy_cost", "total_time_cost", "total_parking_cost", "total_parking_time")
    kept = {key: copy.deepcopy(cdr[key]) for key in cdr if key not in ("session_id", *totals)}
    return kept | bill.to_wire() | {
        "id": str(uuid4()),
        "start_date_time": start,
        "end_date_time": cdr["start_date_time"],
        "cdr_location": cdr["cdr_location"] | dict.fromkeys(PLACE, "#NA"),
        "charging_periods": [period],
        "total_energy": 0,
        "total_time": RESERVED_HOURS,
    }  # fmt: skip


def drop(_cdrs: list[Wire], _value: object, **__: object) -> list[Wire]:
    return []


def twice(cdrs: list[Wire], how: str, **_: object) -> list[Wire]:
    """Each CDR again: `equal`, or `different` under the same id (CDR-06, CDR-07)."""
    again = [cdr | {"remark": "second copy"} if how == "different" else cdr for cdr in cdrs]
    return [*cdrs, *again]


def evse_pause(_pause: object, minutes: float, start: datetime, **_: object) -> tuple[datetime, datetime]:
    """From the third minute on: no power although the car wants it, which is TIME and not PARKING_TIME (TCS-09)."""
    begin = start + timedelta(minutes=3)
    return begin, begin + timedelta(minutes=minutes)
