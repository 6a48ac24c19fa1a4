"""A message line by line."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.explain import annotate, shape_of

from .test_places import VALUES

ANSWER = shape_of("locations", "GET", "locations", to_emsp=False, answer=True)
PATCH = shape_of("locations", "PATCH", "locations/NL/CPO/LOC1/EV1", to_emsp=True)


@given(st.dictionaries(st.text(), VALUES, max_size=5))
@pytest.mark.long
def test_the_lines_are_the_message(value: dict[str, Any]) -> None:
    lines = annotate(value, ANSWER)
    text = "\n".join(
        line.indent
        + (f"{json.dumps(line.name)}: " if line.name is not None else "")
        + line.value
        + ("," if line.comma else "")
        for line in lines
    )
    assert json.loads(text) == value


def test_each_field_comes_with_its_meaning() -> None:
    lines = annotate({"data": [{"evses": [{"status": "AVAILABLE"}]}], "status_code": 1000}, ANSWER)
    [status] = [line for line in lines if line.name == "status"]
    assert status.path == "data[0].evses[0].status"
    assert status.field
    assert (status.field.owner, status.field.chapter) == ("EVSE", "8 Locations")


def test_what_a_patch_changed_is_marked() -> None:
    lines = annotate({"status": "CHARGING", "last_updated": "2026-01-01T00:00:00Z"}, PATCH, changed={"status"})
    assert [line.name for line in lines if line.changed] == ["status"]
