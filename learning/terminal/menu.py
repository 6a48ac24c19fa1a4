"""The menu of `manage.py learn`: lessons, tests, environment, documentation, trouble, resources."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.rule import Rule

from learning.course import catalogue
from learning.course.errors import Trouble
from learning.demo.errors import DemoFailed
from learning.models import Learner

from . import environment, pages, running, testing
from .environment import Environment
from .playing import Ask, Desk, shelf

# What people type, and which lesson that is; every lesson's own key and number work too.
ALIASES = {"authentication": "handshake"}


@dataclass
class Menu:
    """`ask` asks for a line; at the end of the input everything ends."""

    console: Console
    ask: Ask
    learner: Learner
    emsp_port: int
    cpo_port: int
    logs: Path

    def run(self) -> None:
        entries: dict[str, tuple[str, Callable[[], None]]] = {
            "1": ("Lessons: OCPI on live traffic, twelve of them", self.lessons),
            "2": ("Run tests, and see what each kind validates", lambda: testing.menu(self.console, self.ask)),
            "3": ("Environment: start, stop, health, logs, configuration", self.environment),
            "4": ("API documentation", lambda: pages.documentation(self.console, *self._urls())),
            "5": ("Troubleshooting", lambda: pages.troubleshooting(self.console)),
            "6": ("Resources", lambda: pages.resources(self.console)),
        }
        while True:
            self.console.print(Rule("[bold]Learn OCPI 2.2.1"))
            for key, (text, _) in entries.items():
                self.console.print(f"   [bold]{key}[/]  {text}", highlight=False)
            self.console.print("   [bold]q[/]  end")
            answer = self.ask("menu> ").strip().lower()
            if answer in ("q", "quit", "0"):
                return
            if answer in entries:
                self._do(entries[answer][1])

    def _do(self, what: Callable[[], None]) -> None:
        """What goes wrong in one entry does not end the menu."""
        try:
            what()
        except (Trouble, DemoFailed) as error:
            self.console.print(escape(str(error)), style="red")

    def lessons(self) -> None:
        """Until the learner has had enough. Platforms that do not run are started, and end with this."""
        with running.platforms(self.console, self.emsp_port, self.cpo_port, self.logs):
            while True:
                shelf(self.console, self.learner)
                answer = self.ask("lesson (number, or q)> ").strip()
                if answer in ("q", "quit", "0", ""):
                    return
                self._do(lambda key=answer: self._play(key))  # type: ignore[misc]

    def play(self, names: list[str]) -> None:
        """These lessons, one after the other; Raises Trouble for one that there is not."""
        wanted = [catalogue.find(ALIASES.get(name, name)) for name in names] or list(catalogue.all_lessons())
        with running.platforms(self.console, self.emsp_port, self.cpo_port, self.logs):
            for lesson in wanted:
                if not Desk(self.console, self.ask, self.learner).play(lesson):
                    return

    def _play(self, key: str) -> None:
        Desk(self.console, self.ask, self.learner).play(catalogue.find(ALIASES.get(key, key)))

    def environment(self) -> None:
        environment.menu(self.console, self.ask, Environment(*self._urls(), self.logs))

    def _urls(self) -> tuple[str, str]:
        return f"http://localhost:{self.emsp_port}", f"http://localhost:{self.cpo_port}"
