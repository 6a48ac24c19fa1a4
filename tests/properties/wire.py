"""Any valid object, made from the JSON schema of the pydantic models: a new field is covered without a word here."""

import copy
import string
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from ocpi.protocol.types import OcpiModel, ci_key, format_datetime

_TEXT = st.characters(exclude_categories=["Cc", "Cs"])
_PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "
_UNKNOWN = st.dictionaries(
    st.text(string.ascii_lowercase, min_size=1, max_size=4).map(lambda name: f"x_{name}"),
    st.one_of(st.booleans(), st.integers(-(2**53), 2**53), st.text(_TEXT, max_size=6), st.lists(st.integers(0, 9))),
    max_size=2,
)
_MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(format_datetime)
_NUMBERS = st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: round(number, 4))
_URLS = st.sampled_from(["https://example.com/ä?x=%2F", "http://example.com"])
# What a schema does not tell: strings that a Python function checks.
_BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "latitude": st.floats(-90, 90).map(lambda degrees: f"{degrees:.6f}"),
    "longitude": st.floats(-180, 180).map(lambda degrees: f"{degrees:.6f}"),
    "time_zone": st.sampled_from(["Europe/Amsterdam", "UTC", "Asia/Kolkata"]),
    **dict.fromkeys(["website", "url", "thumbnail", "tariff_alt_url", "terms_and_conditions"], _URLS),
}
_BY_PATTERN: dict[str, Callable[[int, int], st.SearchStrategy[str]]] = {
    r"^[ -~]*$": lambda least, most: st.text(_PRINTABLE, min_size=least, max_size=min(most, 10)),
    r"^[^\x00-\x1f\x7f-\x9f]*$": lambda least, most: st.text(_TEXT, min_size=least, max_size=min(most, 8)),
}
_KEYS = {"evses": "uid", "connectors": "id"}
_LONG = 10**9


def objects(model: type[OcpiModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Any object that the model accepts, as JSON values; fields that it does not know included."""
    schema = model.model_json_schema()
    return _object(schema, schema.get("$defs", {}))


def _object(schema: dict[str, Any], defs: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    required = set(schema.get("required", ()))
    fields = {name: _value(name, field, defs) for name, field in schema["properties"].items()}
    known = st.fixed_dictionaries(
        {name: values for name, values in fields.items() if name in required},
        optional={name: values for name, values in fields.items() if name not in required},
    )
    return st.tuples(known, _UNKNOWN).map(lambda pair: _obey(schema["title"], {**pair[1], **pair[0]}))


def _value(name: str, field: dict[str, Any], defs: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in field:
        inner = defs[field["$ref"].rpartition("/")[2]]
        return st.deferred(lambda: _value(name, inner, defs))
    if "anyOf" in field:
        return st.one_of([_value(name, each, defs) for each in field["anyOf"]])
    if "enum" in field:
        return st.sampled_from(field["enum"])
    kinds: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "null": st.none,
        "boolean": st.booleans,
        "number": lambda: _NUMBERS,
        "integer": lambda: st.integers(field.get("minimum", -(2**31)), field.get("maximum", 2**31 - 1)),
        "array": lambda: _list(name, field, defs),
        "object": lambda: _object(field, defs),
        "string": lambda: _string(name, field),
    }
    return kinds[field["type"]]()


def _list(name: str, field: dict[str, Any], defs: dict[str, Any]) -> st.SearchStrategy[list[Any]]:
    key = _KEYS.get(name)
    unique = (lambda item: ci_key(item[key])) if key else None
    return st.lists(_value(name, field["items"], defs), min_size=field.get("minItems", 0), max_size=2, unique_by=unique)


def _string(name: str, field: dict[str, Any]) -> st.SearchStrategy[str]:
    least, most = field.get("minLength", 0), field.get("maxLength", _LONG)
    if field.get("format") == "date-time":
        return _MOMENTS
    if name in _BY_NAME:
        return _BY_NAME[name]
    if "pattern" not in field:
        return st.text(_TEXT, min_size=least, max_size=min(most, 8))
    if field["pattern"] in _BY_PATTERN:
        return _BY_PATTERN[field["pattern"]](least, most)
    return st.from_regex(field["pattern"], fullmatch=True).filter(lambda text: least <= len(text) <= most)


def _obey(title: str, data: dict[str, Any]) -> dict[str, Any]:
    """Bend it to the rules between fields."""
    data = copy.deepcopy(data)
    if title == "CDR" and not (data.get("credit") and data.get("credit_reference_id")):
        data |= {"credit": False, "credit_reference_id": None}
    if title == "Hours" and not data.get("regular_hours"):
        data["twentyfourseven"] = True
    if title == "PublishTokenType":
        data |= {"uid": "U", "type": "RFID", "visual_number": None}
    return data


def normal(data: Any) -> Any:
    """Null, the empty list and the default mean the same as leaving a field out (TYP-13, TYP-22)."""
    if isinstance(data, dict):
        absent: dict[str, Any] = {"charging_when_closed": True, "discharge_allowed": False}
        return {key: normal(item) for key, item in data.items() if item not in (None, [], absent.get(key))}
    return [normal(item) for item in data] if isinstance(data, list) else data
