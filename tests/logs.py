"""A pytest plugin: what the processes of a fixture wrote while a test ran stands in the report when the test fails.

A fixture that starts processes says where they write: `logs.of(request, folder)`. The terminal, JUnit and HTML show
each file under its name, behind the traceback.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

LINES = 200  # of one file, the last ones
_folders = pytest.StashKey[dict[str, Path]]()
_before = pytest.StashKey[dict[Path, int]]()


def of(request: pytest.FixtureRequest, folder: Path) -> None:
    """Every .log and .txt file in `folder` and below is written by processes of this fixture."""
    request.session.stash.setdefault(_folders, {})[str(request.fixturename)] = folder


def _files(item: pytest.Item) -> Iterator[Path]:
    known = item.session.stash.get(_folders, {})
    for name in getattr(item, "fixturenames", ()):
        if name in known:
            yield from (path for path in sorted(known[name].rglob("*")) if path.suffix in (".log", ".txt"))


@pytest.hookimpl(optionalhook=True)
def pytest_html_report_title(report: Any) -> None:
    """Several of them are open side by side."""
    postgresql = os.environ.get("DATABASE_URL", "").startswith("postgres")
    report.title = f"Tests on {'PostgreSQL and Redis' if postgresql else 'SQLite'}"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What shared processes wrote before is of other tests."""
    item.stash[_before] = {path: path.stat().st_size for path in _files(item)}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and hasattr(report.longrepr, "addsection"):
        for path in _files(item):
            if text := _since(path, item.stash.get(_before, {}).get(path, 0)):
                report.longrepr.addsection(f"{path.name} while this test ran", text)
    return report


def _since(path: Path, size: int) -> str:
    with path.open("rb") as file:
        file.seek(size)
        lines = file.read().decode(errors="replace").rstrip().splitlines()
    left_out = [f"… {len(lines) - LINES} lines before"] if len(lines) > LINES else []
    return "\n".join(left_out + lines[-LINES:])
