"""What the foreign CPO owns: sixty stations, a tariff, and charges at a fixed power."""

from datetime import UTC, datetime
from typing import Any

from py_ocpi.core.config import settings

POWER_KW = 150
FLAT, PER_KWH, VAT = 1.00, 0.49, 19.0
STATIONS = 60  # more than the package puts on one page
TARIFF_ID = "DC-FAST"
FIRST = "STATION-001"


def now() -> datetime:
    return datetime.now(UTC)


def text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def own(id_: str) -> dict[str, Any]:
    return {
        "country_code": settings.COUNTRY_CODE,
        "party_id": settings.PARTY_ID,
        "id": id_,
        "last_updated": text(now()),
    }


def tariff() -> dict[str, Any]:
    prices = [("FLAT", FLAT), ("ENERGY", PER_KWH)]
    components = [{"type": kind, "price": price, "vat": VAT, "step_size": 1} for kind, price in prices]
    return own(TARIFF_ID) | {"currency": "EUR", "type": "REGULAR", "elements": [{"price_components": components}]}


def locations() -> dict[str, dict[str, Any]]:
    return {row["id"].lower(): row for row in (_location(n) for n in range(1, STATIONS + 1))}


def _location(number: int) -> dict[str, Any]:
    moment = text(now())
    connector = {
        "id": "1", "standard": "IEC_62196_T2_COMBO", "format": "CABLE", "power_type": "DC", "max_voltage": 500,
        "max_amperage": 300, "max_electric_power": POWER_KW * 1000, "tariff_ids": [TARIFF_ID], "last_updated": moment,
    }  # fmt: skip
    evse = {
        "uid": f"POST-{number:03d}", "evse_id": f"DE*FST*E{number:03d}", "status": "AVAILABLE",
        "capabilities": ["REMOTE_START_STOP_CAPABLE", "RESERVABLE", "RFID_READER"], "connectors": [connector],
        "last_updated": moment,
    }  # fmt: skip
    return own(f"STATION-{number:03d}") | {
        "publish": True, "name": f"Rasthof {number}", "address": f"An der Autobahn {number}", "city": "Köln",
        "postal_code": "50667", "country": "DEU", "time_zone": "Europe/Berlin", "evses": [evse],
        "coordinates": {"latitude": f"50.90{number:03d}", "longitude": f"6.90{number:03d}"},
    }  # fmt: skip


def session(number: int, place: dict[str, Any], command: dict[str, Any]) -> dict[str, Any]:
    token = {name: command["token"][name] for name in ("country_code", "party_id", "uid", "type", "contract_id")}
    evse = place["evses"][0]
    return own(f"CHARGE-{number}") | {
        "start_date_time": text(now()), "kwh": 0.0, "cdr_token": token, "auth_method": "COMMAND",
        "authorization_reference": command["authorization_reference"], "location_id": place["id"],
        "evse_uid": evse["uid"], "connector_id": evse["connectors"][0]["id"], "currency": "EUR",
        "charging_periods": [], "status": "ACTIVE",
    }  # fmt: skip


def charge_until(session: dict[str, Any], moment: datetime, status: str) -> None:
    """The meter runs with the clock."""
    start = session["start_date_time"]
    seconds = int((moment - datetime.fromisoformat(start)).total_seconds())
    session["kwh"] = round(POWER_KW * seconds / 3600, 3)
    session["charging_periods"] = [
        {"start_date_time": start, "dimensions": [{"type": "ENERGY", "volume": session["kwh"]}], "tariff_id": TARIFF_ID}
    ]
    session["total_cost"] = _price(FLAT + session["kwh"] * PER_KWH)
    session |= {"status": status, "last_updated": text(moment)}
    if status == "COMPLETED":
        session["end_date_time"] = text(moment)


def cdr(session: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    evse = place["evses"][0]
    connector = evse["connectors"][0]
    start, end = (datetime.fromisoformat(session[name]) for name in ("start_date_time", "end_date_time"))
    kept = ("start_date_time", "end_date_time", "cdr_token", "auth_method", "authorization_reference", "currency",
            "charging_periods", "total_cost")  # fmt: skip
    at = {name: place[name] for name in ("id", "name", "address", "city", "postal_code", "country", "coordinates")}
    at |= {
        "evse_uid": evse["uid"], "evse_id": evse["evse_id"], "connector_id": connector["id"],
        "connector_standard": connector["standard"], "connector_format": connector["format"],
        "connector_power_type": connector["power_type"],
    }  # fmt: skip
    return own(f"BILL-{session['id']}") | {name: session[name] for name in kept} | {
        "session_id": session["id"], "cdr_location": at, "tariffs": [tariff()], "total_energy": session["kwh"],
        "total_time": (end - start).total_seconds() / 3600, "total_fixed_cost": _price(FLAT),
        "total_energy_cost": _price(session["kwh"] * PER_KWH),
    }  # fmt: skip


def _price(excl_vat: float) -> dict[str, float]:
    return {"excl_vat": round(excl_vat, 4), "incl_vat": round(excl_vat * (1 + VAT / 100), 4)}
