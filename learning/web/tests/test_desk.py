"""The lesson beside its diagram: what is shown, what is new, and what the learner does."""

from typing import Any

import pytest

from learning.course import sandbox
from learning.models import Attempt
from ocpi.core import clock
from ocpi.journal import redaction
from ocpi.protocol import headers
from ocpi.protocol.types import format_datetime

from .conftest import WORLD, Learning

PATCH = {
    "direction": "IN", "module": "locations", "method": "PATCH", "url": "/ocpi/emsp/2.2.1/locations/NL/1AB/L1/E1",
    "request_body": '{"status":"CHARGING","last_updated":"2026-03-01T12:00:00Z"}',
    "request_headers": {"Authorization": "•••", "X-Request-ID": "one", "User-Agent": "x"},
    "response_body": '{"status_code":1000,"timestamp":"2026-03-01T12:00:00Z"}',
}  # fmt: skip


def test_what_is_exchanged_is_drawn_without_the_worlds_address(learning: Learning) -> None:
    learning.exchange(url=f"{WORLD}/ocpi/cpo/2.2.1/commands/START_SESSION")
    page = learning.client.get(learning.path()).text
    assert "POST /commands/START_SESSION" in page
    assert "200 / 1000, 20 ms" in page
    assert "POST /worlds" not in page


def test_what_people_did_stands_in_the_diagram(learning: Learning) -> None:
    event = {"at": format_datetime(clock.now()), "by": "driver", "to": "CPO", "text": "plugs in"}
    learning.run.attempts.create(step=2, state="DONE", outcome={"events": [event]})
    page = learning.client.get(learning.path()).text
    assert "Driver" in page
    assert "plugs in" in page


def test_only_what_is_new_is_sent_again(learning: Learning) -> None:
    first = learning.live()
    assert {"steps_html", "diagram_html"} <= first.keys()
    seen = {name: first[name] for name in ("steps", "diagram")}
    assert learning.live(**seen).keys() == {"steps", "diagram", "busy"}
    learning.exchange()
    assert learning.live(**seen).keys() == {"steps", "diagram", "busy", "diagram_html"}


@pytest.mark.long
def test_looking_costs_the_same_however_much_was_exchanged(
    learning: Learning, django_assert_max_num_queries: Any
) -> None:
    for _ in range(40):
        learning.exchange()
    seen = {name: learning.live()[name] for name in ("steps", "diagram")}
    with django_assert_max_num_queries(7):
        learning.live(**seen)
    with django_assert_max_num_queries(12):
        learning.live()


def test_every_field_of_a_message_is_explained(learning: Learning) -> None:
    row = learning.exchange(**PATCH)
    page = learning.client.get(learning.path(f"messages/{row.pk}/")).text
    assert 'data-note="EVSE.status"' in page
    assert "What it can be used for right now." in page
    assert "8 Locations" in page
    assert "Names this one request." in page
    assert "curl -i" in page


def test_what_a_patch_changed_is_marked(learning: Learning) -> None:
    learning.exchange(**{**PATCH, "method": "PUT", "request_body": '{"status":"AVAILABLE","uid":"E1"}'})
    row = learning.exchange(**PATCH)
    page = learning.client.get(learning.path(f"messages/{row.pk}/"), headers={"X-Requested-With": "learning"}).text
    changed = [line for line in page.splitlines() if "line changed" in line]
    assert len(changed) == 2
    assert 'data-path="status"' in changed[0]
    assert "<html" not in page


def test_what_platforms_send_is_shown_as_text(learning: Learning) -> None:
    row = learning.exchange(**{**PATCH, "request_body": '{"<script>alert(1)</script>":"<img src=x onerror=1>"}'})
    page = learning.client.get(learning.path(f"messages/{row.pk}/")).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_what_the_operator_sees_is_linked_for_operators_only(learning: Learning, admin_user: Any) -> None:
    row = learning.exchange(**PATCH)
    paths = [learning.path(), learning.path(f"messages/{row.pk}/")]
    assert all("/admin/ocpi_journal/exchange/" not in learning.client.get(path).text for path in paths)
    learning.client.force_login(admin_user)
    assert all("/admin/ocpi_journal/exchange/" in learning.client.get(path).text for path in paths)


def test_a_quiz_is_judged_and_the_wrong_answer_told_why(learning: Learning) -> None:
    number = learning.stand_at("quiz")
    wrong = learning.post(f"steps/{number}/", option=0)
    assert "<strong>No.</strong>" in wrong["steps_html"]
    right = learning.post(f"steps/{number}/", option=1)
    assert "<strong>Right.</strong>" in right["steps_html"]
    assert learning.run.attempts.filter(step=number).latest("pk").points == 1


def test_a_prediction_leads_on_at_once(learning: Learning) -> None:
    number = learning.stand_at("predict")
    assert learning.post(f"steps/{number}/", option=1)["trouble"] == ""
    learning.run.refresh_from_db()
    assert learning.run.position == number + 1


@pytest.mark.parametrize("option", ["", "9", "-1", "x", "9" * 30])
def test_an_answer_that_there_is_not_is_refused(learning: Learning, option: str) -> None:
    number = learning.stand_at("quiz")
    assert "choose one of" in learning.post(f"steps/{number}/", option=option)["trouble"]


def test_nobody_goes_on_past_something_to_do(learning: Learning) -> None:
    learning.stand_at("run")
    assert "something to do here" in learning.post("go-on/")["trouble"]


def test_while_it_happens_the_page_says_so(learning: Learning) -> None:
    number = learning.stand_at("run")
    shown = learning.post(f"steps/{number}/")["steps_html"]
    assert "It is happening" in shown
    assert learning.live()["busy"]
    assert learning.run.attempts.get(step=number).state == Attempt.State.QUEUED


