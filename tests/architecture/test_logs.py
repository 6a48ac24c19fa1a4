"""A test that fails tells what the processes of its fixtures wrote meanwhile; shown to pytest itself."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.platforms import ROOT

CONFTEST = """
import pytest
from tests import logs

@pytest.fixture(scope="session")
def platforms(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("platforms")
    (folder / "logs").mkdir()
    logs.of(request, folder)
    (folder / "logs" / "emsp.log").write_text("starting\\n")
    return folder / "logs" / "emsp.log"

@pytest.fixture
def demo(platforms):
    return platforms
"""
TESTS = """
def write(log, text):
    with log.open("a") as file:
        file.write(text)

def test_1_passes(demo):
    write(demo, "nobody needs this\\n")

def test_2_fails(demo):
    write(demo, "500 at PUT locations: ü\\n")
    assert demo is None

def test_3_fails_with_much_to_say(demo):
    write(demo, "".join(f"line {n}\\n" for n in range(1000)))
    assert demo is None

def test_4_fails_without_processes():
    assert False, "alone"
"""
OPTIONS = ("-p", "no:django", "-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider", "-q")


@pytest.mark.long
def test_a_failure_shows_what_was_written_meanwhile(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the terminal and in JUnit: nothing of another test, no more than a reader wants."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess(*OPTIONS, "-p", "tests.logs", "--junitxml=junit.xml")
    result.assert_outcomes(passed=1, failed=3)
    cases = ET.parse(Path(pytester.path) / "junit.xml").iter("testcase")  # noqa: S314 - our own
    junit = {case.get("name"): "".join(case.itertext()) for case in cases}
    result.stdout.fnmatch_lines(["*emsp.log while this test ran*", "500 at PUT locations: ü"])
    assert "500 at PUT locations: ü" in junit["test_2_fails"]
    assert "nobody needs this" not in junit["test_2_fails"]
    much = junit["test_3_fails_with_much_to_say"]
    assert ("… 800 lines before" in much, "line 800" in much, "line 799" in much) == (True, True, False)
    assert "500 at PUT" not in much
    assert "emsp.log" not in junit["test_4_fails_without_processes"]
