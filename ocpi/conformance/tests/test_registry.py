"""The declarations: every check says what the standard says, and names rows that exist."""

import pytest

from ocpi.conformance.registry import Target, checks
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
def test_names_are_unique(target: Target) -> None:
    """Comparisons with the last run go by them."""
    names = [(check.name, check.module) for check in checks(target)]
    assert len(names) == len(set(names))
