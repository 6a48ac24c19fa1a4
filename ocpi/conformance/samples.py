"""Test objects that anyone recognises as such: their ids begin with KIT-TEST, and their texts say what they are for."""

from datetime import datetime, timedelta
from typing import Any

from ocpi.core import clock
from ocpi.protocol.headers import PartyId
from ocpi.protocol.moments import format_datetime

NAME = "Conformance test, please ignore"
Wire = dict[str, Any]


def moment(seconds: float = 0) -> str:
    """A moment before (negative) or after now, to the second."""
    return format_datetime(_now() + timedelta(seconds=seconds))


def _now() -> datetime:
    return clock.now().replace(microsecond=0)


def _of(party: PartyId) -> Wire:
    return {"country_code": party.country_code, "party_id": party.party_id}


def token(party: PartyId, run_id: str, **changes: Any) -> Wire:
    """Not valid, unless the caller says so: nobody can charge with it."""
    return {
        **_of(party), "uid": f"KIT-TEST-{run_id}", "type": "RFID", "contract_id": f"{party.country_code}-KIT-C00000001",
        "issuer": NAME, "visual_number": "KIT TEST", "valid": False, "whitelist": "NEVER", "language": "en",
        "last_updated": moment(-60),
    } | changes  # fmt: skip


def connector(**changes: Any) -> Wire:
    return {
        "id": "1", "standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_3_PHASE", "max_voltage": 230,
        "max_amperage": 16, "last_updated": moment(-60),
    } | changes  # fmt: skip


def evse(run_id: str, number: int = 1, **changes: Any) -> Wire:
    return {
        "uid": f"KIT-TEST-{run_id}-{number}", "evse_id": f"NL*KIT*E{run_id}{number}", "status": "OUTOFORDER",
        "capabilities": ["RFID_READER"], "connectors": [connector()], "last_updated": moment(-60),
    } | changes  # fmt: skip


def location(party: PartyId, run_id: str, **changes: Any) -> Wire:
    """Not published, and out of order."""
    return {
        **_of(party), "id": f"KIT-TEST-{run_id}", "publish": False, "name": NAME, "address": "Teststraat 1",
        "city": "Utrecht", "postal_code": "3511ED", "country": "NLD", "time_zone": "Europe/Amsterdam",
        "coordinates": {"latitude": "52.08950", "longitude": "5.11000"},
        "evses": [evse(run_id, 1), evse(run_id, 2)], "last_updated": moment(-60),
    } | changes  # fmt: skip


def tariff(party: PartyId, run_id: str, **changes: Any) -> Wire:
    energy = {"type": "ENERGY", "price": 0.25, "vat": 21.0, "step_size": 1}
    start = {"type": "FLAT", "price": 0.5, "vat": 21.0, "step_size": 1}
    weekend = {"price_components": [energy | {"price": 0.2}], "restrictions": {"day_of_week": ["SATURDAY", "SUNDAY"]}}
    return {
        **_of(party), "id": f"KIT-TEST-{run_id}", "currency": "EUR", "type": "REGULAR",
        "tariff_alt_text": [{"language": "en", "text": NAME}],
        "elements": [weekend, {"price_components": [energy, start]}], "last_updated": moment(-60),
    } | changes  # fmt: skip


def cdr_token(party: PartyId, uid: str = "KIT-TEST-CARD", **changes: Any) -> Wire:
    """A card of the eMSP that we look at: `party` is theirs."""
    return {**_of(party), "uid": uid, "type": "RFID", "contract_id": f"{party.country_code}-KIT-C00000001"} | changes


def period(kwh: float, minutes: int = 60, **changes: Any) -> Wire:
    """It began so many minutes before now."""
    dimensions = [{"type": "ENERGY", "volume": kwh}, {"type": "TIME", "volume": 0.5}]
    return {"start_date_time": moment(-60 * minutes), "dimensions": dimensions} | changes


def session(party: PartyId, card: Wire, run_id: str, **changes: Any) -> Wire:
    return {
        **_of(party), "id": f"KIT-TEST-{run_id}", "start_date_time": moment(-3600), "kwh": 1.5, "cdr_token": card,
        "auth_method": "WHITELIST", "location_id": f"KIT-TEST-{run_id}", "evse_uid": f"KIT-TEST-{run_id}-1",
        "connector_id": "1", "currency": "EUR", "charging_periods": [period(1.5)], "status": "INVALID",
        "last_updated": moment(-60),
    } | changes  # fmt: skip


def cdr(party: PartyId, card: Wire, run_id: str, **changes: Any) -> Wire:
    """One kWh that costs nothing."""
    place = {
        "id": f"KIT-TEST-{run_id}", "name": NAME, "address": "Teststraat 1", "city": "Utrecht", "country": "NLD",
        "coordinates": {"latitude": "52.08950", "longitude": "5.11000"}, "evse_uid": f"KIT-TEST-{run_id}-1",
        "evse_id": f"NL*KIT*E{run_id}1", "connector_id": "1", "connector_standard": "IEC_62196_T2",
        "connector_format": "SOCKET", "connector_power_type": "AC_3_PHASE",
    }  # fmt: skip
    free = {"price_components": [{"type": "FLAT", "price": 0.0, "step_size": 1}]}
    return {
        **_of(party), "id": f"KIT-TEST-{run_id}", "start_date_time": moment(-3600), "end_date_time": moment(-1800),
        "session_id": f"KIT-TEST-{run_id}", "cdr_token": card, "auth_method": "WHITELIST", "cdr_location": place,
        "currency": "EUR", "tariffs": [tariff(party, run_id, elements=[free])],
        "charging_periods": [period(1.0, tariff_id=f"KIT-TEST-{run_id}")], "total_cost": {"excl_vat": 0.0},
        "total_energy": 1.0, "total_time": 0.5, "remark": NAME, "last_updated": moment(-60),
    } | changes  # fmt: skip
