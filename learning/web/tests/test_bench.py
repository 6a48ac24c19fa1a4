"""The benches: a header is read, a message judged, and neither is kept."""

import json
from typing import Any

import pytest
from django.test import Client

from learning.explain import judge
from learning.explain.dictionary import CLASSES
from learning.explain.examples import examples
from learning.web.bench import LONGEST, Written
from ocpi.protocol.tests.samples import SPECS


@pytest.fixture
def page() -> Client:
    return Client()


def judged(page: Client, text: str, **meant: Any) -> Any:
    kind = {"method": "PUT", "path": "locations/NL/CPO/LOC1", "to_emsp": "on", **meant}
    return page.post("/learn/bench/messages/judge/", {"text": text, **kind})


def test_a_header_is_read_and_corrected(page: Client) -> None:
    answer = page.post("/learn/bench/tokens/", {"header": "Token example-token"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert "not encoded, as in OCPI 2.1.1" in answer.text
    assert "Token ZXhhbXBsZS10b2tlbg==" in answer.text


def test_what_is_pasted_is_shown_as_text(page: Client) -> None:
    answer = page.post("/learn/bench/tokens/", {"header": '"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text


def test_a_message_is_judged_with_places(page: Client) -> None:
    text = examples()["location"].text.replace('"AVAILABLE"', '"FREE"')
    [problem] = judged(page, text).json()["problems"]
    assert problem["path"] == "evses[0].status"
    assert json.loads(text[problem["start"] : problem["end"]]) == "FREE"


def test_places_count_line_breaks_as_the_text_area_does(page: Client) -> None:
    text = '{\n  "status": "FREE"\n}'
    sent = judged(page, text.replace("\n", "\r\n"), method="PATCH", path="locations/NL/CPO/LOC1/EV1")
    place = next(problem for problem in sent.json()["problems"] if problem["path"] == "status")
    assert text[place["start"] : place["end"]] == '"FREE"'


@pytest.mark.parametrize("meant", [{"method": ""}, {"path": ""}, {"text": "x" * (LONGEST + 1)}])
def test_what_is_too_long_or_says_not_what_it_is_is_refused(page: Client, meant: dict[str, str]) -> None:
    assert judged(page, meant.pop("text", "{}"), **meant).status_code == 400


@pytest.mark.parametrize("name", examples())
def test_each_message_to_begin_with_is_in_order(page: Client, name: str) -> None:
    example = examples()[name]
    form = Written({**example._asdict(), "text": example.text})
    assert form.is_valid(), form.errors
    assert form.shape().model is not None
    assert judge(example.text, form.shape()) == []
    assert example.title in page.get(f"/learn/bench/messages/?message={name}").text


def test_all_objects_of_the_specification_are_described(page: Client) -> None:
    assert {each.name for each in CLASSES} >= set(SPECS)
    assert "Highest power in W" in page.get("/learn/bench/fields/").text


@pytest.mark.parametrize("path", ["bench/tokens/", "bench/messages/", "bench/fields/"])
def test_the_pages_need_neither_login_nor_database_nor_foreign_hosts(page: Client, path: str) -> None:
    answer = page.get(f"/learn/{path}")
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "style=" not in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", ["bench/tokens/", "bench/messages/judge/"])
def test_what_another_site_sends_is_refused(path: str) -> None:
    assert Client(enforce_csrf_checks=True).post(f"/learn/{path}", {"header": "x"}).status_code == 403
