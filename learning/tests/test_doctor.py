"""The doctor's single answers; tests/journeys/test_doctor.py runs the command as a new user does."""

import socket
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from learning import doctor
from tests.partner_server import PartnerServer

pytestmark = pytest.mark.requirement("SEED-13")


def test_what_is_there_is_ok(db: None) -> None:
    states = [doctor.python(), doctor.packages(), *doctor.configuration(), doctor.database(), doctor.migrations()]
    assert {answer.state for answer in states} == {"ok"}, states


def test_a_package_of_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "version", lambda name: "0.1" if name == "Django" else "9")
    found = doctor.packages()
    assert found.state == "wrong"
    assert "Django 0.1" in found.found
    assert "pip install -r requirements.txt" in found.mend


def test_a_package_that_is_missing_is_named_and_one_for_another_python_is_not(
    settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "requirements.txt").write_text(
        "# what it needs\nDjango==5.2\nnobody-has-this==1.0\nold==1.0; python_version < '3'\n"
    )
    monkeypatch.setattr(doctor, "version", installed)
    assert doctor.packages().found == "not as requirements.txt has it: nobody-has-this is missing"


def installed(name: str) -> str:
    if name != "Django":
        raise PackageNotFoundError(name)
    return "5.2"


def test_a_migration_that_is_not_applied_is_told_with_the_command(db: None) -> None:
    MigrationRecorder(connection).migration_qs.filter(app="ocpi_tokens").delete()
    found = doctor.migrations()
    assert (found.state, found.mend) == ("wrong", "python manage.py migrate")


def test_a_port_that_somebody_else_has_is_told_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
        found = doctor.port(number, "eMSP", f"http://127.0.0.1:{_unused()}/health", "manage.py demo --emsp-port 8010")
    assert found.state == "note"
    assert "--emsp-port" in found.mend


def _unused() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_an_emsp_that_is_not_healthy_is_told_part_by_part(settings: Any, partner_server: PartnerServer) -> None:
    settings.PUBLIC_URL = partner_server.base_url
    body = b'{"status": "unavailable", "checks": {"database": "ok", "worker": "no answer"}}'
    partner_server.answer("GET", "health", raw=body, status=503)
    found = doctor.emsp()
    assert found.state == "wrong"
    assert "worker no answer" in found.found
    assert "database" not in found.found


def test_a_clock_that_runs_differently_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_emsp_time", lambda: datetime.now(UTC) - timedelta(seconds=30))
    found = doctor.clock(has_database=False)
    assert found.state == "wrong"
    assert "the eMSP by 30 s" in found.found
