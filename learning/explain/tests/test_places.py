"""JSON with the place of every value."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.explain import NotReadable, as_text, read
from learning.explain.places import MAX_DEPTH

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([None, 2]))
@pytest.mark.long
def test_json_is_read_as_python_reads_it_and_each_place_holds_its_value(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    document = read(text)
    assert document.value == value
    for path, place in document.places.items():
        found = document.value
        for step in path:
            found = found[step]
        assert json.loads(text[place.start : place.end]) == found


@given(st.text(alphabet="{}[]\",:0123.eE-+ \\nul\ntrue'a", max_size=30))
@pytest.mark.long
def test_what_is_refused_is_what_python_refuses(text: str) -> None:
    def python() -> bool:
        try:
            json.loads(text, parse_constant=lambda word: json.loads("!"))
        except ValueError:
            return False
        return True

    if python():
        assert read(text).value == json.loads(text)
        return
    with pytest.raises(NotReadable) as stop:
        read(text)
    assert 0 <= stop.value.start <= stop.value.end <= len(text)


def test_lines_and_columns_count_from_one() -> None:
    document = read('{\n  "id": "LOC1",\n  "evses": [{"uid": 5}]\n}')
    place = document.places["evses", 0, "uid"]
    assert document.line_column(place.start) == (3, 21)
    assert document.text[slice(*place.key or (0, 0))] == '"uid"'
    assert as_text(("evses", 0, "uid")) == "evses[0].uid"


@pytest.mark.parametrize(
    ("text", "start", "message"),
    [
        ("", 0, "ends too early"),
        ("{'a': 1}", 1, "name in double quotes"),
        ("{\"a\": 'b'}", 6, "single quotes"),
        ('{"a": 1,}', 7, "comma too many"),
        ('{"a": 1 "b": 2}', 8, "comma is missing"),
        ('{"a" 1}', 5, "colon is missing"),
        ('{"a": True}', 6, "word is no JSON"),
        ('{"a": "b', 6, "does not end"),
        ('{"a": 1} {}', 9, "follows after the end"),
        ('{"a": 4,5}', 8, "name in double quotes"),
        ("[" * (MAX_DEPTH + 5), MAX_DEPTH + 1, "too deeply"),
    ],
)
def test_a_slip_is_told_where_it_is(text: str, start: int, message: str) -> None:
    with pytest.raises(NotReadable, match=message) as stop:
        read(text)
    assert stop.value.start == start
    assert stop.value.advice


def test_a_name_that_stands_twice_is_noticed() -> None:
    assert read('{"a": {"b": 1, "b": 2}}').twice == [("a", "b")]
