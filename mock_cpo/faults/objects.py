"""Faults of single objects as they leave us: spelling of values, missing and surplus fields."""

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.locations import EVSE, Connector, Location
from ocpi.protocol.sessions import Session
from ocpi.protocol.tariffs import Tariff

Wire = dict[str, Any]
DATETIME_Z = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z$")
MODELS: Mapping[tuple[str, int], type[BaseModel]] = {
    ("locations", 3): Location, ("locations", 4): EVSE, ("locations", 5): Connector,
    ("sessions", 3): Session, ("tariffs", 3): Tariff, ("cdrs", 3): CDR, ("cdrs", 0): CDR,
}  # fmt: skip
IDENTIFIERS = ("country_code", "party_id", "id", "uid", "location_id", "evse_uid", "connector_id", "session_id")


def every(kinds: type | tuple[type, ...], change: Callable[[Any], Any]) -> Callable[..., Any]:
    """A fault that changes each value of these types, however deep it lies."""

    def apply(wire: Any, _value: object = None, **__: object) -> Any:
        if isinstance(wire, dict):
            return {key: apply(value) for key, value in wire.items()}
        if isinstance(wire, list):
            return [apply(value) for value in wire]
        return change(wire) if isinstance(wire, kinds) and not isinstance(wire, bool) else wire

    return apply


without_z = every(str, lambda text: DATETIME_Z.sub(lambda found: found[1] + (found[2] or ""), text))
with_offset = every(str, lambda text: DATETIME_Z.sub(lambda found: f"{found[1]}{found[2] or ''}+00:00", text))
with_fractions = every(str, lambda text: DATETIME_Z.sub(lambda found: f"{found[1]}{found[2] or '.000'}000123Z", text))
as_strings = every((int, float), str)


def unknown_fields(wire: Wire, _value: object, **__: object) -> Wire:
    return wire | {"gireve_id": "GIR-0001", "help_phone": "+31 20 123 4567", "x_nested": {"a": [1, None, {"b": True}]}}


def unknown_enums(wire: Wire, _value: object, module: str = "", **__: object) -> Wire:
    """Values that later versions or single vendors use (FLD-11); only in locations."""
    changed = copy.deepcopy(wire)
    for evse in changed.get("evses", [changed] if "connectors" in changed else []):
        evse["capabilities"] = [*evse.get("capabilities", []), "PLUG_AND_CHARGE_CAPABLE"]
        evse["connectors"][0]["standard"] = "MCS"
    if "facilities" in changed:
        changed["facilities"] = [*changed["facilities"], "SWIMMING_POOL"]
    return changed


def nulls(wire: Wire, _value: object, module: str = "", depth: int = 3, **__: object) -> Wire:
    """Every field that is not set is there, as null; in a PATCH too (FLD-10)."""
    model = MODELS.get((module, depth))
    return _filled(wire, model) if model else wire


def _filled(wire: Any, model: type[BaseModel]) -> Any:
    if isinstance(wire, list):
        return [_filled(item, model) for item in wire]
    if not isinstance(wire, dict):
        return wire
    known = dict.fromkeys(model.model_fields) | wire
    inner = {name: _model_of(field.annotation) for name, field in model.model_fields.items()}
    return {name: _filled(value, kind) if (kind := inner.get(name)) else value for name, value in known.items()}


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The object type inside `X | None`, `list[X]` and their like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_of(part))), None)


def watt_hours(wire: Wire, _value: object, module: str = "cdrs", **__: object) -> Wire:
    """ENERGY of charging periods in Wh, as the samples of the specification print it (FLD-07); totals stay kWh."""
    if module not in ("cdrs", "sessions") or "charging_periods" not in wire:
        return wire
    changed = copy.deepcopy(wire)
    for period in changed["charging_periods"]:
        for dimension in period["dimensions"]:
            if dimension["type"] == "ENERGY":
                dimension["volume"] = round(dimension["volume"] * 1000, 4)
    return changed


def undated_client_info(wire: Wire, _value: object, module: str = "", **__: object) -> Wire:
    """As the sample of the specification forgets it (HCI-14)."""
    return {name: value for name, value in wire.items() if module != "hubclientinfo" or name != "last_updated"}


def lower_case_ids(wire: Any) -> Any:
    """CiStrings are equal in any letter case (TYP-01)."""
    if isinstance(wire, list):
        return [lower_case_ids(item) for item in wire]
    if not isinstance(wire, dict):
        return wire
    return {
        name: value.lower() if name in IDENTIFIERS and isinstance(value, str) else lower_case_ids(value)
        for name, value in wire.items()
    }
