"""A lesson in the terminal, step by step: read, predict, let it happen, look, answer, break, write."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connections
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.rule import Rule

from learning.course import catalogue, engine, exchanges, views
from learning.course.errors import Trouble
from learning.course.exchanges import Traffic
from learning.course.lesson import Break, Lesson, Look, Predict, Quiz, Say, Step, Write
from learning.course.paths import filled
from learning.models import Attempt, Learner
from learning.models import Run as LessonRun
from ocpi.core import clock

from . import drawing, writing
from .running import forget_typed

Ask = Callable[[str], str]
_STILL = timedelta(seconds=1)
_NARROW = 100  # columns: below, a path, its value and why it matters do not fit side by side
HELP = "Enter: on · m: messages · m 3: message 3 · x 3 answer.data.token: that field in words · q: leave the lesson"


class Left(Exception):
    """The learner leaves the lesson."""


class Desk:
    """One learner at one lesson. `ask` asks for a line; it raises EOFError at the end of the input."""

    def __init__(self, console: Console, ask: Ask, learner: Learner) -> None:
        self.console, self._ask, self.learner = console, ask, learner
        self.drawn: list[Traffic] = []
        self.told = 0

    def play(self, lesson: Lesson) -> bool:
        """Whether the lesson was finished; its sandbox is gone afterwards in any case."""
        run = engine.begin(self.learner, lesson.key)
        self.drawn, self.told = [], 0
        try:
            self._begin(run, lesson)
            while run.position < len(lesson.steps):
                self._step(run, lesson)
            self._end(run, lesson)
        except (Left, EOFError):
            self.console.print("You have left the lesson. What you scored stays.")
        finally:
            engine.leave(run)
        return run.finished_at is not None

    def _begin(self, run: LessonRun, lesson: Lesson) -> None:
        with self.console.status("Making a sandbox for you: a party of its own, registered by a real handshake …"):
            prepared = engine.finish(run.attempts.get(step=Attempt.PREPARE))
        run.refresh_from_db()
        forget_typed()
        if "error" in prepared.outcome:
            raise Trouble(prepared.outcome["error"])
        title = f"{lesson.number} · {lesson.title}"
        story = drawing.prose(filled(lesson.story, run.facts), self.console.width - 6)
        self.console.print(Panel(story, title=title, subtitle=f"about {lesson.minutes} minutes", border_style="cyan"))
        self.console.print(HELP, style="dim", markup=False, highlight=False)
        self.draw(run)

    def _end(self, run: LessonRun, lesson: Lesson) -> None:
        points = sum(attempt.points for attempt in run.attempts.all())
        able = "\n".join(f"• {escape(filled(text, run.facts))}" for text in lesson.able)
        score = f"{points} of {lesson.most_points} points"
        self.console.print(Panel(f"You can now\n{able}", title=f"The end: {score}", border_style="green"))
        self.console.print(f"To read on: {', '.join(lesson.reading)}", style="dim", highlight=False)

    # --- steps -------------------------------------------------------------------------------------------------------
    def _step(self, run: LessonRun, lesson: Lesson) -> None:
        step = engine.step_of(run)
        self.console.print()
        self.console.print(
            Rule(f"[bold]{run.position + 1}/{len(lesson.steps)}  {escape(filled(step.title, run.facts))}")
        )
        self.console.print(drawing.prose(filled(step.text, run.facts), self.console.width), highlight=False)
        if isinstance(step, (Predict, Quiz)):
            self._choose(run, step, [option.text for option in step.options], "option")
        elif isinstance(step, Break):
            self._choose(run, step, [choice.text for choice in step.choices], "choice")
        elif isinstance(step, Write):
            self._write(run, step)
        elif step.performed:
            self._let_happen(run)
        else:
            self._read(run, step)
        engine.go_on(run)

    def _read(self, run: LessonRun, step: Step) -> None:
        if isinstance(step, Look):
            self._look(run, step)
        self.pause(run, "Enter> " if isinstance(step, (Say, Look)) else "> ")

    def _look(self, run: LessonRun, step: Look) -> None:
        if step.at is None:
            return
        verdict = step.at.judge(exchanges.of(run), run.facts, lambda kind, where: [])
        found = next((one for one in exchanges.of(run) if verdict.holds and one.id == verdict.exchanges[-1]), None)
        if found is not None:
            self.console.print(drawing.arrow(found, self._number(found)))
            fields = [(path, filled(why, run.facts)) for path, why in step.fields]
            self.console.print(drawing.looked_at(found, fields, narrow=self.console.width < _NARROW))

    def _let_happen(self, run: LessonRun) -> None:
        """Until it could be done: whoever meets trouble tries again, or leaves."""
        prompt = "Enter lets it happen> "
        while True:
            self.pause(run, prompt)
            if "error" not in self._perform(run, {}).outcome:
                return
            prompt = "Enter tries it again, q leaves> "

    def _choose(self, run: LessonRun, step: Step, texts: list[str], name: str) -> None:
        for number, text in enumerate(texts, 1):
            self.console.print(f"   [bold]{number}[/]  {escape(filled(text, run.facts))}", highlight=False)
        while True:
            answer = self.pause(run, "your answer> ")
            if not answer.isdigit() or not 1 <= int(answer) <= len(texts):
                self.console.print(f"A number from 1 to {len(texts)}, please.")
                continue
            attempt = self._perform(run, {name: int(answer) - 1})
            if isinstance(step, Predict) and "error" not in attempt.outcome:
                self.console.print("We shall see.", style="italic")
                return
            if attempt.right:
                return

    def _write(self, run: LessonRun, step: Write) -> None:
        draft = writing.Draft(step, run)
        self.console.print(writing.HELP, style="dim", markup=False, highlight=False)
        while True:
            message = writing.write(self.console, self._ask, draft)
            if message is None:
                raise Left
            if self._perform(run, message).right:
                return

    def _perform(self, run: LessonRun, given: dict[str, Any]) -> Attempt:
        """In a thread of its own, so that arrows appear as messages travel."""
        run.refresh_from_db()  # it may have been left meanwhile, by the sweeper or in another terminal
        try:
            attempt = engine.submit(run, run.position, given)
        except Trouble as error:
            self.console.print(escape(str(error)), style="red")
            if run.partner_id is None:
                raise Left from error
            return Attempt(right=False, outcome={"error": str(error)})
        worker = threading.Thread(target=_carry_out, args=(attempt,))
        worker.start()
        while worker.is_alive():
            self.draw(run, still=_STILL)
            time.sleep(0.1)
        attempt.refresh_from_db()
        run.refresh_from_db()
        self.draw(run)
        forget_typed()
        self._judge(run, attempt)
        return attempt

    def _judge(self, run: LessonRun, attempt: Attempt) -> None:
        if "error" in attempt.outcome:
            self.console.print(f"   [red]✗[/] {escape(attempt.outcome['error'])}")
        drawing.claims(self.console, attempt.claims)
        for path, text in attempt.outcome.get("problems", []):
            self.console.print(f"   [yellow]•[/] [cyan]{escape(path)}[/] {escape(text)}", highlight=False)
        self._verdict(attempt)
        for made in run.attempts.filter(step__lt=attempt.step, right__isnull=False, outcome__has_key="came_true"):
            if "told" not in made.outcome:
                Attempt.objects.filter(pk=made.pk).update(outcome=made.outcome | {"told": True})
                self._predicted(made)

    def _predicted(self, made: Attempt) -> None:
        options = engine.step_of(made.run, made.step).options  # type: ignore[attr-defined]
        said = options[made.given["option"]].text
        self.console.print(f"   You predicted: {escape(filled(said, made.run.facts))}", style="bold", highlight=False)
        came = next((one.text for one, true in zip(options, made.outcome["came_true"], strict=False) if true), "")
        if not made.right and came:
            self.console.print(f"   It came otherwise: {escape(filled(came, made.run.facts))}", highlight=False)
        self._verdict(made)

    def _verdict(self, attempt: Attempt) -> None:
        step_judged = attempt.right is not None and attempt.step >= 0
        if step_judged and engine.step_of(attempt.run, attempt.step).judged:
            word = "[green]right[/]" if attempt.right else "[red]not so[/]"
            self.console.print(f"   {word}  {escape(views.why(attempt))}", highlight=False)

    # --- messages ----------------------------------------------------------------------------------------------------
    def draw(self, run: LessonRun, still: timedelta = timedelta(0)) -> None:
        """What has happened since the last time, in lanes, in the order in which it began.

        `still`: so long nothing must have ended since, or a call inside a call would come before the outer one.
        """
        known, limit = {one.id for one in self.drawn}, clock.now() - still
        ended = [one for one in exchanges.of(run) if one.http is not None or one.error]
        calm = all(one.at + timedelta(milliseconds=one.ms) <= limit for one in ended)
        fresh = [one for one in ended if one.id not in known] if calm else []
        people = views.events(run)[self.told :] if calm else []
        if (fresh or people) and not self.drawn and not self.told:
            self.console.print(drawing.heading(bool(run.facts.get("hub"))))
        happened = [(datetime.fromisoformat(what["at"]), what) for what in people]
        for _, one in sorted([*happened, *((one.at, one) for one in fresh)], key=lambda each: each[0]):
            if isinstance(one, Traffic):
                self.drawn.append(one)
                self.console.print(drawing.arrow(one, len(self.drawn)), no_wrap=True, crop=True)
            else:
                self.console.print(drawing.event(one))
        self.told += len(people)

    def _number(self, one: Traffic) -> int:
        return next((number for number, drawn in enumerate(self.drawn, 1) if drawn.id == one.id), 0)

    def pause(self, run: LessonRun, prompt: str) -> str:
        """A line that is no request to look at something. Raises Left."""
        while True:
            line = self._ask(prompt).strip()
            word, *rest = line.split() or [""]
            if word in ("q", "quit"):
                raise Left
            if word == "m":
                self._show(rest)
            elif word == "x":
                self._explain(rest)
            elif word in ("?", "h", "help"):
                self.console.print(HELP, markup=False, highlight=False)
            else:
                return line

    def _show(self, rest: list[str]) -> None:
        if not rest:
            for number, one in enumerate(self.drawn, 1):
                self.console.print(drawing.arrow(one, number), no_wrap=True, crop=True)
        elif (one := self._find(rest[0])) is not None:
            self.console.print(drawing.message(one, int(rest[0])))

    def _explain(self, rest: list[str]) -> None:
        if len(rest) == 2 and (one := self._find(rest[0])) is not None:
            self.console.print(drawing.field(one, rest[1]))
        else:
            self.console.print("x, the number of a message, and a path: x 3 answer.data.url", markup=False)

    def _find(self, text: str) -> Traffic | None:
        if text.isdigit() and 1 <= int(text) <= len(self.drawn):
            return self.drawn[int(text) - 1]
        self.console.print(f"There is no message {text}.")
        return None


def _carry_out(attempt: Attempt) -> None:
    try:
        engine.finish(attempt)
    finally:
        connections.close_all()


def shelf(console: Console, learner: Learner) -> None:
    """The lessons, with what has been reached."""
    reached = {row["key"]: row for row in engine.progress(learner)}
    for lesson in catalogue.all_lessons():
        row = reached[lesson.key]
        mark = "[green]✓[/]" if row["finished"] else "[yellow]·[/]" if row["begun"] else " "
        score = f"{row['points']}/{row['most_points']}" if row["begun"] else f"{lesson.minutes} min"
        console.print(f" {mark} [bold]{lesson.number:>2}[/]  {lesson.title:<52} [dim]{score}[/]", highlight=False)
