"""Somebody at a terminal, a world to learn in, and a shelf for lessons of the tests' own."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from learning.course import auto, catalogue
from learning.course.lesson import Lesson
from tests.partner_server import PartnerServer

from .worlds import World


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=120)


@pytest.fixture
def world(settings: Any, partner_server: PartnerServer) -> World:
    made = World(partner_server)
    settings.LEARNING_CPO_URL, settings.JOURNAL_ENABLED, settings.LEARNING_ENABLED = made.url, True, True
    return made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lesson that plays itself does not wait for what never happens."""
    monkeypatch.setattr(auto, "_PATIENCE", 0.2)


@pytest.fixture
def shelve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts these lessons on the shelf in place of the real ones."""

    def put(*lessons: Lesson) -> None:
        monkeypatch.setattr(catalogue, "all_lessons", lambda: lessons)

    return put
