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


def named(source: str) -> Iterator[str]:
    """The IDs in every `pytest.mark.requirement(...)` of a file: decorators, marks of parameters, pytestmark."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
            yield from (str(ast.literal_eval(argument)) for argument in node.args)


def proven() -> dict[str, set[str]]:
    """ID → the files that name it."""
    found: dict[str, set[str]] = {}
    for folder in TESTS:
        for path in (ROOT / folder).rglob("test_*.py"):
            for row in named(path.read_text()):
                found.setdefault(row, set()).add(str(path.relative_to(ROOT)))
    return found


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
    known = proven()
    rows = [row for row in MANDATORY if row.startswith(section)]
    assert [row for row in rows if row not in known and row not in LEFT_FOR_LATER] == []


def test_nothing_is_left_for_later_that_has_a_test_or_is_not_mandatory() -> None:
    assert [row for row in LEFT_FOR_LATER if row in proven() or row not in MANDATORY] == []
