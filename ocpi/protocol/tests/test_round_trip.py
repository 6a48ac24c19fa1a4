"""What was read and written is the same object again, whatever the partner sent."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocpi.protocol import envelope
from ocpi.protocol.errors import InvalidObject, NotJson
from ocpi.protocol.tests.samples import MODELS, SPECS, objects
from ocpi.protocol.types import Tolerance

few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)


DEFAULTS = {"charging_when_closed": True, "discharge_allowed": False}


def without_absent(data: Any) -> Any:
    """Null, the empty list and the default mean the same as leaving the field out."""
    if isinstance(data, dict):
        meant = {key: item for key, item in data.items() if item not in (None, [], DEFAULTS.get(key))}
        return {key: without_absent(item) for key, item in meant.items()}
    return [without_absent(item) for item in data] if isinstance(data, list) else data


def known(name: str, data: Any) -> Any:
    """The fields that the specification knows, at every level."""
    types = {field.name: field.type for field in SPECS.get(name, ())}
    if isinstance(data, list):
        return [known(name, item) for item in data]
    return {key: known(types[key], data[key]) for key in data if key in types} if types and data else data


@pytest.mark.requirement("TYP-21", "LOC-16", "CDR-03", "SES-11", "TAR-06")
@pytest.mark.parametrize("name", MODELS)
def test_every_object_survives_writing_and_reading(name: str) -> None:
    model = MODELS[name]

    @few
    @given(objects(name))
    def survives(data: dict[str, Any]) -> None:
        found = model.from_wire(data)
        again = model.from_wire(envelope.decode(envelope.encode(found.to_wire())))
        assert again == found
        assert again.to_wire() == found.to_wire()
        assert without_absent(known(name, found.to_wire())) == without_absent(known(name, data))

    survives()


@pytest.mark.parametrize("name", MODELS)
def test_what_is_written_as_it_came_is_known_without_writing_it(name: str) -> None:
    model = MODELS[name]

    @few
    @given(objects(name), st.booleans(), st.sampled_from(ODDITIES))
    def told(data: dict[str, Any], every_flag: bool, odd: tuple[Any, Any]) -> None:
        data = spoiled(without_absent(data), *odd)
        tolerance = replace(EVERY_FLAG, warnings=[]) if every_flag else Tolerance()
        with suppress(InvalidObject):
            written = model.from_wire(data, tolerance).to_wire()
            if tolerance.as_it_came and b"null" not in orjson.dumps(data):
                assert sorted_json(written) == sorted_json(data)

    told()


# Values that are written otherwise, in place of others of their kind.
ODDITIES: list[tuple[Any, Any]] = [
    (None, None), (int, float), (bool, str), ("Z", ""), ("Z", ".000Z"), ("Z", ".5Z"), ("Z", ".123456Z"),
    ("Z", "+00:00"), ("2026", "0999"),
]  # fmt: skip


def spoiled(data: Any, kind: Any, other: Any) -> Any:
    if isinstance(data, dict):
        return {key: spoiled(item, kind, other) for key, item in data.items()}
    if isinstance(data, list):
        return [spoiled(item, kind, other) for item in data]
    if isinstance(kind, str):
        return data.replace(kind, other) if isinstance(data, str) and data[4:5] == "-" else data
    return other(data) if kind is not None and type(data) is kind else data


def sorted_json(data: Any) -> bytes:
    """1 and 1.0 are the same to Python, but not on the wire."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)


@few
@given(objects("Location"))
def test_a_tolerance_that_has_nothing_to_tolerate_changes_nothing(data: dict[str, Any]) -> None:
    every_flag = Tolerance(True, True, True, True, True, True, True)
    assert MODELS["Location"].from_wire(data, every_flag).to_wire() == MODELS["Location"].from_wire(data).to_wire()


EVERY_FLAG = Tolerance(True, True, True, True, True, True, True)


@many
@given(st.sampled_from(sorted(MODELS)), JSON)
def test_from_wire_refuses_nonsense_with_invalid_object_and_nothing_else(name: str, data: object) -> None:
    with suppress(InvalidObject):
        MODELS[name].from_wire(data, EVERY_FLAG)


@many
@given(st.data())
def test_one_field_of_nonsense_is_refused_with_invalid_object_and_nothing_else(draw: st.DataObject) -> None:
    name = draw.draw(st.sampled_from(sorted(MODELS)))
    data = draw.draw(objects(name))
    data[draw.draw(st.sampled_from([field.name for field in SPECS[name]]))] = draw.draw(JSON)
    with suppress(InvalidObject):
        MODELS[name].from_wire(data, EVERY_FLAG)


@many
@given(st.binary() | JSON.map(repr).map(str.encode))
def test_decode_refuses_nonsense_with_not_json_and_nothing_else(raw: bytes) -> None:
    with suppress(NotJson):
        envelope.encode(envelope.decode(raw))
