"""Messages to begin with at the message bench; each is in order, so that whatever is underlined is one's own doing."""

import json
from typing import Any, NamedTuple

_MOMENT = "2026-03-01T10:00:00Z"
_OWNER = {"country_code": "NL", "party_id": "CPO"}
_DRIVER = {
    "country_code": "NL",
    "party_id": "EMS",
    "uid": "04A1B2C3D4E5F6",
    "type": "RFID",
    "contract_id": "NL-EMS-C1-X",
}
_CONNECTOR = {
    "id": "1", "standard": "IEC_62196_T2_COMBO", "format": "CABLE", "power_type": "DC", "max_voltage": 920,
    "max_amperage": 163, "tariff_ids": ["DC"], "last_updated": _MOMENT,
}  # fmt: skip
_EVSE = {
    "uid": "LOC1-1", "evse_id": "NL*CPO*E1*1", "status": "AVAILABLE", "capabilities": ["REMOTE_START_STOP_CAPABLE"],
    "connectors": [_CONNECTOR], "last_updated": _MOMENT,
}  # fmt: skip
_PERIOD = {"start_date_time": _MOMENT, "dimensions": [{"type": "ENERGY", "volume": 20.5}], "tariff_id": "DC"}
_SESSION = {
    **_OWNER, "id": "S1", "start_date_time": _MOMENT, "kwh": 20.5, "cdr_token": _DRIVER, "auth_method": "AUTH_REQUEST",
    "location_id": "LOC1", "evse_uid": "LOC1-1", "connector_id": "1", "currency": "EUR", "charging_periods": [_PERIOD],
    "total_cost": {"excl_vat": 8.2, "incl_vat": 9.92}, "status": "ACTIVE", "last_updated": _MOMENT,
}  # fmt: skip
_PLACE = {
    "id": "LOC1", "address": "Stationsplein 1", "city": "Utrecht", "country": "NLD",
    "coordinates": {"latitude": "52.089444", "longitude": "5.110278"}, "evse_uid": "LOC1-1", "evse_id": "NL*CPO*E1*1",
    "connector_id": "1", "connector_standard": "IEC_62196_T2_COMBO", "connector_format": "CABLE",
    "connector_power_type": "DC",
}  # fmt: skip
_TOKEN = {**_DRIVER, "issuer": "Open eMSP", "valid": True, "whitelist": "NEVER", "last_updated": _MOMENT}


class Example(NamedTuple):
    """`path`: behind the version's base URL; `to_emsp`: the CPO sends it."""

    key: str
    title: str
    method: str
    module: str
    path: str
    to_emsp: bool
    body: dict[str, Any]

    @property
    def text(self) -> str:
        return json.dumps(self.body, indent=2, ensure_ascii=False)


_ALL = [
    Example("location", "A location with one EVSE", "PUT", "locations", "locations/NL/CPO/LOC1", True, {
        **_OWNER, "id": "LOC1", "publish": True, "name": "Station Square", "address": "Stationsplein 1",
        "city": "Utrecht", "country": "NLD", "coordinates": _PLACE["coordinates"], "time_zone": "Europe/Amsterdam",
        "evses": [_EVSE], "last_updated": _MOMENT}),
    Example("evse", "A change of an EVSE", "PATCH", "locations", "locations/NL/CPO/LOC1/LOC1-1", True, {
        "status": "CHARGING", "last_updated": _MOMENT}),
    Example("tariff", "A tariff", "PUT", "tariffs", "tariffs/NL/CPO/DC", True, {
        **_OWNER, "id": "DC", "currency": "EUR", "last_updated": _MOMENT, "elements": [{"price_components": [
            {"type": "ENERGY", "price": 0.4, "vat": 21.0, "step_size": 1}]}]}),
    Example("session", "A session that runs", "PUT", "sessions", "sessions/NL/CPO/S1", True, _SESSION),
    Example("cdr", "A bill", "POST", "cdrs", "cdrs", True, {
        **_OWNER, "id": "CDR1", "start_date_time": _MOMENT, "end_date_time": "2026-03-01T10:40:00Z",
        "session_id": "S1", "cdr_token": _DRIVER, "auth_method": "AUTH_REQUEST", "cdr_location": _PLACE,
        "currency": "EUR", "charging_periods": [_PERIOD], "total_cost": {"excl_vat": 8.2, "incl_vat": 9.92},
        "total_energy": 20.5, "total_time": 0.667, "last_updated": "2026-03-01T10:41:00Z"}),
    Example("token", "A token of ours", "PUT", "tokens", "tokens/NL/EMS/04A1B2C3D4E5F6", False, _TOKEN),
    Example("start", "A command: start charging", "POST", "commands", "commands/START_SESSION", False, {
        "response_url": "https://emsp.example/ocpi/emsp/2.2.1/commands/1", "token": _TOKEN, "location_id": "LOC1",
        "evse_uid": "LOC1-1", "connector_id": "1"}),
    Example("result", "What became of a command", "POST", "commands", "commands/1", True, {"result": "ACCEPTED"}),
    Example("credentials", "Credentials", "POST", "credentials", "credentials", True, {
        "token": "a-token-of-theirs", "url": "https://cpo.example/ocpi/versions", "roles": [
            {**_OWNER, "role": "CPO", "business_details": {"name": "A CPO"}}]}),
]  # fmt: skip
EXAMPLES = {example.key: example for example in _ALL}
