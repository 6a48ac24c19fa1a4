"""Who learns is known by a signed cookie; nobody sees what belongs to somebody else."""

import runpy
from collections.abc import Callable

import pytest
from django.core import signing
from django.test import Client, override_settings

from learning.models import Learner
from learning.web.learners import COOKIE

from .conftest import Learning


def test_nobody_is_known_before_a_lesson_is_begun(client: Client, db: None) -> None:
    assert client.get("/learn/").status_code == 200
    assert client.get("/learn/handshake/").status_code == 200
    assert COOKIE not in client.cookies
    assert not Learner.objects.exists()


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_paths(learning: Learning) -> None:
    cookie = learning.client.cookies[COOKIE]
    assert cookie["httponly"]
    assert (cookie["path"], cookie["samesite"]) == ("/learn/", "Lax")


def test_two_lessons_are_of_one_learner(learning: Learning) -> None:
    with override_settings(JOURNAL_ENABLED=True):
        learning.client.post("/learn/handshake/begin/")
    assert Learner.objects.count() == 1
    learning.run.refresh_from_db()
    assert learning.run.state == "LEFT"


@pytest.mark.parametrize(
    "forged",
    ["", "nonsense", "key:1abc:sig", signing.TimestampSigner(salt="other").sign("x")],
    ids=["none", "nonsense", "made up", "signed for something else"],
)
def test_a_cookie_that_we_did_not_sign_opens_nothing(learning: Learning, forged: str) -> None:
    stranger = Client()
    stranger.cookies[COOKIE] = forged
    assert stranger.get(learning.path("live/")).status_code == 404


@pytest.mark.parametrize(
    ("method", "rest"),
    [("get", "live/"), ("get", "faults/"), ("post", "faults/"), ("post", "steps/1/"), ("post", "go-on/"),
     ("post", "leave/"), ("get", "charge/data/")],
)  # fmt: skip
def test_who_has_no_run_reaches_nothing_of_one(learning: Learning, method: str, rest: str) -> None:
    assert getattr(Client(), method)(learning.path(rest)).status_code == 404
    learning.run.refresh_from_db()
    assert learning.run.state == "OPEN"


def test_one_learner_does_not_see_the_messages_of_another(begin: Callable[..., Learning]) -> None:
    mine, theirs = begin(party="1AB"), begin(party="2CD")
    secret = theirs.exchange(url=f"{theirs.run.facts['base_url']}/ocpi/cpo/2.2.1/secret")
    own = mine.exchange()
    assert mine.client.get(mine.path(f"messages/{secret.pk}/")).status_code == 404
    assert mine.client.get(mine.path(f"messages/{own.pk}/")).status_code == 200
    assert "secret" not in mine.live()["diagram_html"]
    assert "secret" in theirs.live()["diagram_html"]


def test_nothing_is_changed_by_another_site(learning: Learning) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = learning.client.cookies
    for rest in ("begin/", "leave/", "go-on/", "steps/1/", "faults/"):
        assert strict.post(learning.path(rest)).status_code == 403


def test_where_it_is_switched_off_there_are_no_pages() -> None:
    def roots() -> set[str]:
        return {str(each.pattern) for each in runpy.run_path("emsp_project/urls.py")["urlpatterns"]}

    assert "learn/" in roots()
    with override_settings(LEARNING_ENABLED=False):
        assert "learn/" not in roots()


def test_a_lesson_that_cannot_be_begun_says_why(client: Client, db: None) -> None:
    answer = client.post("/learn/handshake/begin/")  # the tests' settings have no journal
    assert answer.status_code == 409
    assert "JOURNAL_ENABLED" in answer.text
    assert client.get("/learn/no-such-lesson/").status_code == 404


@pytest.mark.parametrize("rest", ["begin/", "charge/", "messages/1/"])
def test_a_page_of_a_lesson_that_is_over_leads_to_its_beginning(learning: Learning, rest: str) -> None:
    answer = Client().get(learning.path(rest))
    assert (answer.status_code, answer["Location"]) == (302, learning.path())
