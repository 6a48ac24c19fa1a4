"""Every lesson is whole: what it names exists, and it asks, breaks and ends as lessons do."""

import re
from collections.abc import Iterator

import pytest

from learning.course import kept, letters
from learning.course.acts import ACTS
from learning.course.catalogue import all_lessons, find
from learning.course.claims import Claim, InOrder, Seen, Stored
from learning.course.errors import Trouble
from learning.course.lesson import Act, Break, Lesson, Look, Option, Predict, Quiz, Run, Step, Write

LESSONS = pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.key)


def acts_of(lesson: Lesson) -> Iterator[Act]:
    yield from lesson.prepare
    for step in lesson.steps:
        if isinstance(step, (Run, Break, Write)):
            yield from step.acts
        if isinstance(step, Break):
            yield from step.mend
            for choice in step.choices:
                yield from choice.acts


def claims_of(lesson: Lesson) -> Iterator[Claim]:
    for step in lesson.steps:
        if isinstance(step, (Run, Break, Write)):
            yield from step.claims
        if isinstance(step, Predict):
            yield from (claim for option in step.options for claim in option.claims)
        if isinstance(step, Look) and step.at is not None:
            yield step.at


def steps_of(lesson: Lesson, *kinds: type[Step]) -> list[Step]:
    return [step for step in lesson.steps if isinstance(step, kinds)]


def test_they_are_numbered_without_doubles() -> None:
    numbers = [lesson.number for lesson in all_lessons()]
    assert numbers == sorted(set(numbers))
    assert len({lesson.key for lesson in all_lessons()}) == len(numbers)


def test_they_are_found_by_key_and_by_number() -> None:
    assert find("handshake") is find("2")
    with pytest.raises(Trouble, match="handshake"):
        find("nothing")


@LESSONS
def test_it_predicts_asks_breaks_and_says_what_one_can_do_now(lesson: Lesson) -> None:
    assert steps_of(lesson, Predict)
    assert steps_of(lesson, Quiz)
    assert steps_of(lesson, Break, Write)
    assert len(lesson.able) >= 3
    assert lesson.reading


@LESSONS
def test_its_acts_and_kinds_exist(lesson: Lesson) -> None:
    assert {act.name for act in acts_of(lesson)} <= ACTS.keys()
    assert {claim.kind for claim in claims_of(lesson) if isinstance(claim, Stored)} <= kept.KINDS.keys()


def test_every_act_is_done_in_a_lesson() -> None:
    assert ACTS.keys() - {act.name for lesson in all_lessons() for act in acts_of(lesson)} == set()


@LESSONS
def test_its_patterns_can_be_read(lesson: Lesson) -> None:
    for claim in claims_of(lesson):
        for part in claim.parts if isinstance(claim, InOrder) else [claim]:
            if isinstance(part, Seen):
                re.compile(part.url)


@LESSONS
def test_its_questions_have_an_answer_and_say_why(lesson: Lesson) -> None:
    for step in steps_of(lesson, Predict, Quiz, Break):
        options = step.choices if isinstance(step, Break) else step.options
        assert 2 <= len(options) <= 5, step.title
        assert 0 <= step.right < len(options), step.title
        assert all(option.why for option in options), step.title
        assert all(option.claims for option in options if isinstance(option, Option) and isinstance(step, Predict))


@LESSONS
def test_each_run_claims_something_and_each_prediction_has_a_run(lesson: Lesson) -> None:
    for step in steps_of(lesson, Run, Break, Write):
        assert step.claims, step.title
    for index, step in enumerate(lesson.steps):
        if isinstance(step, Predict):
            assert any(isinstance(later, Run) for later in lesson.steps[index:]), step.title


@LESSONS
def test_its_solutions_are_messages(lesson: Lesson) -> None:
    for step in steps_of(lesson, Write):
        assert step.wrong is not None, step.title
        for message in (step.begin, step.solution, step.wrong):
            letters.message_of(letters.to_json(message), {})
