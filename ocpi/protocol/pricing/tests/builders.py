"""Tariffs, CDRs and sessions in few words. A session starts on Monday 2024-01-15 at 09:00 UTC, 10:00 in Berlin."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.moments import format_datetime
from ocpi.protocol.pricing import Policy, Priced, Verdict, check, price
from ocpi.protocol.sessions import Session
from ocpi.protocol.tariffs import Tariff

BERLIN = "Europe/Berlin"
START = datetime(2024, 1, 15, 9, tzinfo=UTC)
_TIMES = {"time": "TIME", "parking": "PARKING_TIME", "reserved": "RESERVATION_TIME"}
_TOKEN = {"country_code": "NL", "party_id": "EMS", "uid": "1", "type": "RFID", "contract_id": "NL-EMS-1"}
_LOCATION = {
    "id": "L1",
    "address": "Street 1",
    "city": "Town",
    "country": "DEU",
    "coordinates": {"latitude": "51.047599", "longitude": "3.729944"},
    "evse_uid": "E1",
    "evse_id": "DE*ALL*E1",
    "connector_id": "1",
    "connector_standard": "IEC_62196_T2",
    "connector_format": "SOCKET",
    "connector_power_type": "AC_3_PHASE",
}

Wire = dict[str, Any]


def component(kind: str, price: float, step: int = 1, vat: float | None = None) -> Wire:
    found: Wire = {"type": kind, "price": price, "step_size": step}
    return found if vat is None else {**found, "vat": vat}


def energy(price: float, step: int = 1, vat: float | None = None) -> Wire:
    return component("ENERGY", price, step, vat)


def time(price: float, step: int = 1, vat: float | None = None) -> Wire:
    return component("TIME", price, step, vat)


def parking(price: float, step: int = 1, vat: float | None = None) -> Wire:
    return component("PARKING_TIME", price, step, vat)


def flat(price: float, vat: float | None = None) -> Wire:
    return component("FLAT", price, 1, vat)


def element(*components: Wire, **restrictions: Any) -> Wire:
    found: Wire = {"price_components": list(components)}
    return {**found, "restrictions": restrictions} if restrictions else found


def tariff(*elements: Wire, **fields: Any) -> Tariff:
    """A tariff T1 in EUR of DE-ALL; bare components make one element without restrictions."""
    wrapped = list(elements) if elements and "price_components" in elements[0] else [element(*elements)]
    wire = {"country_code": "DE", "party_id": "ALL", "id": "T1", "currency": "EUR", "elements": wrapped}
    return Tariff.from_wire({**wire, "last_updated": "2020-01-01T00:00:00Z", **fields})


def period(
    minutes: float = 60,
    *,
    kwh: float | None = None,
    tariff_id: str | None = "T1",
    at: datetime | None = None,
    **volumes: float,
) -> Wire:
    """A period of so many minutes. `time`, `parking`, `reserved` are minutes; others are dimensions by their name."""
    dimensions = [] if kwh is None else [{"type": "ENERGY", "volume": kwh}]
    for name, volume in volumes.items():
        hours = float(round(Decimal(volume) / 60, 4)) if name in _TIMES else volume
        dimensions.append({"type": _TIMES.get(name, name.upper()), "volume": hours})
    named = {} if tariff_id is None else {"tariff_id": tariff_id}
    return {"minutes": minutes, "at": at, "dimensions": dimensions, **named}


def charging(minutes: float, *, kwh: float | None = None, **more: Any) -> Wire:
    return period(minutes, kwh=kwh, time=minutes, **more)


def parked(minutes: float, **more: Any) -> Wire:
    return period(minutes, parking=minutes, **more)


def reserved(minutes: float, **more: Any) -> Wire:
    return period(minutes, reserved=minutes, **more)


def placed(periods: Sequence[Wire], start: datetime) -> tuple[list[Wire], datetime]:
    """Periods one after the other from `start` on, unless they say when; and the end of the last."""
    found, now = [], start
    for one in periods:
        begin = one["at"] or now
        rest = {key: value for key, value in one.items() if key not in ("minutes", "at")}
        found.append({"start_date_time": format_datetime(begin), **rest})
        now = begin + timedelta(minutes=one["minutes"])
    return found, now


def cdr(periods: Sequence[Wire], *tariffs: Tariff, start: datetime = START, **fields: Any) -> CDR:
    """A CDR whose totals agree with its periods; `fields` replaces what it should get wrong. total_cost is 0."""
    charging_periods, end = placed(periods, start)
    volumes = [d for one in charging_periods for d in one["dimensions"]]
    wire = {
        "country_code": "DE",
        "party_id": "ALL",
        "id": "C1",
        "session_id": "S1",
        "currency": "EUR",
        "cdr_token": _TOKEN,
        "auth_method": "WHITELIST",
        "cdr_location": _LOCATION,
        "start_date_time": format_datetime(start),
        "end_date_time": format_datetime(end),
        "last_updated": format_datetime(end),
        "tariffs": [tariff.to_wire() for tariff in tariffs],
        "charging_periods": charging_periods,
        "total_cost": {"excl_vat": 0},
        "total_energy": float(sum(Decimal(str(d["volume"])) for d in volumes if d["type"] == "ENERGY")),
        "total_time": float(round(Decimal((end - start).total_seconds()) / 3600, 4)),
    }
    return CDR.from_wire({**wire, **fields})


def session(periods: Sequence[Wire], *, start: datetime = START, **fields: Any) -> Session:
    charging_periods, end = placed(periods, start)
    wire = {
        "country_code": "DE",
        "party_id": "ALL",
        "id": "S1",
        "currency": "EUR",
        "kwh": 1,
        "status": "ACTIVE",
        "cdr_token": _TOKEN,
        "auth_method": "WHITELIST",
        "location_id": "L1",
        "evse_uid": "E1",
        "connector_id": "1",
        "start_date_time": format_datetime(start),
        "last_updated": format_datetime(end),
        "charging_periods": charging_periods,
    }
    return Session.from_wire({**wire, **fields})


def priced(periods: Sequence[Wire], *tariffs: Tariff, zone: str | None = BERLIN, **fields: Any) -> Priced:
    policy = fields.pop("policy", Policy())
    return price(cdr(periods, *tariffs, **fields), time_zone=zone, policy=policy)


def excl(periods: Sequence[Wire], *tariffs: Tariff, **fields: Any) -> float:
    """The total without VAT; fails when there is none."""
    found = priced(periods, *tariffs, **fields)
    assert found.total_cost is not None, found.unpriceable
    return float(found.total_cost.excl_vat)


def billed(excl_vat: float, incl_vat: float | None = None) -> Wire:
    """A Price; without VAT the amounts are equal."""
    return {"excl_vat": excl_vat, "incl_vat": excl_vat if incl_vat is None else incl_vat}


def judged(periods: Sequence[Wire], *tariffs: Tariff, zone: str | None = BERLIN, **fields: Any) -> Verdict:
    """The verdict on a CDR; `stored`, `policy` and `original` go to the check."""
    options = {name: fields.pop(name) for name in ("policy", "original") if name in fields}
    stored = fields.pop("stored", None)
    return check(cdr(periods, *tariffs, **fields), stored, time_zone=zone, **options)


def codes(found: Priced | Verdict) -> set[str]:
    """The codes of warnings, or of findings."""
    return {item.code for item in (found.findings if isinstance(found, Verdict) else found.warnings)}
