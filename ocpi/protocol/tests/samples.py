"""Valid objects by the table of the specification: smallest, complete, and generated."""

import importlib
import re
import string
from datetime import UTC, datetime
from typing import Any, NamedTuple

from hypothesis import strategies as st

from ocpi.protocol.tests.dictionary import ENUMS, OBJECTS, blocks
from ocpi.protocol.types import OcpiModel, format_datetime


class FieldSpec(NamedTuple):
    """One row of the table."""

    name: str
    type: str
    cardinality: str


SPECS: dict[str, list[FieldSpec]] = {
    heading.split(".")[1]: [FieldSpec(*row.split()) for row in rows] for heading, rows in blocks(OBJECTS).items()
}
VALUES: dict[str, list[str]] = {
    heading.split(".")[1]: " ".join(rows).split() for heading, rows in blocks(ENUMS).items()
}


def find(heading: str) -> Any:
    """The class or enum that the table calls `chapter.Name`."""
    chapter, name = heading.split(".")
    return getattr(importlib.import_module(f"ocpi.protocol.{chapter}"), name)


MODELS: dict[str, type[OcpiModel]] = {heading.split(".")[1]: find(heading) for heading in blocks(OBJECTS)}

MOMENT = "2026-03-01T10:00:00Z"
URL = "https://example.com/ocpi"

# Strings of a form that length alone does not describe.
FORMED = {
    "country": "NLD",
    "country_code": "NL",
    "currency": "EUR",
    "language": "en",
    "latitude": "51.047599",
    "longitude": "3.729944",
    "time_zone": "Europe/Oslo",
    "period_begin": "08:00",
    "period_end": "18:00",
    "start_time": "08:00",
    "end_time": "18:00",
    "start_date": "2026-01-01",
    "end_date": "2026-12-31",
}
# Values that a rule between fields asks for.
RULED: dict[tuple[str, str], Any] = {
    ("Hours", "twentyfourseven"): True,
    ("ActiveChargingProfileResult", "result"): "REJECTED",
    ("Location", "publish"): True,
}


def value(owner: str, field: FieldSpec) -> Any:
    """A valid value of the field, a list where the field is one."""
    one = RULED.get((owner, field.name), scalar(field.name, field.type))
    return [one] if field.cardinality in "*+" else one


def scalar(name: str, kind: str) -> Any:
    """A valid value of the type."""
    if kind in SPECS:
        return smallest(kind)
    if kind in VALUES:
        return "ENERGY" if kind == "CdrDimensionType" else VALUES[kind][0]
    by_kind = {"DateTime": MOMENT, "URL": URL, "number": 1.5, "boolean": False}
    if kind in by_kind:
        return by_kind[kind]
    return 1 if kind.startswith("int") else FORMED.get(name, "x")


def smallest(name: str) -> dict[str, Any]:
    """An object with its required fields only."""
    return {field.name: value(name, field) for field in SPECS[name] if field.cardinality in "1+"}


def limit(kind: str) -> int | None:
    """The number in `string(45)`."""
    match = re.search(r"tring\((\d+)\)", kind)
    return int(match[1]) if match else None


# --- Generated objects

_ASCII = string.ascii_letters + string.digits + string.punctuation
_PRINTABLE = st.characters(exclude_categories=["Cc", "Cs"])
_MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(format_datetime)
_NUMBERS = st.one_of(
    st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: round(number, 4))
)
_INTEGERS = st.integers(-(2**63), 2**64 - 1)  # beyond that JSON readers make floats
_UNKNOWN = st.dictionaries(
    st.text(string.ascii_lowercase, min_size=3).map(lambda key: f"x_{key}"),
    st.one_of(st.none(), st.booleans(), _INTEGERS, st.text(_PRINTABLE), st.lists(_INTEGERS, max_size=2)),
    max_size=2,
)


def objects(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Any valid object of that name, with unknown fields, nulls and empty lists where they are allowed."""
    required = {field.name: values(name, field) for field in SPECS[name] if field.cardinality in "1+"}
    optional = {
        field.name: st.one_of(st.none(), values(name, field)) for field in SPECS[name] if field.cardinality in "?*"
    }
    known = st.fixed_dictionaries(required, optional=optional)
    return st.tuples(_UNKNOWN, known).map(lambda pair: obey(name, {**pair[0], **pair[1]}))


def values(owner: str, field: FieldSpec) -> st.SearchStrategy[Any]:
    """Any valid value of the field."""
    one = st.just(RULED[owner, field.name]) if (owner, field.name) in RULED else scalars(field.name, field.type)
    if field.cardinality in "*+":
        return st.lists(one, min_size=1 if field.cardinality == "+" else 0, max_size=2)
    return one


def scalars(name: str, kind: str) -> st.SearchStrategy[Any]:
    """Any valid value of the type."""
    if kind in SPECS:
        return st.deferred(lambda: objects(kind))
    if kind in VALUES:
        return st.sampled_from(VALUES[kind])
    by_kind = {"DateTime": _MOMENTS, "number": _NUMBERS, "boolean": st.booleans(), "URL": st.just(URL)}
    if kind in by_kind:
        return by_kind[kind]
    return st.integers(1, 7) if kind.startswith("int") else strings(name, kind)


def strings(name: str, kind: str) -> st.SearchStrategy[str]:
    """Any valid string of the field: ids in ASCII, texts in any script."""
    if name in FORMED:
        return st.just(FORMED[name])
    alphabet = st.sampled_from(_ASCII) if kind.startswith("Ci") or name == "token" else _PRINTABLE
    return st.text(alphabet, min_size=1, max_size=min(limit(kind) or 1, 8))


def obey(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Bend a generated object to the rules between fields."""
    if name == "CDR" and bool(data.get("credit")) != bool(data.get("credit_reference_id")):
        data = {**data, "credit": True, "credit_reference_id": "D1"}
    if name == "StartSession" and data.get("connector_id"):
        data = {**data, "evse_uid": "E1"}
    if name == "Credentials":
        data = {**data, "roles": data["roles"][:1]}
    return data
