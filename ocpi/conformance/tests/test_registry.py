"""The declarations: every check says what the standard says, and names rows that exist."""

import pytest

from ocpi.conformance.registry import Severity, Target, checks
from tests.compliance import rows

TARGETS = list(Target)
BEYOND = ("TCS-", "AMB-")  # sections of the checklist that are no rows of the protocol


@pytest.mark.parametrize("target", TARGETS)
def test_every_check_says_what_the_standard_says(target: Target) -> None:
    for check in checks(target):
        assert check.explanation.endswith("."), check.name


@pytest.mark.parametrize("target", TARGETS)
def test_every_row_exists(target: Target) -> None:
    known = set(rows.rows())
    named = {row for check in checks(target) for row in check.rows if not row.startswith(BEYOND)}
    assert named <= known, named - known


@pytest.mark.parametrize("target", TARGETS)
def test_no_check_demands_more_than_the_standard(target: Target) -> None:
    """[M] is a demand, [S] a recommendation, and [D] what we decided where the standard is silent."""
    most = {"M": Severity.ERROR, "S": Severity.WARNING, "D": Severity.NOTE}
    known = rows.rows()
    for check in checks(target):
        strengths = [most[known[row].strength] for row in check.rows if row in known]
        priced = any(row.startswith("TCS-") for row in check.rows)  # worked examples of the tariffs chapter
        assert check.severity <= max(strengths) or priced, f"{check.name}: {check.severity.name}"


@pytest.mark.parametrize("target", TARGETS)
def test_names_are_unique(target: Target) -> None:
    """Comparisons with the last run go by them."""
    names = [(check.name, check.module) for check in checks(target)]
    assert len(names) == len(set(names))


def test_titles_are_written_as_people_write_them() -> None:
    titles = {check.name: check.title for check in checks(Target.CPO)}
    assert titles["modules_of_a_cpo"] == "Modules of a CPO"
    assert titles["sent_cdrs_are_valid"] == "Sent CDRs are valid"
