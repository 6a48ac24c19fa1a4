"""The suites of tests: what they run exists, where they run it, and what they leave behind."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests import run
from tests.suites import ON_POSTGRESQL, ON_SQLITE, SUITES


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[SimpleNamespace]:
    """What would have been run. Whatever holds `failing` fails."""
    found: list[SimpleNamespace] = []

    def remember(command: list[str], *, env: Any = None, **_: Any) -> Any:
        found.append(SimpleNamespace(line=" ".join(command[1:]), environment=env))
        return SimpleNamespace(returncode=int("failing" in command and "DATABASE_URL" in (env or {})))

    monkeypatch.setattr(subprocess, "run", remember)
    monkeypatch.setattr(run, "_missing", list)
    return found


def test_every_path_of_a_suite_exists() -> None:
    for path in (*ON_SQLITE, *ON_POSTGRESQL):
        assert (run.ROOT / path).exists(), path


def test_every_path_with_markers_exists(request: pytest.FixtureRequest) -> None:
    plugin: Any = request.config.pluginmanager.get_plugin(str(run.ROOT / "conftest.py"))
    assert [path for path in plugin.FOLDERS if not (run.ROOT / path).exists()] == []


def test_quick_is_both_databases_and_ends_with_sqlite(commands: list[SimpleNamespace]) -> None:
    assert run.run(SUITES["quick"], run.Options()) == 0
    first, second = commands
    assert "-m commits and not slow and not long" in first.line
    assert first.environment["DATABASE_URL"] == run.DATABASE_URL
    assert "-m not slow and not long" in second.line
    assert "DATABASE_URL" not in second.environment


def test_without_postgresql_everything_runs_on_sqlite(
    commands: list[SimpleNamespace], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "_missing", lambda: ["Redis: refused"])
    run.run(SUITES["all"], run.Options())
    assert len(commands) == 1
    assert "--ignore" not in commands[0].line
    assert "left out: PostgreSQL and Redis (Redis: refused)" in capsys.readouterr().out


def test_where_postgresql_answers_sqlite_is_spared_what_runs_there(commands: list[SimpleNamespace]) -> None:
    run.run(SUITES["all"], run.Options())
    first, second = (command.line for command in commands)
    for path in ON_POSTGRESQL:
        assert f"--ignore={path}" in second
        assert f"--ignore={path}" not in first


def test_a_round_that_failed_fails_the_suite(commands: list[SimpleNamespace]) -> None:
    assert run.run(SUITES["all"], run.Options(extra=("failing",))) == 1
    assert len(commands) == 2


def test_the_tests_hear_nothing_of_an_installation(
    commands: list[SimpleNamespace], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://production")
    monkeypatch.setenv("OCPI_HOST", "emsp.example")
    run.run(SUITES["unit"], run.Options())
    assert not {"DATABASE_URL", "OCPI_HOST"} & set(commands[0].environment)


def test_reports_are_written_and_none_of_an_earlier_run_stays(commands: list[SimpleNamespace], tmp_path: Path) -> None:
    (tmp_path / "junit-postgresql.xml").touch()
    run.run(SUITES["compliance"], run.Options(reports=tmp_path, coverage=True))
    tests, *coverage = (command.line for command in commands)
    assert tests.startswith("-m coverage run -m pytest ")
    assert f"--junitxml={tmp_path}/junit-sqlite.xml" in tests
    assert f"--html={tmp_path}/tests-sqlite.html --self-contained-html" in tests
    assert f"--compliance-report={tmp_path}" in tests
    assert [line.split()[2] for line in coverage] == ["combine", "html", "xml"]
    assert list(tmp_path.iterdir()) == []


def test_the_command_passes_on_what_it_is_told(commands: list[SimpleNamespace], tmp_path: Path,
                                               monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(run, "REPORTS", tmp_path)
    call_command("run_tests", "unit", "--parallel", "--verbose", "--no-coverage", pytest="-k tariff")
    (tests,) = commands
    assert tests.line.startswith(f"-m pytest -v -rs -n {run.PROCESSES} --dist loadgroup ")
    assert tests.line.endswith("-m unit -k tariff")


def test_the_command_installs_first_what_is_needed(commands: list[SimpleNamespace], tmp_path: Path,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(run, "REPORTS", tmp_path)
    call_command("run_tests", "performance", "--install-deps")
    assert commands[0].line.startswith("-m pip install")
    assert commands[0].line.endswith("requirements-dev.txt")
    assert "pytest -q" in commands[1].line


def test_the_command_fails_where_a_test_does(commands: list[SimpleNamespace], tmp_path: Path,
                                             monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(run, "REPORTS", tmp_path)
    with pytest.raises(CommandError, match="all: not all passed") as caught:
        call_command("run_tests", pytest="failing")
    assert caught.value.returncode == 1


def test_what_is_no_test_is_left_to_pytest(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """A demo leaves its database beside the tests; a clone in which nothing ran yet has none."""
    ours = pytestconfig.pluginmanager.getplugin(str(run.ROOT / "conftest.py"))
    asked = SimpleNamespace(option=SimpleNamespace(markexpr="commits and not slow and not long"))
    database = tmp_path / "db.sqlite3"
    database.write_bytes(b"SQLite format 3\x00\xf2")
    assert ours.pytest_ignore_collect(database, asked) is None
    never_commits = run.ROOT / "ocpi" / "core" / "tests" / "test_sheets.py"
    assert ours.pytest_ignore_collect(never_commits, asked) is True
