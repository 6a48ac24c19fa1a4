"""Which of the tokens A, B and C a message carries, by the marks in the journal; no token itself is there."""

import json
from typing import Any

import pytest

from learning.course import exchanges, tokens
from learning.models import Learner, Run
from ocpi.core import clock
from ocpi.core.exchange import Exchange as HttpExchange
from ocpi.journal import redaction, services, writer
from ocpi.partners.models import Partner
from ocpi.protocol import headers


@pytest.fixture
def run(db: None, settings: Any) -> Run:
    settings.JOURNAL_ENABLED = True
    learner = Learner.objects.create(session_key="tokens")
    partner = Partner.objects.create(name="Learner", sandbox=True)
    facts = {"cpo_token_a": "their-token-a"}
    return Run.objects.create(learner=learner, lesson="handshake", partner=partner, facts=facts, touched_at=clock.now())


def exchanged(
    run: Run, direction: str, method: str, path: str, token: str, *, body: str = "", answer: str = "", http: int = 200
) -> None:
    """As both sides of the platform record it, with the token in clear; the journal masks it."""

    def credentials(token: str) -> bytes:
        return json.dumps({"token": token, "url": "http://x.test"}).encode() if token else b""

    services.record(
        HttpExchange(
            direction=direction, partner_id=run.partner_id, module=path.split("/")[-1], method=method, url=path,
            http_status=http, request_headers={"Authorization": headers.authorization(token)} if token else {},
            request_body=credentials(body), response_body=b'{"data":' + (credentials(answer) or b"null") + b"}",
            started_at=clock.now(), duration_ms=1, request_id="r", correlation_id="c",
        )
    )  # fmt: skip
    writer.flush()


def letters_of(run: Run) -> list[str]:
    return [one.token for one in exchanges.of(run)]


def test_each_request_is_told_by_the_letter_of_its_token(run: Run) -> None:
    exchanged(run, "OUT", "GET", "/versions", "their-token-a")
    exchanged(run, "OUT", "POST", "/credentials", "their-token-a", body="ours-b", answer="theirs-c", http=201)
    exchanged(run, "IN", "GET", "/versions", "ours-b")
    exchanged(run, "OUT", "GET", "/locations", "theirs-c")
    assert letters_of(run) == ["A", "A", "B", "C"]


def test_who_begins_decides_who_made_b(run: Run) -> None:
    exchanged(run, "IN", "POST", "/credentials", "our-token-a", body="theirs-b", answer="ours-c", http=201)
    exchanged(run, "OUT", "GET", "/locations", "theirs-b")
    exchanged(run, "IN", "PATCH", "/sessions", "ours-c")
    assert letters_of(run) == ["A", "B", "C"]


def test_new_tokens_take_over_the_letters_of_the_old(run: Run) -> None:
    exchanged(run, "OUT", "POST", "/credentials", "their-token-a", body="ours-b", answer="theirs-c", http=201)
    exchanged(run, "OUT", "PUT", "/credentials", "theirs-c", body="ours-b-2", answer="theirs-c-2")
    exchanged(run, "IN", "PATCH", "/sessions", "ours-b-2")
    exchanged(run, "IN", "PATCH", "/sessions", "ours-b")
    exchanged(run, "OUT", "GET", "/locations", "theirs-c-2")
    assert letters_of(run) == ["A", "C", "B", "B", "C"]


def test_a_token_a_that_came_to_nothing_is_known_by_the_world_that_gave_it(run: Run) -> None:
    exchanged(run, "OUT", "GET", "/versions", "their-token-a")
    assert letters_of(run) == ["A"]


def test_a_token_a_that_another_has_replaced_is_still_one(run: Run) -> None:
    exchanged(run, "OUT", "GET", "/versions", "an-older-token-a")
    run.facts |= {"marks_of_a": [redaction.mark("an-older-token-a")]}
    assert letters_of(run) == ["A"]


def test_what_was_given_by_nobody_has_no_letter(run: Run) -> None:
    exchanged(run, "OUT", "POST", "/credentials", "their-token-a", body="ours-b", answer="theirs-c", http=201)
    exchanged(run, "IN", "GET", "/versions", "a-guess", http=401)
    exchanged(run, "IN", "GET", "/versions", "", http=401)
    assert letters_of(run) == ["A", "", ""]


def test_bodies_name_the_letter_and_never_the_token(run: Run) -> None:
    exchanged(run, "OUT", "POST", "/credentials", "their-token-a", body="ours-b", answer="theirs-c", http=201)
    [one] = exchanges.of(run)
    assert one.request["token"] == "••• token B"
    assert one.answer["data"]["token"] == "••• token C"
    assert one.request_headers["Authorization"] == "••• token A"
    assert not any(token in json.dumps(one.to_json()) for token in ("their-token-a", "ours-b", "theirs-c"))


def test_a_text_without_marks_stays_as_it_is() -> None:
    assert tokens.named({}, '{"token": "•••"}') == '{"token": "•••"}'
    assert tokens.mark_of({}) == ""
