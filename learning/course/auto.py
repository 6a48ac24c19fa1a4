"""Lessons without a learner: every step is played, wrong answers first; whatever differs from the lesson is told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from learning.models import Attempt, Learner
from learning.models import Run as LessonRun

from . import engine, letters
from .lesson import Break, Lesson, Look, Predict, Quiz, Run, Step, Write

_GLANCE = 1.0  # seconds that a wrong try has to come true
_PATIENCE = 30.0  # and the right one at most: nobody sits before the screen, and the machine may be busy
Watch = Callable[[LessonRun, int, Step, list[Attempt]], None]


@dataclass
class Report:
    """`differences` are sentences; none: every real answer was what the lesson claims."""

    lesson: Lesson
    differences: list[str] = field(default_factory=list)
    claims: int = 0
    messages: int = 0
    points: int = 0


def play(lesson: Lesson, of: Learner, watch: Watch = lambda run, number, step, attempts: None) -> Report:
    """A whole lesson, in a sandbox that is gone afterwards. `watch` hears of each step that was played."""
    report = Report(lesson)
    run = engine.begin(of, lesson.key)
    try:
        prepared = engine.finish(run.attempts.get(step=Attempt.PREPARE))
        run.refresh_from_db()
        if "error" in prepared.outcome:
            report.differences.append(f"it did not begin: {prepared.outcome['error']}")
            return report
        for number, step in enumerate(lesson.steps):
            if not _play_step(run, number, step, report, watch):
                break
        report.differences += _strangers(run)
        report.messages = len(engine.exchanges.of(run))
        report.points = sum(attempt.points for attempt in run.attempts.all())
    finally:
        engine.leave(run)
    return report


def _strangers(run: LessonRun) -> Iterator[str]:
    """Messages in this run that belong to somebody else's: there must be none."""
    world, party = str(run.facts["base_url"]), run.facts["party"]
    for one in engine.exchanges.of(run):
        named = {name.lower(): value for name, value in one.request_headers.items()}.get("ocpi-from-party-id", party)
        outward = one.by == "EMSP"
        if (outward and not one.url.startswith(world)) or (not outward and not run.facts["hub"] and named != party):
            yield f"{one.method} {one.target} is no message of this sandbox"


def _play_step(run: LessonRun, number: int, step: Step, report: Report, watch: Watch) -> bool:
    """Whether the lesson can go on."""
    made = []
    todo = tries(step)
    for given in todo:
        is_wrong = given is not todo[-1]
        attempt = engine.finish(engine.submit(run, number, given), _GLANCE if is_wrong else _PATIENCE)
        run.refresh_from_db()
        made.append(attempt)
    report.differences += [f"{number + 1} «{step.title}»: {text}" for text in _differences(run, number, step, made)]
    report.claims += len(made[-1].claims) if made else 0
    watch(run, number, step, made)
    if any("error" in attempt.outcome for attempt in made[-1:]):
        return False
    engine.go_on(run)
    return True


def tries(step: Step) -> list[dict[str, Any]]:
    """What is tried at a step, the right thing last."""
    if isinstance(step, (Predict, Quiz)):
        wrong = [n for n in range(len(step.options)) if n != step.right][:1]
        return [{"option": n} for n in [*wrong, step.right]]
    if isinstance(step, Break):
        wrong = [n for n in range(len(step.choices)) if n != step.right]
        return [{"choice": n} for n in [*wrong, step.right]]
    if isinstance(step, Write):
        return [letters.to_json(one) for one in (step.wrong, step.solution) if one is not None]
    return [{}] if isinstance(step, Run) else []


def _differences(run: LessonRun, number: int, step: Step, made: list[Attempt]) -> Iterator[str]:
    for attempt in made:
        if "error" in attempt.outcome:
            yield f"{attempt.given or 'it'} failed: {attempt.outcome['error']}"
    if isinstance(step, Look) and step.at is not None:
        [verdict] = engine.judge(run, [step.at], run.started_at, 1)
        yield from [] if verdict.holds else [f"{verdict.says}: {'; '.join(verdict.differs)}"]
    if isinstance(step, Run):
        yield from _claims_that_do_not_hold(made[-1])
        yield from _predictions(run, number)
    if isinstance(step, (Quiz, Break, Write)):
        yield from _misjudged(made)


def _claims_that_do_not_hold(attempt: Attempt) -> Iterator[str]:
    for claim in attempt.claims:
        if not claim["holds"]:
            yield f"{claim['says']}: {'; '.join(claim['differs'])}"


def _misjudged(made: list[Attempt]) -> Iterator[str]:
    """Only the last try is the right one."""
    for attempt in made[:-1]:
        if attempt.right is not False:
            yield f"{attempt.given} is wrong, but was judged right"
    if made[-1].right is not True:
        yield f"{made[-1].given} is right, but was judged wrong"
        if error := made[-1].outcome.get("answer", {}).get("error"):
            yield f"it was not answered: {error}"
        yield from _claims_that_do_not_hold(made[-1])


def _predictions(run: LessonRun, number: int) -> Iterator[str]:
    """Judged by the Run that has just been played: of the options, the one that the lesson says came true."""
    steps = engine.catalogue.find(run.lesson).steps
    for index in range(number - 1, -1, -1):
        step = steps[index]
        if isinstance(step, Run):
            return
        if isinstance(step, Predict):
            last = run.attempts.filter(step=index).order_by("pk").last()
            came_true = last.outcome.get("came_true") if last else None
            if came_true != [n == step.right for n in range(len(step.options))]:
                yield f"of the predictions «{step.title}» came true: {came_true}, not only number {step.right + 1}"
            yield from _misjudged(list(run.attempts.filter(step=index).order_by("pk")))
