"""Lessons played to their end in a real browser, with wrong answers and right ones, at the running demo."""

import json
from typing import Any

import pytest

from learning.course import catalogue, letters
from learning.course.lesson import Break, Lesson, Look, Message, Predict, Quiz, Run, Step, Write

from .conftest import CHROMIUM, Learner

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")
NOW = ".step.current"


def begin(someone: Learner, lesson: Lesson) -> Any:
    page = someone.open(f"/learn/{lesson.key}/")
    page.get_by_role("button", name="Begin the lesson").click()
    page.locator(NOW).wait_for(timeout=90_000)
    return page


def judged(page: Any, right: bool) -> None:
    """The verdict on what was done last."""
    page.locator(f"{NOW} .note.{'good' if right else 'bad'}:not(.earlier)").wait_for(timeout=60_000)


def forget_verdict(page: Any) -> None:
    """What stands there now is not the verdict that is waited for."""
    page.evaluate("() => document.querySelectorAll('.current .note').forEach(e => e.classList.add('earlier'))")


def choose(page: Any, number: int) -> None:
    forget_verdict(page)
    page.locator(f"{NOW} input[type=radio]").nth(number).check()
    page.locator(f"{NOW} form[data-act] button").first.click()


def write(page: Any, message: Message) -> None:
    """Names of facts, such as {party}, are filled in by the platform."""
    forget_verdict(page)
    given = letters.to_json(message)
    page.locator(f"{NOW} select[name=method]").select_option(message.method)
    query = f"?{message.query}" if message.query else ""
    page.fill(f"{NOW} input[name=path]", "/".join([message.module, *message.path]) + query)
    page.fill(f"{NOW} textarea[name=text]", json.dumps(given["body"], indent=2) if given["body"] is not None else "")
    page.locator(f"{NOW} details.headers").evaluate("details => { details.open = true; }")
    page.fill(f"{NOW} input[name=authorization]", message.authorization or "")
    page.fill(f"{NOW} textarea[name=headers]", "\n".join(f"{k}: {v}" for k, v in message.headers.items()))
    page.get_by_role("button", name="Send it").click()


def do(page: Any, step: Step) -> None:
    """What is wrong first, where there is something to be wrong about, and then what is right."""
    match step:
        case Predict():
            choose(page, step.right)
        case Quiz():
            choose(page, (step.right + 1) % len(step.options))
            judged(page, right=False)
            choose(page, step.right)
            judged(page, right=True)
        case Break():
            for number in range(len(step.choices)):
                if number != step.right:
                    choose(page, number)
                    judged(page, right=False)
            choose(page, step.right)
            judged(page, right=True)
        case Write():
            if step.wrong is not None:
                write(page, step.wrong)
                judged(page, right=False)
            write(page, step.solution)
            judged(page, right=True)
        case Run():
            page.get_by_role("button", name="Let it happen").click()
            page.locator(f"{NOW} .claims").wait_for(timeout=60_000)
            assert page.locator(f"{NOW} .claims .bad").all_inner_texts() == []
        case Look():
            page.get_by_role("link", name="Open the message").click()
            page.locator("#message article").wait_for()
            for n in range(len(step.fields)):
                page.locator(f"{NOW} .claims a").nth(n).click()
                page.wait_for_function("() => document.activeElement.matches('#message .line, #message th')")


def play(page: Any, lesson: Lesson) -> None:
    for step in lesson.steps:
        page.locator(f"{NOW} h2", has_text=step.title.split("{")[0]).wait_for()
        do(page, step)
        if not isinstance(step, Predict):
            page.locator(f"{NOW} [data-go-on]").click()
    page.locator("#finished").wait_for()


@pytest.mark.parametrize("number", [2, 8, 10])
def test_a_lesson_is_played_to_its_end(learner: Learner, number: int) -> None:
    lesson = catalogue.find(str(number))
    page = begin(learner, lesson)
    play(page, lesson)
    predictions = sum(isinstance(step, Predict) for step in lesson.steps)
    tried_twice = sum(step.judged for step in lesson.steps) - predictions
    points = 2 * predictions + tried_twice + sum(isinstance(s, Write) and s.wrong is None for s in lesson.steps)
    assert f"{points} of {lesson.most_points} points" in page.locator("#finished").inner_text()
    assert f"{points} of {lesson.most_points} points" in learner.open("/learn/").locator(".finished").inner_text()
    learner.open(f"/learn/{lesson.key}/")


def test_a_wrong_prediction_is_told_by_what_happened(learner: Learner) -> None:
    lesson = catalogue.find("2")
    page = begin(learner, lesson)
    number = next(n for n, step in enumerate(lesson.steps) if isinstance(step, Predict))
    for step in lesson.steps[:number]:
        do(page, step)
        page.locator(f"{NOW} [data-go-on]").click()
    predict = lesson.steps[number]
    assert isinstance(predict, Predict)
    choose(page, (predict.right + 1) % len(predict.options))
    do(page, lesson.steps[number + 1])
    page.locator(f"#step-{number} summary").click()
    told = page.locator(f"#step-{number} .note").inner_text()
    assert "It came otherwise" in told
    assert predict.options[predict.right].text.split("`")[0][:30] in told


