"""A lesson that plays itself tells whatever differs from what it claims; the journeys play those that are right."""

from typing import Any

import pytest

from learning.course import auto, catalogue, engine, views
from learning.course.lesson import Break, Look, Predict, Quiz, Run, Step, Write
from learning.models import Attempt, Learner
from learning.models import Run as LessonRun
from ocpi.core import clock

STEPS = [step for lesson in catalogue.all_lessons() for step in lesson.steps]


def attempt(right: bool | None, given: Any = None, **outcome: Any) -> Attempt:
    return Attempt(right=right, given=given or {}, outcome=outcome)


@pytest.mark.parametrize("kind", [Predict, Quiz, Break, Write, Run, Look])
def test_the_right_thing_is_tried_last_and_a_wrong_one_before(kind: type) -> None:
    for step in (one for one in STEPS if isinstance(one, kind)):
        tried = auto.tries(step)
        if isinstance(step, (Predict, Quiz)):
            assert [given["option"] for given in tried][-1:] == [step.right]
            assert len(tried) == 2
        elif isinstance(step, Break):
            assert [given["choice"] for given in tried][-1:] == [step.right]
            assert len(tried) == len(step.choices)
        else:
            assert len(tried) == {Look: 0, Run: 1}.get(kind, 1 + (getattr(step, "wrong", None) is not None))


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ([attempt(False), attempt(True)], []),
        ([attempt(True, {"option": 1}), attempt(True)], ["{'option': 1} is wrong, but was judged right"]),
        ([attempt(None, {"option": 1}), attempt(True)], ["{'option': 1} is wrong, but was judged right"]),
        ([attempt(False, {"option": 0})], ["{'option': 0} is right, but was judged wrong", "it comes: nothing came"]),
    ],
)
def test_a_wrong_judgement_is_told(made: list[Attempt], told: list[str]) -> None:
    made[-1].outcome["claims"] = [
        {"says": "it comes", "holds": made[-1].right, "differs": ["nothing came"], "exchanges": []}
    ]
    assert list(auto._misjudged(made)) == told


def test_a_message_without_an_answer_is_told() -> None:
    made = [attempt(False, answer={"http_status": None, "body": None, "error": "it broke off"}, claims=[])]
    assert list(auto._misjudged(made)) == ["{} is right, but was judged wrong", "it was not answered: it broke off"]


def test_what_failed_is_told(db: None) -> None:
    step = next(step for step in STEPS if isinstance(step, Quiz))
    made = [attempt(False), attempt(True, {"option": step.right}, error="the CPO does not answer")]
    run = LessonRun(lesson="roles")
    assert list(auto._differences(run, 0, step, made)) == [
        f"{{'option': {step.right}}} failed: the CPO does not answer"
    ]


def test_a_sandbox_that_cannot_be_made_ends_the_lesson(settings: Any, db: None) -> None:
    """Nobody answers at the mock CPO's address."""
    settings.LEARNING_CPO_URL, settings.JOURNAL_ENABLED, settings.LEARNING_ENABLED = "http://localhost:9", True, True
    report = auto.play(catalogue.find("roles"), engine.learner("somebody"))
    assert [text.partition(":")[0] for text in report.differences] == ["it did not begin"]
    assert (report.messages, report.points) == (0, 0)


def test_predictions_that_did_not_come_true_are_told(db: None) -> None:
    lesson, number, step = _first_prediction()
    run = LessonRun.objects.create(
        learner=Learner.objects.create(session_key="x"), lesson=lesson, touched_at=clock.now()
    )
    right = [n == step.right for n in range(len(step.options))]
    Attempt.objects.create(
        run=run, step=number, given={"option": 1 - step.right}, right=False, outcome={"came_true": right}
    )
    last = Attempt.objects.create(run=run, step=number, given={"option": step.right}, right=True,
                                  outcome={"came_true": right})  # fmt: skip
    assert list(auto._predictions(run, number + 1)) == []
    last.outcome = {"came_true": [True] * len(right)}
    last.save()
    [told] = auto._predictions(run, number + 1)
    assert f"not only number {step.right + 1}" in told


def _first_prediction() -> tuple[str, int, Predict]:
    return next(
        (lesson.key, number, step)
        for lesson in catalogue.all_lessons()
        for number, step in enumerate(lesson.steps)
        if isinstance(step, Predict) and step.right < 2
    )


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.title)
def test_a_step_is_shown_without_its_answers(step: Step) -> None:
    shown = views.step(step, {})
    assert {"kind", "title", "text", "judged", "performed"} <= shown.keys()
    assert not {"right", "solution", "why"} & shown.keys()