def test_a_message_that_is_no_json_is_not_sent(learning: Learning) -> None:
    number = learning.stand_at("write")
    told = learning.post(f"steps/{number}/", method="PUT", path="credentials", text='{"token": }')
    assert "no JSON" in told["trouble"]
    assert not learning.run.attempts.filter(step=number).exists()


def test_a_line_that_is_no_header_is_told(learning: Learning) -> None:
    number = learning.stand_at("write")
    told = learning.post(f"steps/{number}/", method="PUT", path="credentials", text="{}", headers="nonsense")
    assert "is no header" in told["trouble"]


def test_a_message_goes_as_it_was_written(learning: Learning) -> None:
    number = learning.stand_at("write")
    learning.post(f"steps/{number}/", method="PUT", path="locations/NL/1AB/L1?x=1", text='{"id": "L1"}',
                  authorization="Token abc", headers="OCPI-to-party-id: RHE\r\nX-A: b:c")  # fmt: skip
    given = learning.run.attempts.get(step=number).given
    assert given == {"method": "PUT", "module": "locations", "path": ["NL", "1AB", "L1"], "query": "x=1",
                     "body": {"id": "L1"}, "authorization": "Token abc",
                     "headers": {"OCPI-to-party-id": "RHE", "X-A": "b:c"}}  # fmt: skip
    assert '"id": "L1"' not in learning.live()["steps_html"]  # it is on its way, and no longer to be written


def test_without_a_script_one_is_sent_back_to_the_lesson(learning: Learning) -> None:
    answer = learning.client.post(learning.path("go-on/"))
    assert (answer.status_code, answer["Location"]) == (302, learning.path())


def test_the_end_says_what_one_can_do_now(learning: Learning) -> None:
    learning.run.position, learning.run.state = 99, "FINISHED"
    learning.run.save()
    page = learning.client.get(learning.path()).text
    assert "is finished" in page
    assert "say which token each request carries" in page


def test_the_overview_shows_what_is_open(learning: Learning, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(6):
        page = learning.client.get("/learn/").text
    assert "in progress: go on" in page


class Board:
    """The control API of a world, as far as its switchboard goes."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, Any]] = []

    def get(self, path: str) -> list[dict[str, Any]]:
        seconds = {"name": "seconds", "default": 5}
        return [{"name": "slow-answers", "description": "Waits", "parameter": seconds, "enabled": False, "value": None}]

    def put(self, path: str, body: Any) -> None:
        self.said.append(("PUT", path, body))

    def delete(self, path: str) -> None:
        self.said.append(("DELETE", path, None))


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    found = Board()
    monkeypatch.setattr(sandbox, "control", lambda run: found)
    return found


def test_the_switchboard_is_that_of_the_own_world(learning: Learning, board: Board) -> None:
    assert "slow-answers" in learning.client.get(learning.path("faults/")).text
    learning.client.post(learning.path("faults/"), {"name": "slow-answers", "on": "1", "value": "3"})
    learning.client.post(learning.path("faults/"), {"name": "../partners/slow-answers"})
    learning.client.post(learning.path("faults/"))
    assert board.said == [
        ("PUT", "faults/slow-answers", {"value": 3}), ("DELETE", "faults/..partnersslow-answers", None),
        ("DELETE", "faults", None),
    ]  # fmt: skip


def test_a_mock_cpo_that_is_away_is_told(learning: Learning) -> None:
    answer = learning.client.get(learning.path("faults/"))
    assert answer.status_code == 502
    assert "does not answer" in answer.text


def test_leaving_takes_everything_along(learning: Learning) -> None:
    learning.exchange()
    assert learning.client.post(learning.path("leave/"))["Location"] == "/learn/"
    learning.run.refresh_from_db()
    assert (learning.run.state, learning.run.partner) == ("LEFT", None)
    assert learning.client.get(learning.path("live/")).status_code == 404


def test_a_sandbox_that_could_not_be_made_says_why_and_can_be_tried_again(learning: Learning) -> None:
    learning.run.attempts.update(outcome={"error": "the mock CPO does not answer"})
    page = learning.client.get(learning.path()).text
    assert "the mock CPO does not answer" in page
    assert "Try again" in page
    assert "Let it happen" not in page


def test_the_verdict_on_what_was_sent_stands_above_the_message(learning: Learning) -> None:
    number = learning.stand_at("write")
    answer = {"http_status": 405, "body": {"status_code": 2000}}
    learning.run.attempts.create(step=number, state="DONE", right=False, outcome={"answer": answer, "claims": []})
    page = learning.client.get(learning.path()).text
    assert page.index("HTTP 405") < page.index("Not yet.") < page.index("Send it</button>")
    assert "Send another one" not in page


def test_once_it_is_right_the_message_is_folded_away(learning: Learning) -> None:
    number = learning.stand_at("write")
    learning.run.attempts.create(step=number, state="DONE", right=True, outcome={"claims": []})
    page = learning.client.get(learning.path()).text
    assert page.index("Right: it happened.") < page.index("Send another one") < page.index("Send it</button>")


def test_a_request_is_told_by_the_letter_of_its_token(learning: Learning) -> None:
    learning.run.facts |= {"cpo_token_a": "their-token-a"}
    learning.run.save()
    shown = redaction.headers({"Authorization": headers.authorization("their-token-a")})
    row = learning.exchange(direction="OUT", method="GET", url=f"{WORLD}/ocpi/cpo/versions", request_headers=shown)
    assert "[A] GET /ocpi/cpo/versions" in learning.client.get(learning.path()).text
    message = learning.client.get(learning.path(f"messages/{row.pk}/")).text
    assert "It shows token A" in message
    assert "••• token A" in message