def test_what_cannot_be_sent_is_told_beside_the_message_and_messages_come_to_the_front(learner: Learner) -> None:
    lesson = catalogue.find("2")
    page = begin(learner, lesson)
    for step in lesson.steps:
        if isinstance(step, Run):
            page.get_by_role("tab", name="Switchboard of faults").click()
        if isinstance(step, Write):
            break
        do(page, step)
        if isinstance(step, Run):
            assert page.locator("#pane-messages").is_visible()
        if not isinstance(step, Predict):
            page.locator(f"{NOW} [data-go-on]").click()
    page.fill(f"{NOW} textarea[name=text]", '{"token": }')
    page.get_by_role("button", name="Send it").click()
    page.locator(f"{NOW} form #trouble", has_text="it is no JSON").wait_for()
    assert isinstance(step, Write)
    write(page, step.solution)
    judged(page, right=True)
    assert page.locator("#trouble:visible").count() == 0


def test_messages_are_drawn_as_they_travel_and_explained(learner: Learner) -> None:
    lesson = catalogue.find("2")
    page = begin(learner, lesson)
    page.evaluate("() => { window.same = true; }")
    for step in lesson.steps:
        do(page, step)
        if isinstance(step, Run):
            break
        if not isinstance(step, Predict):
            page.locator(f"{NOW} [data-go-on]").click()
    page.locator("#diagram .picture a", has_text="POST /credentials").click()
    article = page.locator("#message article")
    article.wait_for()
    assert page.evaluate("() => window.same"), "the page was not loaded anew"
    assert "•••" in article.inner_text()
    page.locator('#message [data-note="CredentialsRole.role"]').first.hover()
    meaning = article.locator(".meaning")
    assert "What the party does." in meaning.inner_text()
    page.locator('#message [data-note="CredentialsRole.role"]').first.focus()
    page.keyboard.press("ArrowDown")
    assert "The company behind the party." in meaning.inner_text()
    assert "sequenceDiagram" in page.locator('[data-copied="Mermaid"]').inner_text()


def test_mistakes_are_underlined_where_they_stand(learner: Learner) -> None:
    page = learner.open("/learn/bench/messages/?message=evse")
    page.fill("textarea", '{\n  "status": "FREE",\n  "last_updated": "2026-03-01T10:00:00Z"\n}')
    page.locator(".problems li.error").wait_for()
    assert page.locator(".under mark").inner_text() == '"FREE"'
    assert "line 2" in page.locator(".problems").inner_text()
    page.locator(".problems button").click()
    assert page.evaluate("() => { const t = document.querySelector('textarea');"
                         "return t.value.slice(t.selectionStart, t.selectionEnd); }") == '"FREE"'  # fmt: skip


def test_a_fault_is_switched_in_the_own_world_only(learner: Learner) -> None:
    page = begin(learner, catalogue.find("2"))
    page.get_by_role("tab", name="Switchboard of faults").click()
    page.get_by_role("button", name="Switch on plain-token").click()
    page.get_by_role("button", name="Switch off plain-token").wait_for()
    assert [row["name"] for row in learner.demo.control.get("faults") if row["enabled"]] == []
    page.get_by_role("button", name="Switch off plain-token").click()
    page.get_by_role("button", name="Switch on plain-token").wait_for()


def test_on_a_phone_a_message_that_was_read_leads_back_to_the_lesson(learner: Learner) -> None:
    page = learner.page
    page.set_viewport_size({"width": 390, "height": 844})
    lesson = catalogue.find("2")
    begin(learner, lesson)
    number = next(n for n, step in enumerate(lesson.steps) if isinstance(step, Look))
    for step in lesson.steps[:number]:
        do(page, step)
        if not isinstance(step, Predict):
            page.locator(f"{NOW} [data-go-on]").click()
    do(page, lesson.steps[number])
    inside = "e => e.getBoundingClientRect().top >= 0 && e.getBoundingClientRect().top < innerHeight"
    close = page.get_by_role("button", name="Close")
    assert close.evaluate(inside), "however far one has read"
    close.click()
    page.wait_for_function(f"() => ({inside})(document.querySelector('{NOW}'))")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_on_a_phone(browser: Any, learner: Learner, scheme: str) -> None:
    page = learner.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    for path in ("/learn/", "/learn/handshake/", "/learn/bench/tokens/", "/learn/bench/messages/"):
        learner.open(path)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390, path
    begin(learner, catalogue.find("2"))
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_a_whole_charge_can_be_scrubbed_through(learner: Learner) -> None:
    lesson = catalogue.find("9")
    page = begin(learner, lesson)
    runs = [n for n, step in enumerate(lesson.steps) if isinstance(step, Run)]
    for step in lesson.steps[: runs[2] + 1]:
        do(page, step)
        if not isinstance(step, Predict):
            page.locator(f"{NOW} [data-go-on]").click()
    page.get_by_role("link", name="Scrub through the charge").click()
    page.locator(".machine .now").wait_for()
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    assert page.locator(".machine .now").get_attribute("data-state") == "PENDING"
    at_first = page.locator("#kwh").inner_text()
    page.keyboard.press("End")
    page.locator('.machine .now[data-state="ACTIVE"]').wait_for()
    assert float(page.locator("#kwh").inner_text()) > float(at_first)
    assert page.locator('[data-edge="PENDING-ACTIVE"].taken').count() == 1
    page.locator("#message article").wait_for()
    page.get_by_role("link", name="← Lesson 9").click()
    page.locator(NOW).wait_for()
