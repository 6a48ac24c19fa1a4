"""The package could be published on its own."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
MODULES = sorted(PACKAGE.glob("*.py"))
ALLOWED = {*sys.stdlib_module_names, "ocpi.protocol", "orjson", "pydantic", "pydantic_core", "typing_extensions"}
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "sleep"}


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_nothing_but_the_standard_library_and_pydantic_and_orjson(module: Path) -> None:
    for name in imported(module):
        assert name in ALLOWED or name.startswith("ocpi.protocol.") or name.split(".")[0] in ALLOWED - {"ocpi.protocol"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_reads_no_clock(module: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Call)]
    assert not {call.attr for call in calls if isinstance(call, ast.Attribute)} & CLOCKS
