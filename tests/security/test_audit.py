"""What `make check` says of pip-audit's report."""

import json
from typing import Any

import pytest

from tests.security.audit import verdict

GOOD = {"name": "django", "version": "5.2", "vulns": []}
BAD = {"name": "old", "version": "1", "vulns": [{"id": "CVE-2026-1", "fix_versions": ["2"]}]}
SKIPPED = {"name": "mine", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "code", "told"),
    [
        ([GOOD], 0, "no known vulnerability in 1 packages"),
        ([GOOD, SKIPPED], 0, "not looked at: mine"),
        ([SKIPPED], 0, "left out"),
        ([GOOD, BAD, SKIPPED], 1, "old 1: CVE-2026-1, fixed in 2"),
    ],
)
def test_only_a_known_vulnerability_fails(packages: list[Any], code: int, told: str) -> None:
    found, text = verdict(json.dumps({"dependencies": packages}), "")
    assert found == code
    assert told in text


@pytest.mark.parametrize("output", ["", "ERROR", "{}", "[]"])
def test_without_a_network_it_says_so_and_goes_on(output: str) -> None:
    assert verdict(output, "ConnectionError: name resolution\n") == (
        0,
        "pip-audit: left out, the vulnerability database cannot be reached (ConnectionError: name resolution)",
    )
