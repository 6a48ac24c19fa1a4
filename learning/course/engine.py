"""The engine of the course: begins lessons, lets things happen for real, judges, counts, and tidies up.

    learner = engine.learner(session_key)
    run = engine.begin(learner, "handshake")        # a sandbox of its own is made by a worker: attempt PREPARE
    attempt = engine.submit(run, step, given)       # an answer, or something to be carried out
    engine.perform(attempt.pk)                      # by a worker, or by whoever cannot wait (the terminal)
    engine.go_on(run)                               # to the next step
    engine.leave(run)                               # nothing of the sandbox stays

`given`, by kind of step: run {}, predict and quiz {"option": n}, break {"choice": n}, write {"method", "module",
"path": […], "body", "query", "authorization", "headers"}. What came of it stands in the Attempt: `state` (DONE at the
end), `right`, `points`, `outcome` with `claims` (says, holds, differs, exchanges), `events` (at, by, to, text: what
people did), `answer` (write: http_status, body, error), `problems` (write: path and text) and `error` (a sentence).

A prediction is judged at the Run behind it. The messages of a run are `exchanges.of(run, after=id)`; `views.show`
gives a step as JSON. Raises Trouble (errors.py) with a sentence for the learner.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from learning.demo.errors import DemoFailed
from learning.models import Attempt, Learner, Run
from ocpi.core import clock, outbox
from ocpi.journal import writer
from ocpi.partners.models import Partner
from ocpi.protocol.errors import OcpiError, PartnerError

from . import acts, catalogue, exchanges, kept, letters, sandbox
from .acts import Stage
from .acts.stage import OPERATOR, moments
from .claims import Claim, Verdict
from .errors import BadMessage, LearningOff, Trouble
from .lesson import POINTS, Act, Break, Lesson, Predict, Quiz, Step, Write
from .lesson import Run as RunStep

logger = logging.getLogger(__name__)
REPAIR = "repairs it: what follows is the repair"
_SETTLE = 0.3  # seconds in which what must not happen may still happen
_LOST = timedelta(seconds=5)  # a queued attempt that no worker took by then is offered again
_DEAD = timedelta(minutes=2)  # an attempt that runs for longer has lost its worker


def learner(session_key: str) -> Learner:
    return Learner.objects.get_or_create(session_key=session_key[:64])[0]


# --- beginning and leaving -------------------------------------------------------------------------------------------
def begin(of: Learner, key: str) -> Run:
    """A run at its first step. Its sandbox is made by the attempt PREPARE, which waits for a worker.

    What the learner had open is left: one sandbox each. Raises LearningOff, Trouble.
    """
    if not settings.LEARNING_ENABLED:
        raise LearningOff("Lessons are switched off here: LEARNING_ENABLED.")
    if not settings.JOURNAL_ENABLED:
        raise LearningOff("Lessons show what is in the journal, and that is switched off here: JOURNAL_ENABLED.")
    lesson = catalogue.find(key)
    for earlier in Run.objects.filter(learner=of).exclude(partner=None).select_related("partner"):
        leave(earlier)
    with transaction.atomic():
        run = Run.objects.create(learner=of, lesson=lesson.key, touched_at=clock.now())
        outbox.announce(Attempt.objects.create(run=run, step=Attempt.PREPARE))
    return run


def leave(run: Run) -> None:
    """The sandbox goes, with everything in it; what was answered and scored stays."""
    sandbox.close(run)
    Run.objects.filter(pk=run.pk, state=Run.State.OPEN).update(state=Run.State.LEFT)
    run.refresh_from_db()


def sweep() -> list[int]:
    """Leaves the sandboxes of learners who went away; returns attempts that no worker has taken."""
    limit = clock.now() - timedelta(minutes=settings.LEARNING_IDLE_MINUTES)
    for run in Run.objects.exclude(partner=None).filter(touched_at__lt=limit).select_related("partner")[:50]:
        leave(run)
    now = clock.now()
    dead = Attempt.objects.filter(state=Attempt.State.RUNNING, began_at__lt=now - _DEAD)
    dead.update(state=Attempt.State.DONE, done_at=now, outcome={"error": "this was interrupted; try it again"})
    lost = Attempt.objects.filter(state=Attempt.State.QUEUED, created_at__lt=now - _LOST)
    return list(lost.values_list("pk", flat=True)[:100])


# --- steps -----------------------------------------------------------------------------------------------------------
def step_of(run: Run, number: int | None = None) -> Step:
    """The step of this number, or the one at which the learner stands. Raises Trouble behind the end."""
    steps = catalogue.find(run.lesson).steps
    position = run.position if number is None else number
    if not 0 <= position < len(steps):
        raise Trouble("the lesson has no such step")
    return steps[position]


def go_on(run: Run) -> Run:
    """To the next step, or to the end. Raises Trouble while something has to be done at this one."""
    step = step_of(run)
    done = run.attempts.filter(step=run.position, state=Attempt.State.DONE).exclude(outcome__has_key="error").exists()
    if (step.judged or step.performed) and not done:
        raise Trouble("there is something to do here first")
    run.position += 1
    if run.position == len(catalogue.find(run.lesson).steps):
        run.state, run.finished_at = Run.State.FINISHED, clock.now()
    run.touched_at = clock.now()
    run.save(update_fields=["position", "state", "finished_at", "touched_at"])
    return run


def submit(run: Run, number: int, given: dict[str, Any] | None = None) -> Attempt:
    """Answers are judged at once; what must be carried out waits for a worker. Raises Trouble, BadMessage."""
    step = step_of(run, number)
    _check(run, step, number, given or {})
    sandbox.touch(run)
    attempt = Attempt(run=run, step=number, given=given or {})
    if not step.performed:
        _judge_answer(attempt, step)
        attempt.save()
        return attempt
    with transaction.atomic():
        attempt.save()
        outbox.announce(attempt)
    return attempt


def _check(run: Run, step: Step, number: int, given: dict[str, Any]) -> None:
    if run.attempts.exclude(state=Attempt.State.DONE).exists():
        raise Trouble("something is still going on; wait for its end")
    if run.partner_id is None:
        raise Trouble("this lesson has been left; begin it again")
    if number > run.position:
        raise Trouble("this step comes later")
    if isinstance(step, Write):
        letters.message_of(given, run.facts)
    elif isinstance(step, (Predict, Quiz, Break)):
        name, count = ("choice", len(step.choices)) if isinstance(step, Break) else ("option", len(step.options))
        if given.get(name) not in range(count):
            raise Trouble(f"choose one of {count}")


def _judge_answer(attempt: Attempt, step: Step) -> None:
    attempt.state, attempt.done_at = Attempt.State.DONE, clock.now()
    if isinstance(step, Quiz):
        _score(attempt, attempt.given["option"] == step.right)


def _score(attempt: Attempt, right: bool) -> None:
    """Right at the first try is worth POINTS, later one; a step gives its points once. The caller saves."""
    earlier = Attempt.objects.filter(run=attempt.run_id, step=attempt.step).exclude(pk=attempt.pk)
    attempt.right = right
    if right and not earlier.filter(right=True).exists():
        attempt.points = 1 if earlier.filter(right=False).exists() else POINTS


# --- carrying out ----------------------------------------------------------------------------------------------------
def perform(attempt_id: int, patience: float | None = None) -> Attempt:
    """Claims an attempt and carries it out; called twice, it is done once. Never raises for what a lesson can cause.

    `patience`: seconds until the claims must hold, instead of the step's own.
    """
    waiting = Attempt.objects.filter(pk=attempt_id, state=Attempt.State.QUEUED)
    claimed = waiting.update(state=Attempt.State.RUNNING, began_at=clock.now())
    attempt = Attempt.objects.select_related("run__partner", "run__learner").get(pk=attempt_id)
    if not claimed:
        return attempt
    try:
        _carry_out(attempt, patience)
    except (Trouble, DemoFailed, OcpiError, PartnerError) as error:
        attempt.outcome |= {"error": str(error)} | (
            {"problems": error.problems} if isinstance(error, BadMessage) else {}
        )
    except Exception:
        logger.exception("%s broke", attempt)
        attempt.outcome |= {"error": "something unexpected happened; the log tells what"}
    attempt.state, attempt.done_at = Attempt.State.DONE, clock.now()
    attempt.save()
    return attempt


def finish(attempt: Attempt, patience: float | None = None) -> Attempt:
    """Carries it out here, or waits for the worker that was faster."""
    done = perform(attempt.pk, patience)
    deadline = time.monotonic() + _DEAD.total_seconds()
    while not done.is_done and time.monotonic() < deadline:
        time.sleep(0.1)
        done.refresh_from_db()
    return done


def _carry_out(attempt: Attempt, patience: float | None) -> None:
    run, lesson = attempt.run, catalogue.find(attempt.run.lesson)
    if attempt.step == Attempt.PREPARE:
        sandbox.open_for(run, dict(lesson.world), lesson.title)
    stage = Stage(run, sandbox.control(run))
    try:
        if attempt.step == Attempt.PREPARE:
            _prepare(attempt, stage, lesson)
        else:
            _do(attempt, stage, lesson.steps[attempt.step], patience)
    finally:
        attempt.outcome = {**attempt.outcome, "events": stage.events}
        run.touched_at = clock.now()
        run.save(update_fields=["facts", "touched_at"])


def _prepare(attempt: Attempt, stage: Stage, lesson: Lesson) -> None:
    _play(stage, lesson.prepare)
    meant = any(act.name == "register" for act in lesson.prepare)
    if meant and stage.partner.status != Partner.Status.REGISTERED:
        reason = stage.events[0]["text"] if stage.events else "nobody says why"
        raise Trouble(f"{reason}. Does the platform at {settings.PUBLIC_URL} run, on the same database as this one?")


def _do(attempt: Attempt, stage: Stage, step: Step, patience: float | None) -> None:
    since = clock.now()
    wait = patience or getattr(step, "patience", 0)
    if isinstance(step, RunStep):
        _play(stage, step.acts)
        verdicts = judge(stage.run, step.claims, since, wait)
        attempt.right = all(verdict.holds for verdict in verdicts)
        _judge_predictions(attempt, since)
    elif isinstance(step, Break):
        chosen = step.choices[attempt.given["choice"]]
        try:
            _play(stage, [*chosen.acts, *step.acts])
            verdicts = judge(stage.run, step.claims, since, wait)
        finally:
            _repair(stage, step)
        _score(attempt, all(verdict.holds for verdict in verdicts))
    elif isinstance(step, Write):
        attempt.outcome |= _write(stage, step, attempt.given)
        _play(stage, step.acts)
        verdicts = judge(stage.run, step.claims, since, wait)
        _score(attempt, all(verdict.holds for verdict in verdicts))
    attempt.outcome |= {"claims": [verdict.to_json() for verdict in verdicts]}


def _repair(stage: Stage, step: Break) -> None:
    """Told in the diagram: what follows belongs to the repair, not to what was broken."""
    if step.mend:
        stage.tell(OPERATOR, "EMSP", REPAIR)
        _play(stage, step.mend)


def _play(stage: Stage, wanted: Any) -> None:
    for act in wanted:
        one: Act = act
        acts.play(stage, one)


def _write(stage: Stage, step: Write, given: dict[str, Any]) -> dict[str, Any]:
    stage.remember(**moments())
    message = letters.message_of(given, stage.facts)
    send = letters.send_as_cpo if step.side == "CPO" else letters.send_as_emsp
    return {"problems": letters.check(step.side, message), "answer": send(stage.run, message)}


def judge(run: Run, claims: Any, since: datetime, patience: float) -> list[Verdict]:
    """As soon as all hold, at the latest after `patience` seconds; what must not happen has a moment to happen."""
    deadline = time.monotonic() + patience
    present = [claim for claim in claims if not claim.is_absence]
    while not all(one.holds for one in _judged(run, present, since)) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(_SETTLE if any(claim.is_absence or claim.is_exact for claim in claims) else 0)
    return _judged(run, claims, since)


def _judged(run: Run, claims: Any, since: datetime) -> list[Verdict]:
    writer.flush()
    traffic = exchanges.of(run, since=since)

    def keeps(kind: str, where: Any) -> list[Any]:
        return kept.find(run.partner_id, kind, where)

    found: list[Claim] = list(claims)
    return [claim.judge(traffic, run.facts, keeps) for claim in found]


def _judge_predictions(attempt: Attempt, since: datetime) -> None:
    """Those between this Run and the one before it, each by what has really happened."""
    steps = catalogue.find(attempt.run.lesson).steps
    for number in range(attempt.step - 1, -1, -1):
        step = steps[number]
        if isinstance(step, RunStep):
            return
        if isinstance(step, Predict):
            _judge_prediction(attempt.run, number, step, since)


def _judge_prediction(run: Run, number: int, step: Predict, since: datetime) -> None:
    came_true = [all(one.holds for one in _judged(run, option.claims, since)) for option in step.options]
    for made in Attempt.objects.filter(run=run, step=number, right=None).order_by("pk"):
        _score(made, came_true[made.given["option"]])
        made.outcome = {"came_true": came_true}
        made.save()


# --- progress --------------------------------------------------------------------------------------------------------
def progress(of: Learner | None) -> list[dict[str, Any]]:
    """Each lesson: number, key, title, minutes, `points` of the best run, `most_points`, `finished`, `begun`."""
    runs: dict[str, list[tuple[bool, int]]] = {}
    made = Run.objects.filter(learner=of) if of else Run.objects.none()
    for run in made.prefetch_related("attempts"):
        points = sum(attempt.points for attempt in run.attempts.all())
        runs.setdefault(run.lesson, []).append((run.finished_at is not None, points))
    return [
        {
            "number": lesson.number, "key": lesson.key, "title": lesson.title, "minutes": lesson.minutes,
            "points": max((points for _, points in runs.get(lesson.key, [])), default=0),
            "most_points": lesson.most_points,
            "finished": any(finished for finished, _ in runs.get(lesson.key, [])), "begun": lesson.key in runs,
        }
        for lesson in catalogue.all_lessons()
    ]  # fmt: skip


def open_run(of: Learner) -> Run | None:
    """The run that this learner can go on with, or whose sandbox is being made."""
    return Run.objects.filter(~Q(partner=None) | Q(state=Run.State.OPEN), learner=of).order_by("-started_at").first()
