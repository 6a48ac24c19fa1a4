"""Every mandatory row of the requirements checklist is named by a test, or it is said here why not yet."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from .mandatory_rows import MANDATORY

ROOT = Path(__file__).resolve().parents[2]
TESTS = ("ocpi", "tests")  # the mock CPO's own tests prove the mock CPO

# Rows that need what is not built yet; the reason stands beside each. Keep this as small as honesty allows.
LEFT_FOR_LATER: dict[str, str] = {}
# Rows for both sides in which only a CPO has anything to do; the tests of the mock CPO prove them.
DONE_BY_CPOS = {
    "TOK-27": "what a whitelist means is decided at the charger; we answer every request in real time",
}


def named(source: str) -> Iterator[str]:
    """The IDs in every `pytest.mark.requirement(...)` of a file: decorators, marks of parameters, pytestmark."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
            yield from (str(ast.literal_eval(argument)) for argument in node.args)


def proven(*folders: str) -> set[str]:
    """The IDs that the tests below these folders name."""
    files = (path for folder in folders for path in (ROOT / folder).rglob("test_*.py"))
    return {row for path in files for row in named(path.read_text())}


def test_marks_are_read_wherever_they_stand() -> None:
    source = """
pytestmark = pytest.mark.requirement("TRA-01")
@pytest.mark.requirement("TRA-02", "TRA-03")
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.requirement("TRA-04"))])
def test_x(x): ...
"""
    assert sorted(named(source)) == ["TRA-01", "TRA-02", "TRA-03", "TRA-04"]


@pytest.mark.parametrize("section", sorted({row.split("-")[0] for row in MANDATORY}))
def test_every_mandatory_row_has_a_test(section: str) -> None:
    rows = {row for row in MANDATORY if row.startswith(section)}
    assert sorted(rows - proven(*TESTS) - LEFT_FOR_LATER.keys() - DONE_BY_CPOS.keys()) == []


def test_nothing_is_excused_that_has_a_test_or_is_not_mandatory() -> None:
    excused = LEFT_FOR_LATER.keys() | DONE_BY_CPOS.keys()
    assert sorted(excused & proven(*TESTS) | excused - MANDATORY.keys()) == []


def test_what_cpos_do_is_proven_by_the_mock_cpo() -> None:
    assert sorted(DONE_BY_CPOS.keys() - proven("mock_cpo")) == []
