"""Steps, runs and messages as JSON, for whoever draws them: facts filled in, and no answers given away."""

from typing import Any

from learning.models import Attempt, Run

from . import catalogue, exchanges, letters
from .lesson import Break, Lesson, Look, Predict, Quiz, Step, Write
from .paths import filled


def show(run: Run, after: int = 0) -> dict[str, Any]:
    """Where a run stands: `lesson`, `step` (None at the end), `attempts` of that step, messages with an id > `after`.

    `ready` is False while the sandbox is being made; `error` then says why it could not be.
    """
    lesson = catalogue.find(run.lesson)
    prepared = run.attempts.filter(step=Attempt.PREPARE).first()
    at_end = run.position >= len(lesson.steps)
    return {
        "id": str(run.pk),
        "state": run.state,
        "position": run.position,
        "ready": prepared is not None and prepared.is_done,
        "error": (prepared.outcome.get("error") if prepared else None),
        "lesson": head(lesson, run.facts),
        "step": None if at_end else step(lesson.steps[run.position], run.facts),
        "attempts": [attempt(row) for row in run.attempts.filter(step=run.position)],
        "points": sum(row.points for row in run.attempts.all()),
        "messages": [one.to_json() for one in exchanges.of(run, after=after)],
        "events": events(run),
        "partner": run.partner_id,
    }


def head(lesson: Lesson, facts: dict[str, Any] | None = None) -> dict[str, Any]:
    """What stands above a lesson and at its end; `steps` are only kind and title."""
    return {
        "number": lesson.number, "key": lesson.key, "title": lesson.title, "minutes": lesson.minutes,
        "story": filled(lesson.story, facts or {}), "able": [filled(each, facts or {}) for each in lesson.able],
        "reading": list(lesson.reading),
        "most_points": lesson.most_points,
        "steps": [{"kind": one.kind, "title": one.title} for one in lesson.steps],
    }  # fmt: skip


def step(one: Step, facts: dict[str, Any]) -> dict[str, Any]:
    """kind, title, text, judged, performed; and by kind: options, choices, fields to look at, side and message."""
    shown: dict[str, Any] = {"kind": one.kind, "judged": one.judged, "performed": one.performed}
    shown |= {"title": filled(one.title, facts), "text": filled(one.text, facts)}
    if isinstance(one, (Predict, Quiz)):
        shown["options"] = [filled(option.text, facts) for option in one.options]
    elif isinstance(one, Break):
        shown["choices"] = [filled(choice.text, facts) for choice in one.choices]
    elif isinstance(one, Look):
        shown["fields"] = [{"path": path, "why": filled(why, facts)} for path, why in one.fields]
        shown["says"] = filled(one.at.says, facts) if one.at else ""
    elif isinstance(one, Write):
        shown |= {"side": one.side, "message": letters.to_json(one.begin, facts), "hint": filled(one.hint, facts)}
    return shown


def attempt(row: Attempt) -> dict[str, Any]:
    """What came of it; `why` explains the chosen option once it has been judged."""
    return {
        "id": row.pk, "step": row.step, "state": row.state, "given": row.given, "right": row.right,
        "points": row.points, "why": why(row), **row.outcome,
    }  # fmt: skip


def why(row: Attempt) -> str:
    if row.right is None or row.step < 0:
        return ""
    one = catalogue.find(row.run.lesson).steps[row.step]
    if isinstance(one, (Predict, Quiz)):
        return str(filled(one.options[row.given["option"]].why, row.run.facts))
    if isinstance(one, Break):
        return str(filled(one.choices[row.given["choice"]].why, row.run.facts))
    return ""


def events(run: Run) -> list[dict[str, Any]]:
    """What people did, in order: each `at` (OCPI DateTime), `by`, `to` (lanes) and `text`."""
    return [event for row in run.attempts.all() for event in row.outcome.get("events", [])]


def looked_at(run: Run, one: Look) -> dict[str, Any] | None:
    """The exchange that a Look is about, as it happened; None when it did not."""
    if one.at is None:
        return None
    verdict = one.at.judge(exchanges.of(run), run.facts, lambda kind, where: [])
    found = next((each for each in exchanges.of(run) if verdict.holds and each.id == verdict.exchanges[-1]), None)
    return found.to_json() if found else None
