"""The table of the mutation score, and where it is written."""

from pathlib import Path

import pytest

from ocpi.conformance.findings import Report, Result, Verdict
from ocpi.conformance.registry import Level, Target, checks
from ocpi.core import clock

from . import summary
from .mutants import CATALOGUE, Mutant
from .score import Outcome


def outcome(target: Target, rows: str, hit: str = "") -> Outcome:
    return Outcome(Mutant("made up", target, tuple(rows.split()), Level.OBJECTS), frozenset(hit.split()), 1, "")


def report(target: Target, *failed: str) -> Report:
    wrong = [each for each in checks(target) if set(each.rows) & set(failed)]
    results = [Result(check, Verdict.FAILED) for check in wrong[:1]]
    return Report(str(target), "http://cpo.test", clock.now(), results)


def test_defects_are_counted_by_module_and_platform() -> None:
    outcomes = [
        outcome(Target.CPO, "PAG-08", "PAG-08"), outcome(Target.CPO, "PAG-09 TRA-01", "LOC-01"),
        outcome(Target.EMSP, "PAG-08", "PAG-08"), outcome(Target.CPO, "TCS-52", "TCS-52"),
    ]  # fmt: skip
    clean = {target: report(target) for target in Target}
    assert summary.rows(outcomes, clean) == [
        ("Paging", Target.CPO, 2, 1, 0), ("Paging", Target.EMSP, 1, 1, 0), ("CDRs", Target.CPO, 1, 1, 0),
    ]  # fmt: skip


def test_what_is_reported_where_nothing_is_wrong_has_its_column() -> None:
    found = summary.rows([outcome(Target.CPO, "LOC-01", "LOC-01")], {Target.CPO: report(Target.CPO, "PAG-08")})
    assert ("Paging", Target.CPO, 0, 0, 1) in found
    assert summary.table(found).splitlines()[-1] == "| **all** | CPO | 1 | 1 | 1 |"


def test_each_row_of_the_catalogue_belongs_to_a_module() -> None:
    assert {row[:3] for mutant in CATALOGUE for row in mutant.rows} <= summary.MODULES.keys()


def test_the_table_replaces_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{summary.BEGIN}\nold\n{summary.END}\nafter\n")
    summary.write(page, "new")
    assert page.read_text() == f"before\n{summary.BEGIN}\nnew\n{summary.END}\nafter\n"


def test_a_page_without_its_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("by hand\n")
    with pytest.raises(ValueError, match="does not say where"):
        summary.write(page, "new")
    assert page.read_text() == "by hand\n"
