"""Lessons in which something fails: what the engine makes of it, and what a lesson that plays itself tells."""

from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from learning.course import auto, engine, views
from learning.course.acts import stage as acts
from learning.course.acts.stage import ACTS, Stage
from learning.course.claims import Stored
from learning.course.errors import BadMessage, Trouble
from learning.course.lesson import Lesson, Message, Run, Write, act
from learning.models import Attempt
from learning.models import Run as LessonRun
from learning.terminal import auto as terminal
from ocpi.core import clock
from ocpi.journal.models import Exchange

from .terminal import text_of
from .worlds import ASKS, BREAK, LOOK, PREDICT, QUIZ, RUN, SAY, SILENT, World, lesson

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(world: World, shelve: Callable[..., None]) -> Callable[..., LessonRun]:
    """A run of the lesson of these steps, whose sandbox has been made."""

    def at(*steps: Any, **more: Any) -> LessonRun:
        made = lesson(*steps, **more)
        shelve(made)
        run = engine.begin(engine.learner("somebody"), made.key)
        engine.finish(run.attempts.get())
        run.refresh_from_db()
        return run

    return at


class TestPlayingItself:
    @pytest.fixture
    def differences(self, world: World, shelve: Callable[..., None]) -> Callable[..., list[str]]:
        def of(*steps: Any, **more: Any) -> list[str]:
            made = lesson(*steps, **more)
            shelve(made)
            return auto.play(made, engine.learner("auto")).differences

        return of

    @pytest.mark.usefixtures("impatient")
    @pytest.mark.long
    def test_a_claim_that_does_not_hold_is_told_with_its_step(self, differences: Callable[..., list[str]]) -> None:
        nothing = "the CPO sent no GET to /versions"
        assert differences(SAY, RUN, LOOK) == [
            f"2 «It happens»: they ask for our versions: {nothing}",
            f"3 «What was asked»: they ask for our versions: {nothing}",
        ]

    def test_a_prediction_that_did_not_come_true_is_told(self, differences: Callable[..., list[str]]) -> None:
        told = differences(PREDICT, Run("It happens", "Now.", claims=[SILENT], patience=0.1))
        assert "2 «It happens»: of the predictions «Who asks?» came true: [False, True], not only number 1" in told

    @pytest.mark.long
    def test_a_wrong_choice_that_is_judged_right_is_told(self, differences: Callable[..., list[str]]) -> None:
        assert differences(BREAK) == ["1 «Break it»: {'choice': 0} is wrong, but was judged right"]

    def test_a_step_that_fails_ends_the_lesson(self, differences: Callable[..., list[str]], world: World) -> None:
        world.fails("faults")
        told = differences(RUN, QUIZ)
        assert told[0].startswith("1 «It happens»: it failed: the mock CPO answered 500 to PUT")
        assert not any("Which token?" in text for text in told)
        assert world.is_gone

    def test_a_message_of_somebody_elses_sandbox_is_told(
        self, differences: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stray(stage: Stage) -> None:
            common = {"module": "versions", "method": "GET", "duration_ms": 1, "started_at": clock.now()}
            partner = stage.partner
            Exchange.objects.create(**common, direction="OUT", url="http://elsewhere.test/versions", partner=partner)
            headers = {"OCPI-from-party-id": "XXX"}
            Exchange.objects.create(**common, direction="IN", url="/ocpi/versions", partner=partner,
                                    request_headers=headers)  # fmt: skip
            own = {"OCPI-from-party-id": str(stage.facts["party"])}
            Exchange.objects.create(**common, direction="IN", url="/ours", partner=partner, request_headers=own)

        monkeypatch.setitem(ACTS, "stray", stray)
        assert differences(Run("It happens", "Now.", acts=[act("stray")])) == [
            "GET /versions is no message of this sandbox",
            "GET /ocpi/versions is no message of this sandbox",
        ]


@pytest.mark.django_db(transaction=True)
class TestAllOfThem:
    @pytest.mark.usefixtures("impatient")
    def test_lessons_that_differ_and_that_break_are_counted(
        self, console: Console, world: World, shelve: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        good, bad = lesson(QUIZ), Lesson(98, "bad", "Bad", "", [RUN], [])
        gone = Lesson(97, "gone", "Gone", "", [SAY], [])
        shelve(good, bad)
        assert not terminal.play_all(console, [good, bad, gone])
        told = text_of(console)
        assert "✓ 99 What nobody does" in told
        assert "✗ 98 Bad" in told
        assert "the CPO sent no GET to /versions" in told
        assert "it broke: Trouble: there is no lesson 'gone'" in told
        assert "2 of 3 lessons differ" in told

    @pytest.mark.long
    def test_those_that_hold_are_summed_up(self, console: Console, world: World, shelve: Callable[..., None]) -> None:
        good = lesson(QUIZ, Run("It happens", "Now.", claims=[SILENT], patience=0.1))
        shelve(good)
        assert terminal.play_all(console, [good], learners=2)
        assert "All 2 lessons hold: 2 claims, 0 messages" in text_of(console)


class TestEngine:
    def test_an_unexpected_end_of_an_act_is_a_sentence_and_can_be_tried_again(
        self, begun: Callable[..., LessonRun], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(ACTS, "breaks", lambda stage: 1 / 0)
        run = begun(Run("It happens", "Now.", acts=[act("breaks")]))
        made = engine.finish(engine.submit(run, 0))
        assert made.outcome["error"] == "something unexpected happened; the log tells what"
        with pytest.raises(Trouble, match="something to do here first"):
            engine.go_on(run)
        assert engine.submit(run, 0).state == "QUEUED"

    def test_what_was_broken_is_repaired_even_when_breaking_it_failed(
        self, begun: Callable[..., LessonRun], world: World
    ) -> None:
        world.fails("faults")
        made = engine.finish(engine.submit(begun(BREAK), 0, {"choice": 1}))
        assert "500" in made.outcome["error"]
        assert (made.right, made.points) == (None, 0)
        assert [event["text"] for event in made.outcome["events"]] == [engine.REPAIR]
        assert world.server.calls("DELETE", "worlds/w/control/faults")

    def test_a_lesson_that_was_left_takes_no_more_answers(self, begun: Callable[..., LessonRun]) -> None:
        run = begun(QUIZ)
        engine.leave(run)
        with pytest.raises(Trouble, match="this lesson has been left; begin it again"):
            engine.submit(run, 0, {"option": 1})

    def test_who_leaves_while_it_happens_is_told_so(self, begun: Callable[..., LessonRun]) -> None:
        run = begun(RUN)
        stage = Stage(run, None)  # type: ignore[arg-type]
        engine.leave(run)
        with pytest.raises(Trouble, match="has been left"):
            _ = stage.partner

    def test_a_registration_that_failed_is_told_with_what_may_be_wrong(
        self, begun: Callable[..., LessonRun], world: World
    ) -> None:
        world.server.answer("GET", "worlds/w/versions", status=500)
        run = begun(SAY, prepare=[act("register")])
        error = run.attempts.get().outcome["error"]
        assert "Does the platform at" in error
        assert views.show(run)["error"] == error

    def test_a_world_may_be_gone_before_its_lesson_is_left(self, begun: Callable[..., LessonRun], world: World) -> None:
        run = begun(SAY)
        world.server.answer("DELETE", "control/worlds", raw=b"there is no such world", status=404)
        engine.leave(run)
        assert (run.state, run.partner) == ("LEFT", None)

    def test_a_message_that_was_left_is_shown_without_an_explanation(self, begun: Callable[..., LessonRun]) -> None:
        write = Write("Write it", "Ask.", side="CPO", begin=Message("GET", "versions"), claims=[ASKS], patience=0.1)
        run = begun(write)
        made = Attempt.objects.create(run=run, step=0, state="DONE", right=False, given={"method": "GET"})
        assert views.why(made) == ""
        assert views.attempt(made)["right"] is False


class TestActs:
    @pytest.fixture
    def stage(self, begun: Callable[..., LessonRun]) -> Stage:
        run = begun(SAY)
        return Stage(run, engine.sandbox.control(run))

    @pytest.mark.parametrize(("name", "given", "sentence"), [
        ("set_profile", {"watts": 4000}, "we do not know the session of this lesson yet"),
        ("copy_bill", {}, "there is no bill yet"),
        ("until", {"kind": "session", "fields": {"status": "ACTIVE"}, "seconds": 0.1},
         "no session with {'status': 'ACTIVE'} came within 0 seconds"),
    ])  # fmt: skip
    def test_what_cannot_be_done_yet_is_a_sentence(
        self, stage: Stage, name: str, given: dict[str, Any], sentence: str
    ) -> None:
        with pytest.raises(Trouble) as stop:
            engine.acts.play(stage, act(name, **given))
        assert str(stop.value) == sentence

    def test_a_session_that_we_do_not_know_is_named(self, stage: Stage) -> None:
        stage.remember(session_id="S77")
        with pytest.raises(Trouble, match="we do not know the session S77 yet"):
            engine.acts.play(stage, act("get_profile"))

    def test_where_nothing_was_billed_nothing_is_checked(self, stage: Stage) -> None:
        engine.acts.play(stage, act("check_bills"))
        assert stage.events == []

    def test_patience_has_an_end(self) -> None:
        assert not acts.patience(lambda: False, seconds=0.1)


class TestLetters:
    @pytest.fixture
    def run(self, begun: Callable[..., LessonRun]) -> LessonRun:
        return begun(SAY)

    def test_our_platform_sends_no_other_kind_of_authorization(self, run: LessonRun) -> None:
        message = Message("GET", "versions", authorization="Bearer xyz")
        with pytest.raises(BadMessage, match="can only send"):
            engine.letters.send_as_emsp(run, message)

    def test_a_module_that_the_other_side_has_not_is_told(self, run: LessonRun) -> None:
        with pytest.raises(BadMessage, match="the other side has no tariffs"):
            engine.letters.send_as_emsp(run, Message("GET", "tariffs", query="limit=1"))

    def test_an_answer_that_is_no_ocpi_is_shown_as_what_it_is(self, run: LessonRun, world: World) -> None:
        world.server.answer("GET", "worlds/w/versions", raw=b"<html>", status=502)
        found = engine.letters.send_as_emsp(run, Message("GET", "versions"))
        assert (found["http_status"], found["body"]) == (502, None)
        assert found["error"]

    def test_what_is_answered_is_shown(self, run: LessonRun, world: World) -> None:
        world.server.answer("GET", "worlds/w/versions", data=[{"version": "2.2.1"}])
        found = engine.letters.send_as_emsp(run, Message("GET", "versions", authorization="Token nonsense"))
        assert found == {"http_status": 200, "body": [{"version": "2.2.1"}], "error": None}
        assert world.server.calls("GET", "worlds/w/versions")[-1]["Authorization"] == "Token nonsense"


def test_claims_about_what_we_keep_are_told_by_number(begun: Callable[..., LessonRun]) -> None:
    [verdict] = engine.judge(begun(SAY), [Stored("one", "session", count=2)], clock.now(), 0.1)
    assert verdict.differs == ["there are 0 such sessions, not 2"]
