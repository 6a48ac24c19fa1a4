"""A lesson as its page shows it: which step is done, which is to be done, and what came of each."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from learning.course import catalogue, letters, views
from learning.course.lesson import Break, Lesson, Look, Predict, Step, Write
from learning.course.lesson import Run as RunStep
from learning.course.paths import filled
from learning.models import Attempt, Run

State = Literal["done", "current", "later"]


_TASKS = {
    "say": "To read", "predict": "Your prediction", "run": "To watch", "look": "A closer look", "quiz": "A question",
    "break": "Your turn to break something", "write": "Your turn to write a message",
}  # fmt: skip


class Choice(NamedTuple):
    """`chosen`: by the learner, at the last try; `why` is told then."""

    number: int
    text: str
    why: str
    chosen: bool


@dataclass
class StepView:
    run: Run
    number: int
    step: Step
    state: State
    attempts: list[Attempt]
    predictions: "list[StepView]" = field(default_factory=list)  # those that this Run judges

    @property
    def template(self) -> str:
        return f"learning/steps/{self.step.kind}.html"

    @property
    def text(self) -> str:
        return self._filled(self.step.text)

    @property
    def title(self) -> str:
        return self._filled(self.step.title)

    @property
    def latest(self) -> Attempt | None:
        return self.attempts[-1] if self.attempts else None

    @property
    def running(self) -> bool:
        return self.latest is not None and not self.latest.is_done

    @property
    def error(self) -> str:
        return str(self.latest.outcome.get("error", "")) if self.latest else ""

    @property
    def tried(self) -> bool:
        """Whether the learner may go on."""
        return any(each.is_done and "error" not in each.outcome for each in self.attempts)

    @property
    def may_go_on(self) -> bool:
        needs_doing = self.step.judged or self.step.performed
        return self.state == "current" and not self.running and (self.tried or not needs_doing)

    @property
    def points(self) -> int:
        return sum(each.points for each in self.attempts)

    @property
    def awaits_judgement(self) -> bool:
        """A prediction behind which nothing has happened yet."""
        return isinstance(self.step, Predict) and self.latest is not None and self.latest.right is None

    @property
    def task(self) -> str:
        """What is to be done here, in a word or two."""
        return _TASKS[self.step.kind]

    @cached_property
    def choices(self) -> list[Choice]:
        options: Any = self.step.choices if isinstance(self.step, Break) else getattr(self.step, "options", ())
        given = self.latest.given if self.latest else {}
        chosen = given.get("choice" if isinstance(self.step, Break) else "option")
        return [
            Choice(n, self._filled(each.text), self._filled(each.why), n == chosen) for n, each in enumerate(options)
        ]

    @property
    def chosen(self) -> Choice | None:
        return next((each for each in self.choices if each.chosen), None)

    @property
    def what_came_true(self) -> str:
        """Of a prediction, once the step behind it has run."""
        came_true = self.latest.outcome.get("came_true", []) if self.latest else []
        return next((choice.text for choice, true in zip(self.choices, came_true, strict=False) if true), "")

    @property
    def looked_at(self) -> int | None:
        """The exchange that a Look step is about; None while there is none."""
        if not isinstance(self.step, Look):
            return None
        found = views.looked_at(self.run, self.step)
        return found["id"] if found else None

    @property
    def fields(self) -> list[tuple[str, str]]:
        fields = self.step.fields if isinstance(self.step, Look) else ()
        return [(path, self._filled(why)) for path, why in fields]

    @property
    def written(self) -> dict[str, Any]:
        """The message to begin with, or the one that was sent last."""
        if not isinstance(self.step, Write):
            return {}
        begin = letters.to_json(self.step.begin, self.run.facts)
        return {**begin, **(self.latest.given if self.latest else {})}

    @property
    def written_path(self) -> str:
        """The module and what stands behind it, as one writes it behind the base URL."""
        written = self.written
        path = "/".join([written["module"], *written["path"]]) if written else ""
        return f"{path}?{written['query']}" if written and written.get("query") else path

    @property
    def written_body(self) -> str:
        body = self.written.get("body")
        return "" if body is None else json.dumps(body, indent=2, ensure_ascii=False)

    @property
    def written_headers(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in (self.written.get("headers") or {}).items())

    @property
    def to_emsp(self) -> bool:
        return isinstance(self.step, Write) and self.step.side == "CPO"

    @property
    def answer(self) -> dict[str, Any]:
        """To a message that was sent: http_status, body, error."""
        return self.latest.outcome.get("answer", {}) if self.latest else {}

    @property
    def hint(self) -> str:
        return self._filled(getattr(self.step, "hint", ""))

    def _filled(self, text: str) -> str:
        return str(filled(text, self.run.facts))


@dataclass
class Desk:
    """A run with its lesson."""

    run: Run

    @cached_property
    def lesson(self) -> Lesson:
        return catalogue.find(self.run.lesson)

    @cached_property
    def attempts(self) -> list[Attempt]:
        return list(self.run.attempts.order_by("pk"))

    @cached_property
    def steps(self) -> list[StepView]:
        views = [self._view(number, step) for number, step in enumerate(self.lesson.steps)]
        said: list[StepView] = []
        for view in views:
            if isinstance(view.step, Predict):
                said.append(view)
            elif isinstance(view.step, RunStep):
                view.predictions, said = said, []
        return views

    def _view(self, number: int, step: Step) -> StepView:
        at = self.run.position
        state: State = "done" if number < at else "current" if number == at else "later"
        return StepView(self.run, number, step, state, [each for each in self.attempts if each.step == number])

    @property
    def preparing(self) -> bool:
        return any(each.step == Attempt.PREPARE and not each.is_done for each in self.attempts)

    @property
    def trouble(self) -> str:
        """Why there is no sandbox."""
        errors = (each.outcome.get("error", "") for each in self.attempts if each.step == Attempt.PREPARE)
        return next((error for error in errors if error), "")

    @property
    def busy(self) -> bool:
        return any(not each.is_done for each in self.attempts)

    @property
    def finished(self) -> bool:
        return self.run.state == Run.State.FINISHED

    @property
    def points(self) -> int:
        return sum(each.points for each in self.attempts)

    @property
    def version(self) -> str:
        """Changes whenever the steps look different."""
        last = self.attempts[-1] if self.attempts else None
        return f"{self.run.position}-{len(self.attempts)}-{last.state if last else ''}-{self.run.state}"

    @property
    def story(self) -> str:
        return str(filled(self.lesson.story, self.run.facts))

    @property
    def able(self) -> list[str]:
        return [str(filled(each, self.run.facts)) for each in self.lesson.able]

    @property
    def next_lesson(self) -> Lesson | None:
        lessons = list(catalogue.all_lessons())
        behind = lessons[lessons.index(self.lesson) + 1 :]
        return behind[0] if behind else None
