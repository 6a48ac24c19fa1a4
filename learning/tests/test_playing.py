"""A lesson in the terminal in which nothing is as it claims, played by somebody who guesses, slips and gives up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from learning.course import engine
from learning.course.errors import Trouble
from learning.course.lesson import Step
from learning.models import Learner
from learning.terminal import running
from learning.terminal.menu import Menu
from learning.terminal.playing import Desk
from ocpi.partners.models import Partner

from .terminal import saying, text_of
from .worlds import BREAK, LOOK, PREDICT, QUIZ, RUN, SAY, WRITE, World, lesson

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def learner(transactional_db: None) -> Learner:
    return engine.learner("terminal-somebody")


@pytest.fixture
def play(
    console: Console, learner: Learner, world: World, shelve: Callable[..., None]
) -> Callable[..., tuple[bool, str]]:
    """Whether the lesson of these steps came to its end, and what was told, for somebody who types these lines."""

    def at(*steps: Any, typed: tuple[str, ...]) -> tuple[bool, str]:
        made = lesson(*steps)
        shelve(made)
        return Desk(console, saying(*typed), learner).play(made), text_of(console)

    return at


def test_what_does_not_come_true_is_told(play: Callable[..., tuple[bool, str]], world: World) -> None:
    finished, told = play(SAY, PREDICT, RUN, LOOK, typed=("", "1", "", ""))
    assert finished
    assert "✗ they ask for our versions" in told
    assert "the CPO sent no GET to /versions" in told
    assert "You predicted: they ask" in told
    assert "It came otherwise: nobody asks" in told
    assert "not so  a CPO asks first" in told
    assert "where it leads" not in told, "there is nothing to look at"
    assert "0 of 2 points" in told
    assert world.is_gone


def test_who_expected_nothing_was_right(play: Callable[..., tuple[bool, str]]) -> None:
    _, told = play(PREDICT, RUN, typed=("2", ""))
    assert "right  no reason to" in told
    assert "It came otherwise" not in told
    assert "2 of 2 points" in told


@pytest.mark.parametrize("slip", ["0", "3", "-1", "two", "", "1.5"])
def test_a_number_that_is_not_there_is_asked_again(play: Callable[..., tuple[bool, str]], slip: str) -> None:
    finished, told = play(QUIZ, typed=(slip, "1", "2"))
    assert finished
    assert "A number from 1 to 2, please." in told
    assert told.index("not so  A opens the handshake only") < told.index("right  so it is")
    assert "1 of 2 points" in told, "a slip is no answer, a wrong answer is one"


def test_a_wrong_choice_is_judged_by_what_happened_and_repaired(
    play: Callable[..., tuple[bool, str]], world: World
) -> None:
    never = type(BREAK)(**{**vars(BREAK), "claims": PREDICT.options[0].claims})
    finished, told = play(never, typed=("1", "q"))
    assert not finished
    assert "not so  waiting breaks nothing" in told
    assert "the CPO sent no GET to /versions" in told
    assert engine.REPAIR in told
    assert len(world.server.calls("DELETE", "worlds/w/control/faults")) == 1


def test_what_could_not_be_done_can_be_tried_again(play: Callable[..., tuple[bool, str]], world: World) -> None:
    world.fails("faults", times=1)
    finished, told = play(RUN, typed=("", ""))
    assert finished
    assert told.index("✗ the mock CPO answered 500 to PUT") < told.index("✗ they ask for our versions")


def test_a_break_that_could_not_be_done_is_no_answer(play: Callable[..., tuple[bool, str]], world: World) -> None:
    world.fails("faults", times=1)
    finished, told = play(BREAK, typed=("2", "2"))
    assert finished
    assert "the mock CPO answered 500" in told
    assert told.count("right  ") == 1
    assert "2 of 2 points" in told


@pytest.mark.parametrize(("step", "typed"), [(RUN, ""), (QUIZ, "2"), (PREDICT, "2")])
def test_a_lesson_that_was_left_elsewhere_ends_with_a_sentence(
    step: Step, typed: str, console: Console, learner: Learner, world: World, shelve: Callable[..., None]
) -> None:
    """By the sweeper, or by the same learner in another terminal, while this one waits for a line."""

    def ask(prompt: str) -> str:
        engine.leave(learner.runs.get())
        return typed

    made = lesson(step)
    shelve(made)
    assert not Desk(console, ask, learner).play(made)
    told = text_of(console)
    assert "this lesson has been left; begin it again" in told
    assert "We shall see" not in told
    assert sum(attempt.points for attempt in learner.runs.get().attempts.all()) == 0


def test_the_end_of_the_input_leaves_the_lesson_and_nothing_of_it_stays(
    play: Callable[..., tuple[bool, str]], world: World, learner: Learner
) -> None:
    finished, told = play(SAY, QUIZ, typed=("",))
    assert not finished
    assert "You have left the lesson. What you scored stays." in told
    assert learner.runs.get().state == "LEFT"
    assert not Partner.objects.filter(sandbox=True).exists()
    assert world.is_gone


def test_an_interrupt_leaves_nothing_behind_either(
    console: Console, learner: Learner, world: World, shelve: Callable[..., None]
) -> None:
    def ask(prompt: str) -> str:
        raise KeyboardInterrupt

    made = lesson(SAY)
    shelve(made)
    with pytest.raises(KeyboardInterrupt):
        Desk(console, ask, learner).play(made)
    assert learner.runs.get().state == "LEFT"
    assert world.is_gone


def test_without_a_world_a_lesson_does_not_begin(
    console: Console, learner: Learner, world: World, shelve: Callable[..., None], settings: Any
) -> None:
    settings.LEARNING_CPO_URL = "http://localhost:9"
    made = lesson(SAY)
    shelve(made)
    with pytest.raises(Trouble, match="make demo"):
        Desk(console, saying(""), learner).play(made)
    assert "The end" not in text_of(console)


def test_a_message_that_is_left_unsent_leaves_the_lesson(play: Callable[..., tuple[bool, str]]) -> None:
    finished, told = play(WRITE, typed=("q",))
    assert not finished
    assert "You have left the lesson" in told


class TestMenu:
    @pytest.fixture
    def menu(
        self, console: Console, learner: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[..., Menu]:
        """Its platforms run already."""

        @contextmanager
        def there(*where: Any) -> Iterator[None]:
            yield

        monkeypatch.setattr(running, "platforms", there)
        return lambda *lines: Menu(console, saying(*lines), learner, 9, 9, tmp_path)

    def test_a_lesson_that_there_is_not_ends_nothing(self, menu: Callable[..., Menu], console: Console) -> None:
        menu("1", "77", "nonsense", "q", "q").run()
        assert "there is no lesson '77'" in text_of(console)
        assert "there is no lesson 'nonsense'" in text_of(console)

    def test_a_lesson_is_chosen_and_its_score_stands_on_the_shelf(
        self, menu: Callable[..., Menu], console: Console, world: World, shelve: Callable[..., None]
    ) -> None:
        shelve(lesson(QUIZ))
        menu("99", "2", "q").lessons()
        assert "✓ 99" in text_of(console)
        assert "2/2" in text_of(console)

    def test_whoever_leaves_one_of_all_lessons_has_left_them_all(
        self, menu: Callable[..., Menu], console: Console, world: World, shelve: Callable[..., None], learner: Learner
    ) -> None:
        first, second = lesson(QUIZ), lesson(SAY)
        shelve(first, first, second)
        menu("2", "q", "").play([])
        assert [run.state for run in learner.runs.all()] == ["FINISHED", "LEFT"]
