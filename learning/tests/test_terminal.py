"""The terminal: lanes, fields in words, messages that are written, and the menu."""

import io
import os
import select
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from rich.console import Console

from learning.course import catalogue
from learning.course.claims import CPO, EMSP
from learning.course.errors import Trouble
from learning.course.exchanges import Traffic
from learning.course.lesson import Message, Write
from learning.models import Learner, Run
from learning.terminal import drawing, environment, menu, pages, playing, running, testing, writing
from learning.terminal.environment import Environment
from learning.terminal.menu import Menu
from learning.terminal.writing import Draft
from ocpi.core import clock
from tests.ports import free_port

from .terminal import saying, text_of

EDITOR = """
import pathlib, sys
file = pathlib.Path(sys.argv[1])
file.write_text(file.read_text().replace("BUSY", "BLOCKED"))
"""
NOWHERE = "http://localhost:9"


def traffic(**changes: Any) -> Traffic:
    usual: dict[str, Any] = {
        "id": 5, "by": EMSP, "to": CPO, "method": "GET", "target": "/ocpi/cpo/2.2.1/locations?limit=2",
        "module": "locations", "http": 200, "ocpi": 1000, "ms": 12, "at": datetime(2026, 3, 1, tzinfo=UTC),
        "url": "http://x/ocpi/cpo/2.2.1/locations", "answer": {"data": [{"id": "L1"}], "status_code": 1000},
        "answer_headers": {"X-Limit": "2"},
    }  # fmt: skip
    return Traffic(**usual | changes)


class TestDrawing:
    @pytest.mark.parametrize(("changes", "expected"), [
        ({}, "│─ GET locations?limit=2 ─"), ({}, "▶│ 200 · 1000  12 ms  [3]"),
        ({"by": CPO, "to": EMSP, "method": "PUT", "target": "/ocpi/emsp/2.2.1/sessions/NL/0AB/S1"},
         "─ PUT sessions/NL/0AB/S1 ─│"),
        ({"token": "C"}, "│─ [C] GET locations?limit=2 ─"),
        ({"http": 401, "ocpi": None}, "401  12 ms"), ({"http": None, "ocpi": None, "error": "no answer"}, "no answer"),
        ({"target": "/ocpi/versions"}, "GET versions"), ({"target": "/worlds/1/ocpi/cpo/versions"}, "GET cpo/versions"),
    ])  # fmt: skip
    def test_arrows_point_where_messages_went(self, changes: dict[str, Any], expected: str) -> None:
        assert expected in drawing.arrow(traffic(**changes), 3).plain

    def test_all_arrows_end_in_the_same_column(self) -> None:
        lengths = {
            drawing.arrow(traffic(target=f"/ocpi/cpo/2.2.1/{'x' * n}"), 1).plain.rindex("│") for n in (1, 20, 80)
        }
        assert len(lengths) == 1

    @pytest.mark.parametrize(("path", "value"), [
        ("answer.data.0.id", "L1"), ("answer_headers.x-limit", "2"), ("answer.data.#", 1),
    ])  # fmt: skip
    def test_fields_are_found_by_path(self, path: str, value: Any) -> None:
        assert drawing.value_at(traffic(), path) == value

    def test_a_field_is_told_in_the_words_of_the_protocol(self) -> None:
        told = drawing.field(traffic(), "answer.data.0.time_zone").plain
        assert "Location.time_zone" in told
        assert "required" in told or "one" in told
        assert "no such field" in drawing.field(traffic(), "answer.data.0.nonsense").plain

    def test_a_choice_of_values_is_told_and_a_message_as_a_whole_is_no_field(self) -> None:
        assert "one of " in drawing.field(traffic(), "answer.data.0.parking_type").plain
        assert "no such field" in drawing.field(traffic(), "answer").plain

    @pytest.mark.parametrize(
        ("target", "shown"), [("/ocpi/cpo/2.2.1/", "GET 2.2.1 "), ("/elsewhere", "GET /elsewhere ")]
    )
    def test_an_address_is_as_short_as_it_can_be(self, target: str, shown: str) -> None:
        assert shown in drawing.arrow(traffic(target=target), 1).plain

    def test_what_is_not_there_is_a_dash_and_what_is_long_is_cut(self, console: Console) -> None:
        long = traffic(answer={"data": [{"id": "x" * 90}]})
        console.print(drawing.looked_at(long, [("answer.data.0.id", "its name"), ("answer.data.7.id", "missing")]))
        told = text_of(console)
        assert f"{'x' * 59}…" in told
        assert "–" in told

    def test_a_body_that_is_no_json_is_shown_as_it_is(self, console: Console) -> None:
        console.print(drawing.message(traffic(answer="<html>502</html>", http=502, ocpi=None), 1))
        assert "<html>502</html>" in text_of(console)

    def test_a_mark_that_does_not_end_is_text(self) -> None:
        assert drawing.prose("2 ** 3 is `eight", 80) == "2 ** 3 is `eight"

    def test_a_claim_that_does_not_hold_is_told_with_what_differs(self, console: Console) -> None:
        drawing.claims(console, [
            {"says": "it answers [1]", "holds": False, "differs": ["HTTP status 500, not 200"]},
            {"says": "it came", "holds": True, "differs": []},
        ])  # fmt: skip
        assert text_of(console).split("\n") == [
            "   ✗ it answers [1]", "       HTTP status 500, not 200", "   ✓ it came", ""
        ]  # fmt: skip

    def test_a_message_is_shown_whole(self, console: Console) -> None:
        console.print(drawing.message(traffic(), 3))
        assert all(word in text_of(console) for word in ("X-Limit: 2", '"id": "L1"', "message 3: EMSP → CPO"))

    def test_prose_keeps_its_marks_and_nothing_else(self) -> None:
        assert drawing.prose("**Token A** is `x` [b]", 80) == r"[bold]Token A[/] is [cyan]x[/] \[b]"


