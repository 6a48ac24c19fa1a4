"""Messages that somebody wrote, and what is said of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from learning.explain import Problem, judge, shape_of
from ocpi.protocol.tests.samples import smallest

EXAMPLES = Path(__file__).parents[3] / "tests" / "spec_examples"
LOCATION = shape_of("locations", "PUT", "locations/NL/CPO/LOC1", to_emsp=True)
PATCH = shape_of("locations", "PATCH", "locations/NL/CPO/LOC1", to_emsp=True)
CDR = shape_of("cdrs", "POST", "cdrs", to_emsp=True)


def about(value: Any, shape: Any = LOCATION) -> tuple[str, list[Problem]]:
    text = json.dumps(value, indent=2)
    return text, judge(text, shape)


def underlined(text: str, problem: Problem) -> str:
    return text[problem.start : problem.end]


@pytest.mark.parametrize("name", ["location_example", "location_example_uc5_home_charge_point"])
def test_an_example_of_the_specification_is_in_order(name: str) -> None:
    text = (EXAMPLES / f"{name}.json").read_text()
    assert [problem for problem in judge(text, LOCATION) if problem.severity == "error"] == []


@pytest.mark.parametrize(
    ("field", "value", "path", "advice"),
    [
        ("publish", "true", "publish", "Whether it may be shown"),
        ("name", 4, "name", "in double quotes"),
        ("coordinates", {"latitude": "52,1", "longitude": "4.123456"}, "coordinates.latitude", "Degrees north"),
        ("country", "NL", "country", "three letters"),
        ("time_zone", "CET+1", "time_zone", "IANA"),
        ("last_updated", "yesterday", "last_updated", "last changed"),
    ],
)
def test_a_wrong_value_is_underlined_with_advice(field: str, value: Any, path: str, advice: str) -> None:
    text, [problem] = about({**smallest("Location"), field: value})
    assert (problem.path, problem.severity) == (path, "error")
    wrong = value["latitude"] if isinstance(value, dict) else value
    assert json.loads(underlined(text, problem)) == wrong
    assert advice in problem.advice


def test_an_enum_value_that_is_nearly_right_is_guessed() -> None:
    evse = {**smallest("EVSE"), "status": "AVAILBLE"}
    _, [problem] = about({**smallest("Location"), "evses": [evse]})
    assert problem.path == "evses[0].status"
    assert problem.advice == "Did you mean AVAILABLE?"


def test_what_is_missing_is_told_at_the_object_that_lacks_it() -> None:
    evse = {key: value for key, value in smallest("EVSE").items() if key != "last_updated"}
    text, [problem] = about({**smallest("Location"), "evses": [evse]})
    assert problem.path == "evses[0].last_updated"
    assert underlined(text, problem) == "{"
    assert text[problem.start + 1 :].lstrip().startswith('"uid"')


def test_an_unknown_field_is_a_remark_at_its_name() -> None:
    text, [problem] = about({**smallest("Location"), "postalcode": "1011"})
    assert (problem.severity, problem.advice) == ("remark", "Did you mean “postal_code”?")
    assert underlined(text, problem) == '"postalcode"'


def test_an_unknown_object_is_told_once() -> None:
    _, problems = about({**smallest("Location"), "x_own": [{"deep": {"deeper": 1}}]})
    assert [problem.path for problem in problems] == ["x_own"]


def test_a_patch_names_what_changes_and_when() -> None:
    assert about({"name": "New", "last_updated": "2026-01-01T00:00:00Z"}, PATCH)[1] == []
    _, [problem] = about({"name": "New"}, PATCH)
    assert (problem.path, problem.message) == ("last_updated", "is required")
    _, [problem] = about({"name": 5, "last_updated": "2026-01-01T00:00:00Z"}, PATCH)
    assert problem.path == "name"


def test_a_rule_between_fields_blames_the_field() -> None:
    _, [problem] = about({**smallest("CDR"), "credit": True}, CDR)
    assert problem.path == "credit"


def test_what_is_tolerated_is_a_remark() -> None:
    _, [problem] = about({**smallest("Location"), "last_updated": "2026-01-01T00:00:00+00:00"})
    assert problem.severity == "remark"
    assert "2019-01-28T12:00:00Z" in problem.message


@pytest.mark.parametrize("text", ["[]", '"x"', "5", "null"])
def test_only_an_object_can_be_an_object(text: str) -> None:
    [problem] = judge(text, LOCATION)
    assert problem.message == "must be a JSON object"


def test_a_name_that_stands_twice_is_an_error() -> None:
    text = json.dumps(smallest("Location"))
    [problem] = judge(text[:-1] + ', "id": "OTHER"}', LOCATION)
    assert (problem.path, problem.severity) == ("id", "error")


def test_what_is_no_json_is_told_with_line_and_column() -> None:
    [problem] = judge('{\n  "id": LOC1\n}', LOCATION)
    assert (problem.line, problem.column) == (2, 9)
