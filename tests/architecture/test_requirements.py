"""Every mandatory row of the requirements checklist is named by a test."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from .mandatory_rows import MANDATORY

ROOT = Path(__file__).resolve().parents[2]
TESTS = ("ocpi", "tests")  # the mock CPO's own tests prove the mock CPO


def named(source: str) -> Iterator[str]:
    """The IDs in every `pytest.mark.requirement(...)` of a file: decorators, marks of parameters, pytestmark."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
            yield from (str(ast.literal_eval(argument)) for argument in node.args)


def proven(*folders: str) -> set[str]:
    """The IDs that the tests below these folders name."""
    return {row for folder in folders for row in _below(folder)}


@cache
def _below(folder: str) -> frozenset[str]:
    return frozenset(row for path in (ROOT / folder).rglob("test_*.py") for row in named(path.read_text()))


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
    assert sorted(rows - proven(*TESTS)) == []