class TestWriting:
    @pytest.fixture
    def step(self) -> Write:
        body = {"status": "BUSY", "last_updated": "2026-03-01T12:00:00Z"}
        begin = Message("PATCH", "locations", ["NL", "0AB", "L1", "E1"], body=body)
        solution = Message("PATCH", "locations", ["NL", "0AB", "L1", "E1"], body=body | {"status": "CHARGING"})
        return Write("t", "t", begin=begin, solution=solution, hint="look at status")

    def test_it_is_mended_field_by_field_and_sent(self, console: Console, step: Write) -> None:
        lines = saying("check", "set body.status CHARGING", "set path.3 E2", "drop body.nothing", "send")
        sent = writing.write(console, lines, Draft(step, Run()))
        assert sent is not None
        assert (sent["body"]["status"], sent["path"][-1]) == ("CHARGING", "E2")
        assert "body.status" in text_of(console)
        assert "no such place" in text_of(console)

    def test_a_hint_and_the_solution_can_be_had(self, console: Console, step: Write) -> None:
        sent = writing.write(console, saying("hint", "what", "solution", "s"), Draft(step, Run()))
        assert sent is not None
        assert sent["body"]["status"] == "CHARGING"
        assert "look at status" in text_of(console)

    def test_it_can_be_left(self, console: Console, step: Write) -> None:
        assert writing.write(console, saying("q"), Draft(step, Run())) is None

    @pytest.mark.parametrize(("text", "value"), [("7", 7), ("true", True), ('"7"', "7"), ("AVAILABLE", "AVAILABLE")])
    def test_values_are_json_or_text(self, text: str, value: Any) -> None:
        assert writing.value_of(text) == value

    def test_it_can_be_written_in_an_editor(
        self, console: Console, step: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        editor = tmp_path / "editor.py"
        editor.write_text(EDITOR)
        monkeypatch.setenv("EDITOR", f"{sys.executable} {editor}")
        sent = writing.write(console, saying("edit", "send"), Draft(step, Run()))
        assert sent is not None
        assert sent["body"]["status"] == "BLOCKED"

    @pytest.mark.parametrize("left", ["[]", "{", ""])
    def test_what_an_editor_leaves_behind_may_be_no_message(
        self, console: Console, step: Write, left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        editor = tmp_path / "editor.py"
        editor.write_text(f"import sys; open(sys.argv[1], 'w').write({left!r})")
        monkeypatch.setenv("EDITOR", f"{sys.executable} {editor}")
        sent = writing.write(console, saying("edit", "send"), Draft(step, Run()))
        assert sent is not None
        assert sent["body"]["status"] == "BUSY"
        assert "no such place" in text_of(console)

    def test_a_place_that_is_not_there_yet_is_made(self, step: Write) -> None:
        draft = Draft(step, Run())
        draft.set("body.coordinates.latitude", "1.0")
        assert draft.message["body"]["coordinates"] == {"latitude": "1.0"}


class TestPlaying:
    """What can be asked for while a lesson waits."""

    def desk(self, console: Console, *lines: str) -> playing.Desk:
        made = playing.Desk(console, saying(*lines), Learner(session_key="t"))
        made.drawn = [traffic(), traffic(id=6, target="/ocpi/versions")]
        return made

    def test_messages_are_listed_shown_and_explained(self, console: Console) -> None:
        desk = self.desk(console, "m", "m 2", "x 1 answer.data.0.id", "x 1", "x 9 answer", "m nine", "?", "on")
        assert desk.pause(Run(), "> ") == "on"
        told = text_of(console)
        assert "GET versions" in told
        assert "message 2: EMSP → CPO" in told
        assert "Location.id" in told
        assert "x, the number of a message" in told
        assert "There is no message 9." in told
        assert "There is no message nine." in told
        assert playing.HELP.split(" · ")[0] in told

    @pytest.mark.parametrize("word", ["q", "quit"])
    def test_a_lesson_can_be_left(self, console: Console, word: str) -> None:
        with pytest.raises(playing.Left):
            self.desk(console, word).pause(Run(), "> ")

    @pytest.mark.django_db
    def test_the_shelf_says_what_was_reached(self, console: Console) -> None:
        learner = Learner.objects.create(session_key="t")
        Run.objects.create(learner=learner, lesson="roles", touched_at=clock.now())
        playing.shelf(console, learner)
        assert all(lesson.title in text_of(console) for lesson in catalogue.all_lessons())
        assert "· " in text_of(console)


class TestMenu:
    def open(self, console: Console, tmp_path: Path, *lines: str) -> Menu:
        return Menu(console, saying(*lines), Learner(session_key="t"), 9, 9, tmp_path)

    def test_its_pages_open_and_it_ends(self, console: Console, tmp_path: Path) -> None:
        self.open(console, tmp_path, "4", "6", "?", "2", "q", "3", "health", "logs", "config", "q", "q").run()
        told = text_of(console)
        assert "http://localhost:9/docs" in told
        assert "release-2.2.1" in told
        assert "compliance" in told
        assert "mock CPO does not answer" in told
        assert "OCPI_VERSIONS_URL" in told

    def test_an_unknown_lesson_is_told(self, console: Console, tmp_path: Path) -> None:
        with pytest.raises(Trouble, match="no lesson"):
            self.open(console, tmp_path).play(["nonsense"])

    def test_every_alias_leads_to_a_lesson(self) -> None:
        from learning.course.catalogue import find

        assert [find(key).key for key in menu.ALIASES.values()] == ["handshake"]


class TestTests:
    """The suites' names stand in the menu; a number runs that suite, with its reports."""

    def test_a_number_runs_its_suite_and_tells_what_came_of_it(
        self, console: Console, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[tuple[str, Any]] = []
        monkeypatch.setattr(testing, "run", lambda name, **how: asked.append((name, how)) or len(asked) - 1)
        testing.menu(console, saying("1", "3", "nonsense"))
        assert asked == [("quick", {"parallel": True}), ("integration", {"parallel": True})]
        told = text_of(console)
        assert "quick: all passed" in told
        assert "integration: see above" in told
        assert all(name in told for name in testing.suites())

    def test_tests_that_lack_packages_say_how_to_get_them(
        self, console: Console, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(testing.importlib.util, "find_spec", lambda name: None if name == "pytest" else name)
        testing.menu(console, saying("1", "q"))
        assert "--install-deps" in text_of(console)

    def test_an_installation_without_tests_says_so(self, console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(testing.importlib.util, "find_spec", lambda name: None)
        testing.menu(console, saying())
        assert "not part of this installation" in text_of(console)


def test_nothing_is_stopped_that_was_not_started_here(tmp_path: Path) -> None:
    here = Environment(NOWHERE, NOWHERE, tmp_path / "learn")
    assert list(here.stop()) == ["nothing was started from here; a demo ends with Ctrl-C in its own terminal"]
    assert "no log" in here.last_lines("eMSP")
    assert environment.Environment(NOWHERE, NOWHERE, tmp_path).health() == {"eMSP": False, "mock CPO": False}


class TestEnvironment:
    """Both platforms in the background, here two small servers in their place."""

    @pytest.fixture
    def here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
        made = Environment(f"http://localhost:{free_port()}", f"http://localhost:{free_port()}", tmp_path)
        servers = {
            name: ["http.server", str(urlsplit(url).port), "--bind", "localhost"]
            for name, url in (("eMSP", made.emsp_url), ("mock CPO", made.cpo_url))
        }
        assert made._commands().keys() == servers.keys()
        monkeypatch.setattr(Environment, "_commands", lambda self: servers)
        monkeypatch.setattr(environment, "answers", lambda url: _listens(int(urlsplit(url).port or 0)))
        return made

    @pytest.mark.long
    def test_it_is_started_once_and_stopped_from_another_terminal(self, console: Console, here: Environment) -> None:
        environment.menu(console, saying("start", "q"), here)
        try:
            assert list(here.start()) == ["eMSP runs already", "mock CPO runs already"]
            assert here.health() == {"eMSP": True, "mock CPO": True}
        finally:
            another = Environment(here.emsp_url, here.cpo_url, here.folder)
            environment.menu(console, saying("stop", "q"), another)
        assert not any(here.health().values())
        told = text_of(console)
        assert f"eMSP was started: {here.emsp_url}" in told
        assert "✓ mock CPO answers" in told
        assert "mock CPO is told to stop" in told

    def test_a_port_that_somebody_else_has_is_told(
        self, console: Console, here: Environment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(environment, "answers", lambda url: False)
        with socket.create_server(("localhost", urlsplit(here.emsp_url).port or 0)):
            environment.menu(console, saying("start", "q"), here)
        assert "in use" in text_of(console)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("localhost", port)) == 0


@pytest.mark.django_db
@pytest.mark.long
def test_troubleshooting_shows_what_the_doctor_finds(console: Console) -> None:
    pages.troubleshooting(console)
    assert "Python" in text_of(console)
    assert "status_code" in text_of(console)


def test_what_is_typed_while_something_goes_on_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        ours, theirs = os.openpty()
    except OSError:
        pytest.skip("this machine has no pseudo terminals")
    with os.fdopen(theirs, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        os.write(ours, b"2\n")
        assert select.select([terminal], [], [], 5)[0]
        running.forget_typed()
        assert not select.select([terminal], [], [], 0.1)[0]
    os.close(ours)


def test_a_file_as_input_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("2\n"))
    running.forget_typed()
    assert sys.stdin.read() == "2\n"


@pytest.mark.parametrize(("command", "greets"), [("learn", True), ("demo", True), ("migrate", False)])
def test_a_command_that_takes_its_time_says_something_first(
    command: str, greets: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import manage

    told = io.StringIO()
    monkeypatch.setattr(told, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", told)
    monkeypatch.setattr(sys, "argv", ["manage.py", command])
    monkeypatch.setattr(os, "environ", {})
    manage.greet()
    manage.greet()
    assert told.getvalue() == ("Starting …\n" if greets else "")


def test_what_people_did_stands_where_it_happened(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repair is announced before the messages of the repair, and after those of what was broken."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    told = [{"at": (at + timedelta(seconds=2)).isoformat(), "by": "operator", "to": EMSP, "text": "repairs it"}]
    sent = [traffic(id=1, at=at, target="/broken"), traffic(id=2, at=at + timedelta(seconds=3), target="/repaired")]
    monkeypatch.setattr(playing.views, "events", lambda run: told)
    monkeypatch.setattr(playing.exchanges, "of", lambda run: sent)
    playing.Desk(console, saying(), Learner()).draw(Run())
    text = text_of(console)
    assert text.index("broken") < text.index("repairs it") < text.index("repaired")


def test_on_a_narrow_terminal_a_path_can_be_read_whole() -> None:
    narrow = Console(file=io.StringIO(), width=80)
    path = "answer.data.0.a_long_name.of_a_field.that_somebody_wants_to_type"
    narrow.print(drawing.looked_at(traffic(), [(path, "why it matters")], narrow=True))
    assert path in text_of(narrow)
    assert "why it matters" in text_of(narrow)
