"""`manage.py learn`: what it opens for what is asked, and how it ends when somebody has had enough."""

import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rich.console import Console

from learning.course import engine
from learning.course.lesson import Lesson
from learning.demo.errors import DemoFailed
from learning.management.commands import learn
from learning.terminal import running

from .worlds import QUIZ, RUN, SAY, World, lesson

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What somebody types; BaseException classes are raised in place of a line."""

    def prepare(*lines: str | type[BaseException]) -> None:
        left = iter(lines)

        def line(prompt: str = "") -> str:
            found = next(left, EOFError)
            if isinstance(found, str):
                return found
            raise found

        monkeypatch.setattr("builtins.input", line)

    return prepare


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """This process is the eMSP that is meant, both platforms run, and its signals stay those of the tests."""
    for name, value in (("OCPI_HOST", "localhost:9"), ("PROTOCOL", "http"), ("LEARNING_CPO_URL", "http://localhost:9")):
        monkeypatch.setitem(os.environ, name, value)
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    monkeypatch.setattr(signal, "alarm", lambda seconds: None)
    settings.REDIS_URL, settings.LEARNING_ENABLED = "", True

    @contextmanager
    def there(*where: Any) -> Iterator[None]:
        yield

    monkeypatch.setattr(running, "platforms", there)


def command(*arguments: str, **options: Any) -> None:
    call_command("learn", *arguments, emsp_port=9, cpo_port=9, **options)


def test_without_arguments_the_menu_opens(typed: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    typed("6", "q")
    command()
    told = capsys.readouterr().out
    assert "Learn OCPI 2.2.1" in told
    assert "EV Roaming Foundation" in told


def test_interactive_opens_the_shelf(typed: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    typed("q")
    command("interactive")
    told = capsys.readouterr().out
    assert all(one.title in told for one in engine.catalogue.all_lessons())
    assert "Learn OCPI 2.2.1" not in told


def test_the_end_of_the_input_is_no_failure(typed: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    typed()
    command()
    assert "menu" not in capsys.readouterr().err


def test_an_interrupt_is_one(typed: Callable[..., None], world: World, shelve: Callable[..., None]) -> None:
    """And the sandbox of the lesson is gone all the same."""
    shelve(lesson(SAY))
    typed(KeyboardInterrupt)
    with pytest.raises(CommandError, match="interrupted") as stop:
        command("made-up")
    assert stop.value.returncode == 130
    assert world.is_gone


@pytest.mark.parametrize("arguments", [("nonsense",), ("roles", "nonsense")])
def test_a_lesson_that_there_is_not_is_one_line(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="there is no lesson 'nonsense'; there are roles, "):
        command(*arguments)


def test_where_lessons_are_switched_off_it_says_so(settings: Any) -> None:
    settings.LEARNING_ENABLED = False
    with pytest.raises(CommandError, match="LEARNING_ENABLED"):
        command()


def test_platforms_that_do_not_start_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*where: Any) -> None:
        raise DemoFailed("port 9 is in use")

    monkeypatch.setattr(running, "platforms", fail)
    with pytest.raises(CommandError, match="port 9 is in use"):
        command("roles")


def test_all_lessons_that_hold_are_a_success(
    world: World, shelve: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    shelve(lesson(QUIZ))
    command(auto=True)
    assert "All 1 lessons hold" in capsys.readouterr().out


@pytest.mark.usefixtures("impatient")
@pytest.mark.long
def test_one_that_does_not_hold_is_a_failure(world: World, shelve: Callable[..., None]) -> None:
    shelve(lesson(RUN), Lesson(98, "fine", "Fine", "", [SAY], []))
    command("fine", auto=True)
    with pytest.raises(CommandError, match="lessons differ from what really happened"):
        command("fine", "made-up", auto=True)


def test_a_terminal_with_colours_shows_them_in_its_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes no room stands between the marks that readline wants."""
    seen: list[str] = []
    monkeypatch.setattr("builtins.input", lambda prompt: seen.append(prompt) or "q")
    for colours, terminal in (("standard", True), (None, True), (None, False)):
        made = Console(file=io.StringIO(), force_terminal=terminal, no_color=colours is None)
        monkeypatch.setattr(learn, "Console", lambda made=made: made)
        command()
    assert seen == ["\001\033[1;32m\002menu> \001\033[0m\002", "menu> ", "menu> "]
