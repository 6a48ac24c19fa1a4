"""What the demo says when something is missing on the way: a platform, a charger, an answer."""

import io
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from learning.demo import cast, entering
from learning.demo.callers import App, Control, status_for
from learning.demo.errors import DemoFailed
from learning.demo.hub_story import HubStory
from learning.demo.processes import Platforms, Process, check_port
from learning.demo.stage import Stage
from learning.demo.story import Story, forget_earlier_demos
from learning.terminal import running
from ocpi.partners import development
from ocpi.partners.models import Partner
from tests import factories
from tests.partner_server import PartnerServer
from tests.platforms import free_port


def platforms(folder: Path, **more: Any) -> Platforms:
    return Platforms(free_port(), free_port(), 60, "token-a", folder, **more)


def child(folder: Path, code: str, name: str = "eMSP") -> Process:
    return Process(name, [sys.executable, "-c", code], folder / "child.log", {})


class TestProcesses:
    def test_one_that_ends_is_named_with_the_last_line_of_its_log(self, tmp_path: Path) -> None:
        made = platforms(tmp_path)
        made.processes = [child(tmp_path, "print('no such database'); print(); raise SystemExit(3)")]
        made.processes[0].start()
        with pytest.raises(DemoFailed, match="the eMSP process ended with exit code 3: no such database"):
            made.wait(lambda: False, "nothing", seconds=30)
        made.end()

    def test_patience_has_an_end_and_names_the_logs(self, tmp_path: Path) -> None:
        with pytest.raises(DemoFailed, match=f"the bill did not come within 0 s. Logs: {tmp_path}"):
            platforms(tmp_path).wait(lambda: False, "the bill did not come", seconds=0.1)

    def test_all_that_run_are_no_complaint_and_end(self, tmp_path: Path) -> None:
        made = platforms(tmp_path)
        made.processes = [child(tmp_path, "import time; time.sleep(60)"), child(tmp_path, "", "never started")]
        made.processes[0].start()
        made.check()
        made.end()
        assert made.ended() == f"the eMSP process was killed by signal {signal.SIGTERM}. Its log is " \
                               f"{tmp_path / 'child.log'}: look there, then run the demo again."  # fmt: skip

    def test_a_log_that_is_not_there_has_no_last_line(self, tmp_path: Path) -> None:
        assert child(tmp_path, "").last_lines(3) == ""

    def test_a_port_in_use_is_told_before_anything_starts(self, tmp_path: Path, partner_server: PartnerServer) -> None:
        port = int(partner_server.origin.rpartition(":")[2])
        made = Platforms(port, free_port(), 60, "token-a", tmp_path)
        with pytest.raises(DemoFailed, match=f"port {port} is in use.*--emsp-port"):
            made.start()
        assert made.processes == []
        with pytest.raises(DemoFailed, match="--cpo-port"):
            check_port(port, "--cpo-port")


