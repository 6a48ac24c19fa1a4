"""The doctor's single answers; tests/journeys/test_doctor.py runs the command as a new user does."""

import io
import socket
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.checks import Info, Warning
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from learning import doctor
from tests.partner_server import PartnerServer
from tests.ports import free_port

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
        found = doctor.port(number, "eMSP", f"http://127.0.0.1:{free_port()}/health", "manage.py demo --emsp-port 8010")
    assert found.state == "note"
    assert "--emsp-port" in found.mend


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


def test_a_python_that_is_too_old_is_told_with_the_way_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PYTHON", (99, 0))
    found = doctor.python()
    assert (found.state, found.mend) == ("wrong", "make PYTHON=python3.11 install")


def test_settings_that_django_warns_of_are_told_with_its_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    warning, silent = Warning("it is\nweak", hint="make it longer", id="security.W9"), Info("fine", id="x.I1")
    monkeypatch.setattr(doctor.checks, "run_checks", lambda **how: [warning, silent])
    assert list(doctor.configuration()) == [
        doctor.Answer("settings", "wrong", "security.W9: it is weak", "make it longer")
    ]


def test_without_redis_both_broker_and_worker_live_in_the_web_process(settings: Any) -> None:
    settings.REDIS_URL, settings.EMBEDDED_WORKER = "", True
    assert [(each.state, "in the web process" in each.found) for each in (doctor.broker(), doctor.worker())] == [
        ("ok", True), ("ok", True)
    ]  # fmt: skip


def test_a_redis_that_does_not_answer_is_told(settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    found = doctor.broker()
    assert (found.state, "ConnectionError" in found.found) == ("wrong", True)


@pytest.mark.parametrize(("answers", "state", "words"), [
    ([{"celery@here": {"ok": "pong"}}], "ok", "celery@here answers"), ([], "wrong", "nobody answered"),
    (OSError("no broker"), "wrong", "OSError"),
])  # fmt: skip
def test_a_worker_is_there_when_it_answers(
    answers: Any, state: str, words: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broadcast(*_: Any, **how: Any) -> Any:
        if isinstance(answers, OSError):
            raise answers
        return answers

    settings.EMBEDDED_WORKER = False
    monkeypatch.setattr(doctor.current_app.control, "broadcast", broadcast)
    found = doctor.worker()
    assert (found.state, words in found.found) == (state, True)


def test_a_port_is_free_or_has_its_own_platform(partner_server: PartnerServer) -> None:
    number = int(partner_server.origin.rpartition(":")[2])
    assert doctor.port(number, "eMSP", partner_server.versions_url, "elsewhere").found == "the eMSP is there"
    assert doctor.port(free_port(), "eMSP", "", "elsewhere").found == "free for the eMSP"


def test_a_healthy_emsp_and_a_mock_cpo_are_told_where_they_are(
    settings: Any, partner_server: PartnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_URL = partner_server.base_url
    partner_server.answer("GET", "health", raw=b'{"checks": {"database": "ok"}}')
    assert doctor.emsp().found == f"healthy at {partner_server.base_url}"
    monkeypatch.setattr(doctor, "MOCK_CPO", f"{partner_server.base_url}/health")
    assert doctor.mock_cpo().state == "ok"
    monkeypatch.setattr(doctor, "MOCK_CPO", f"http://127.0.0.1:{free_port()}/health")
    assert doctor.mock_cpo().mend.startswith("make demo")
    assert doctor.clock(has_database=False).state == "ok"


def test_a_disk_that_is_nearly_full_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=0.5e9))
    found = doctor.disk()
    assert (found.state, found.found) == ("wrong", "0.5 GB free")


def test_the_command_ends_with_the_number_of_what_must_be_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [doctor.Answer("disk", "wrong", "0.5 GB free", "make room"), doctor.Answer("Python", "ok", "3.11")]
    out = io.StringIO()
    monkeypatch.setattr(doctor, "examine", lambda: iter(answers))
    with pytest.raises(CommandError, match="1 of the above must be mended"):
        call_command("doctor", stdout=out)
    assert "✗ disk        0.5 GB free\n    → make room\n✓ Python      3.11" in out.getvalue()
    monkeypatch.setattr(doctor, "examine", lambda: iter(answers[1:]))
    call_command("doctor", stdout=out)
    assert "Everything that is needed is there." in out.getvalue()
