"""The conformance kit against platforms that are not ours: it ends, and finds what was verified by hand, nothing else.

The list is the table in docs/conformance.md.
"""

import re
from pathlib import Path

import pytest

from ocpi.conformance import engine
from ocpi.conformance.findings import Report, Verdict
from ocpi.conformance.kit import Kit, Options
from ocpi.conformance.listener import Listener
from ocpi.conformance.registry import Level, Target

from . import foreign as stack
from .conftest import ROOT

ROW = re.compile(r"^\| (both|CPO|eMSP) \| `(\w+)` \| ([A-Z0-9 -]+) \| (error|warning|note) \|")
pytestmark = pytest.mark.timeout(300)  # the first run installs
Found = set[tuple[str, str, str]]


def verified(name: str) -> Found:
    """Check, rows and weight of each finding in the handbook."""
    lines = map(ROW.match, (ROOT / "docs" / "conformance.md").read_text().splitlines())
    return {line.group(2, 3, 4) for line in lines if line and line[1] in (name, "both")}  # type: ignore[misc]


def found(report: Report) -> Found:
    return {
        (result.check.name, " ".join(result.check.rows), result.check.severity.name.lower()) for result in report.failed
    }


def examined(target: Target, url: str, **options: object) -> Report:
    listener = Listener()
    try:
        reach = Options(Level.COMMANDS, second_token="second-token-a", patience=15, **options)  # type: ignore[arg-type]
        return engine.run(Kit(target, f"{url}/ocpi/versions", "first-token-a", listener, reach))
    finally:
        listener.close()


def undecided(report: Report) -> list[str]:
    return [result.key for result in report.results if result.verdict is Verdict.UNDECIDED]


def test_a_cpo_on_a_foreign_stack(tmp_path: Path) -> None:
    with stack.running("cpo", tmp_path, "first-token-a", "second-token-a") as url:
        report = examined(Target.CPO, url, endpoints={"commands": f"{url}/ocpi/cpo/2.2.1/commands"})
    assert (report.stopped, undecided(report)) == ("", [])
    assert found(report) == verified("CPO")
    passed = {result.check.name for result in report.results if result.verdict is Verdict.PASSED}
    assert passed >= {"cost_by_the_tariff", "session_is_completed", "reserve_and_cancel", "update_credentials"}


def test_an_emsp_on_a_foreign_stack(tmp_path: Path) -> None:
    with stack.running("emsp", tmp_path, "first-token-a", "second-token-a") as url:
        report = examined(Target.EMSP, url)
    assert (report.stopped, undecided(report)) == ("", [])
    assert found(report) == verified("eMSP")
    passed = {result.check.name for result in report.results if result.verdict is Verdict.PASSED}
    assert passed >= {"locations_of_another_cpo", "known_card", "put_session", "update_credentials"}