@pytest.mark.django_db
class TestPlatforms:
    """What a lesson in the terminal begins with."""

    def test_those_that_run_are_used(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(running, "answers", lambda url: True)
        with running.platforms(Console(file=io.StringIO()), 9, 10, tmp_path) as found:
            assert (found.emsp_url, found.processes) == ("http://localhost:9", [])

    def test_one_that_does_not_start_is_named_with_its_log(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def start(self: Platforms) -> None:
            self.processes = [child(tmp_path, "raise SystemExit('the disk is full')", "mock CPO")]
            self.processes[0].start()

        monkeypatch.setattr(Platforms, "start", start)
        begin = running.platforms(Console(file=io.StringIO()), free_port(), free_port(), tmp_path)
        with pytest.raises(DemoFailed, match="the mock CPO process ended with exit code 1: the disk is full"), begin:
            pytest.fail("nobody can learn without platforms")

    def test_the_operator_is_admitted_once(self, django_user_model: Any) -> None:
        cast.admit_operator()
        cast.admit_operator()
        assert django_user_model.objects.filter(username="demo", is_superuser=True).count() == 1


class TestCallers:
    def test_an_emsp_that_refuses_or_does_not_answer_ends_the_story(self, partner_server: PartnerServer) -> None:
        app = App(partner_server.origin, "token")
        partner_server.answer("GET", "emsp/2.2.1/locations", status_code=2001, message="no such thing")
        with pytest.raises(DemoFailed, match="the eMSP answered 200: no such thing"):
            app.get("locations")
        partner_server.answer("GET", "emsp/2.2.1/cdrs", status=404, status_code=2003)
        assert app.find("cdrs/C1") is None
        partner_server.answer("GET", "emsp/2.2.1/cdrs", data={"id": "C1"})
        assert app.find("cdrs/C1") == {"id": "C1"}
        with pytest.raises(DemoFailed, match=r"does not answer \(ConnectionError\)"):
            App(f"http://localhost:{free_port()}", "token").get("locations")

    def test_a_mock_cpo_that_does_not_answer_ends_it_too(self) -> None:
        with pytest.raises(DemoFailed, match=r"the mock CPO at .* does not answer \(ConnectionError\)"):
            Control(f"http://localhost:{free_port()}").get("health")
        with pytest.raises(DemoFailed, match=r"does not answer \(ConnectionError\)"):
            status_for(f"http://localhost:{free_port()}/ocpi/versions", "token-a")


class Asked:
    """A control API that answers from a table."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def get(self, path: str, **query: Any) -> Any:
        return self.answers[path]


def exchange(number: int, at: str = "2026-03-01T12:00:00+00:00", **changes: Any) -> dict[str, Any]:
    usual = {"id": number, "direction": "in", "method": "GET", "url": f"http://x/ocpi/cpo/2.2.1/n{number}",
             "status": 200, "request_headers": {}, "response_body": "no JSON", "error": None, "ms": 1.2,
             "at": at}  # fmt: skip
    return usual | changes


class TestStage:
    @pytest.fixture
    def out(self) -> io.StringIO:
        return io.StringIO()

    def stage(self, out: io.StringIO, *found: dict[str, Any]) -> Stage:
        return Stage(Console(file=out, width=150), Asked(exchanges=list(found)))

    def test_where_nothing_travelled_nothing_is_shown(self, out: io.StringIO) -> None:
        stage = self.stage(out)
        stage.exchanges()
        assert (out.getvalue(), stage.last_exchange) == ("", 0)

    def test_of_many_the_first_are_shown_in_their_order_and_the_rest_counted(self, out: io.StringIO) -> None:
        first, second = exchange(2), exchange(1, at="2026-03-01T12:00:01+00:00", status=None, error="refused")
        stage = self.stage(out, second, first, exchange(3, at="2026-03-01T12:00:02+00:00"))
        stage.exchanges(most=2)
        told = out.getvalue()
        assert told.index("/n2") < told.index("/n1")
        assert "refused · " in told
        assert "/n3" not in told
        assert "… and 1 more exchanges" in told
        assert stage.last_exchange == 3

    def test_what_is_not_so_ends_the_story(self, out: io.StringIO) -> None:
        with pytest.raises(DemoFailed, match="it differs"):
            self.stage(out).require(False, "it is the same", "it differs")
        self.stage(out).require(True, "it is the same", "it differs")
        assert "✓ it is the same" in out.getvalue()


@pytest.mark.django_db
class TestStory:
    @pytest.fixture
    def partner(self) -> Partner:
        return factories.partner(name=development.DEMO_CPO)

    def story(self, kind: type[Story], tmp_path: Path, asked: Any, control: Any = None) -> Story:
        stage = Stage(Console(file=io.StringIO(), width=150), control)
        return kind(platforms(tmp_path), stage, asked, control, "token-a")

    def place(self, **changes: Any) -> dict[str, Any]:
        plug = {"id": "1", "power_type": "DC", "tariff_ids": ["T1"]}
        evse = {"uid": "E1", "status": "AVAILABLE", "capabilities": ["REMOTE_START_STOP_CAPABLE"], "connectors": [plug]}
        return {"id": "L1", "name": "Site", "city": "Town", "country_code": "NL", "party_id": "CPO",
                "evses": [evse | changes]}  # fmt: skip

    @pytest.mark.parametrize("changes", [
        {"status": "CHARGING"}, {"capabilities": []}, {"connectors": [{"id": "1", "power_type": "AC_3_PHASE"}]},
    ])  # fmt: skip
    def test_a_charger_that_cannot_be_used_is_not_taken(
        self, changes: dict[str, Any], tmp_path: Path, partner: Partner
    ) -> None:
        strangers = self.place() | {"party_id": "XXX"}
        control = Asked(tap={"authorization": None})
        with pytest.raises(DemoFailed, match="no free DC charger was found"):
            self.story(Story, tmp_path, Asked(locations=[strangers, self.place(**changes)]), control).card_at_charger()

    def test_a_handshake_that_fails_is_told_with_the_logs(
        self, tmp_path: Path, partner: Partner, partner_server: PartnerServer
    ) -> None:
        partner_server.answer("GET", "versions", status=401, status_code=2002)
        Partner.objects.filter(pk=partner.pk).update(status="NEW")
        control = Asked(health={"versions_url": partner_server.versions_url})
        with pytest.raises(DemoFailed, match=f"the handshake failed: .*Logs: {tmp_path}"):
            self.story(Story, tmp_path, Asked(), control).handshake()

    def test_a_network_that_differs_is_told_with_both_numbers(self, tmp_path: Path, partner: Partner) -> None:
        control = Asked(state={"tariffs": 1}, locations=[{"private": False}, {"private": True}, {"private": False}])
        story = self.story(Story, tmp_path, Asked(locations=[self.place()], tariffs=[]), control)
        with pytest.raises(DemoFailed, match="1 locations here, but the CPO publishes 2"):
            story.compare_network()

    def test_a_hub_whose_parties_differ_is_told(self, tmp_path: Path) -> None:
        parties = [{"role": "CPO", "country_code": "DE", "party_id": "RHE", "status": "CONNECTED"}]
        control = Asked(tokens=[], locations=[], **{"hub/parties": parties})
        story = self.story(HubStory, tmp_path, Asked(), control)
        with pytest.raises(DemoFailed, match="DE-RHE holds 0 of 3 tokens"):
            story.compare_tokens(3)

    def test_platforms_of_an_earlier_demo_are_forgotten_and_others_are_not(self, partner: Partner) -> None:
        other = factories.partner(name="Real", party=("DE", "REA"), token="token-of-real")
        forget_earlier_demos()
        forget_earlier_demos()
        partner.refresh_from_db()
        other.refresh_from_db()
        assert (partner.connected, other.connected) == (False, True)


class TestEntering:
    def test_a_database_that_is_not_migrated_is_prepared(
        self, monkeypatch: pytest.MonkeyPatch, db: None, settings: Any
    ) -> None:
        asked: list[str] = []
        settings.REDIS_URL = ""
        monkeypatch.setattr(entering.MigrationExecutor, "migration_plan", lambda self, targets: ["0001"])
        monkeypatch.setattr(entering, "call_command", lambda name, **how: asked.append(name))
        out = io.StringIO()
        entering.prepare_database(Console(file=out))
        assert asked == ["migrate"]
        assert "Preparing the database" in out.getvalue()

    def test_a_redis_that_does_not_answer_is_told_without_its_password(self, db: None, settings: Any) -> None:
        settings.REDIS_URL = f"redis://:secret@127.0.0.1:{free_port()}/0"
        with pytest.raises(DemoFailed, match=r"Redis at 127\.0\.0\.1") as stop:
            entering.prepare_database(Console(file=io.StringIO()))
        assert "secret" not in str(stop.value)
