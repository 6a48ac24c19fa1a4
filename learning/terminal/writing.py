"""Writing a message in a terminal: field by field, or in an editor; checked before it is sent."""

import json
import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.json import JSON
from rich.markup import escape

from learning.course import letters
from learning.course.errors import BadMessage
from learning.course.lesson import Write
from learning.models import Run

HELP = """\
  set PATH VALUE   such as: set body.status AVAILABLE · set query limit=2 · set path.0 NL · set headers.X-A b
  drop PATH        take a field away
  edit             the whole message in your editor ($EDITOR)
  check            what is wrong with it, field by field
  hint             a hint · solution: how it could look
  send             send it for real · q: leave"""


class Draft:
    """A message that is being written; `message` is its JSON form."""

    def __init__(self, step: Write, run: Run) -> None:
        self.step, self.run = step, run
        self.message = letters.to_json(step.begin, run.facts)

    def show(self, console: Console) -> None:
        shown = {name: value for name, value in self.message.items() if value not in (None, "", {}, [])}
        console.print(JSON.from_data(shown, indent=2))

    def problems(self) -> list[tuple[str, str]]:
        try:
            message = letters.message_of(self.message, self.run.facts)
        except BadMessage as error:
            return error.problems
        return [(f"body.{path}" if path else "body", text) for path, text in letters.check(self.step.side, message)]

    def set(self, path: str, value: Any) -> None:
        """Raises KeyError and IndexError for a place that there is not."""
        *parents, last = path.split(".")
        place = self._place(parents)
        if isinstance(place, list):
            index = int(last)
            place[index : index + 1] = [value]
        else:
            place[last] = value

    def drop(self, path: str) -> None:
        *parents, last = path.split(".")
        place = self._place(parents)
        del place[int(last) if isinstance(place, list) else last]

    def _place(self, parents: list[str]) -> Any:
        place: Any = self.message
        for step in parents:
            if isinstance(place, dict) and place.get(step) is None:
                place[step] = {}
            place = place[int(step) if isinstance(place, list) else step]
        return place


def value_of(text: str) -> Any:
    """JSON where it is JSON, else text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def write(console: Console, ask: Callable[[str], str], draft: Draft) -> dict[str, Any] | None:
    """The message that the learner wants to send; None to leave it. The draft keeps what was written."""
    draft.show(console)
    while True:
        word, _, rest = ask("write> ").strip().partition(" ")
        if word in ("send", "s"):
            return draft.message
        if word in ("q", "quit"):
            return None
        _obey(console, draft, word, rest.strip())


def _obey(console: Console, draft: Draft, word: str, rest: str) -> None:
    try:
        if word == "set":
            path, _, value = rest.partition(" ")
            draft.set(path, value_of(value) if path.startswith("body") else value)
        elif word == "drop":
            draft.drop(rest)
        elif word == "edit":
            draft.message = _edited(draft.message)
    except (KeyError, IndexError, ValueError, TypeError) as error:
        console.print(f"There is no such place ({type(error).__name__}).", style="red")
        return
    if word in ("set", "drop", "edit", "show"):
        draft.show(console)
    elif word == "hint":
        console.print(escape(draft.step.hint), style="italic")
    elif word == "solution":
        draft.message = letters.to_json(draft.step.solution, draft.run.facts)
        draft.show(console)
    elif word != "check":
        console.print(HELP, style="dim", markup=False, highlight=False)
        return
    _tell_problems(console, draft)


def _tell_problems(console: Console, draft: Draft) -> None:
    for path, text in draft.problems():
        console.print(f"   [red]✗[/] [cyan]{escape(path)}[/] {escape(text)}", highlight=False)


def _edited(message: dict[str, Any]) -> dict[str, Any]:
    """Raises ValueError for what is no JSON object."""
    editor = shlex.split(os.environ.get("EDITOR", "vi"))
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(message, file, indent=2)
    try:
        subprocess.run([*editor, file.name], check=False)  # noqa: S603  the learner's own editor
        found = json.loads(Path(file.name).read_text(encoding="utf-8"))
    finally:
        Path(file.name).unlink()
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found
