"""The platform that the kit plays: whatever it is sent, it answers as OCPI wants it, and remembers it."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from ocpi.conformance import samples
from ocpi.conformance.listener import EMPTY, OLD, Listener, Visitor
from ocpi.protocol.headers import PartyId, authorization

KIT, CPO = PartyId("NL", "KIT"), PartyId("NL", "CPO")


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    listener = Listener()
    yield listener.visitor(KIT, "EMSP")
    listener.close()


def _ask(visitor: Visitor, method: str, url: str, **kwargs: Any) -> tuple[int, Any]:
    """HTTP status, and what stands in `data`, or the status code of a refusal."""
    headers = {"Authorization": authorization(visitor.token)} | kwargs.pop("headers", {})
    answer = requests.request(method, url, headers=headers, timeout=5, **kwargs)
    body = answer.json()
    return answer.status_code, body.get("data") if body["status_code"] < 2000 else body["status_code"]


def test_what_was_pushed_can_be_read_changed_and_deleted(visitor: Visitor) -> None:
    url, tariff = visitor.url("tariffs", "NL", "CPO", "T1"), samples.tariff(CPO, "1")
    assert _ask(visitor, "GET", url) == (404, 2001)
    assert _ask(visitor, "PUT", url, json=tariff) == (201, None)
    assert _ask(visitor, "PUT", url, json=tariff) == (200, None)
    assert _ask(visitor, "PATCH", url, json={"currency": "CHF"}) == (200, None)
    assert _ask(visitor, "GET", url) == (200, tariff | {"currency": "CHF"})
    assert _ask(visitor, "PATCH", f"{url}/part", json={"currency": "EUR"}) == (200, None)
    assert _ask(visitor, "DELETE", url) == (200, None)
    assert _ask(visitor, "PATCH", url, json={"currency": "CHF"}) == (404, 2001)


def test_a_bill_is_kept_and_its_url_told(visitor: Visitor) -> None:
    bill = samples.cdr(CPO, samples.cdr_token(KIT), "1")
    headers = {"Authorization": authorization(visitor.token)}
    answer = requests.post(visitor.url("cdrs"), json=bill, headers=headers, timeout=5)
    assert answer.status_code == 201
    assert _ask(visitor, "GET", answer.headers["Location"]) == (200, bill)


def test_lists_are_those_of_the_tokens_and_empty_otherwise(visitor: Visitor) -> None:
    visitor.tokens.append(samples.token(KIT, "1"))
    assert _ask(visitor, "GET", visitor.url("tokens")) == (200, visitor.tokens)
    assert _ask(visitor, "GET", visitor.url("locations")) == (200, [])


def test_its_own_card_is_authorised_as_it_is_and_others_are_unknown(visitor: Visitor) -> None:
    visitor.tokens += [samples.token(KIT, "1"), samples.token(KIT, "2", valid=True)]
    decided = [_ask(visitor, "POST", visitor.url("tokens", f"kit-test-{n}", "authorize")) for n in (1, 2)]
    assert [data["allowed"] for _, data in decided] == ["BLOCKED", "ALLOWED"]
    assert _ask(visitor, "POST", visitor.url("tokens", "nobody", "authorize")) == (404, 2004)


def test_what_is_no_object_is_refused(visitor: Visitor) -> None:
    url = visitor.url("tariffs", "NL", "CPO", "T1")
    assert _ask(visitor, "PUT", url, json=["T1"]) == (200, 2001)
    assert _ask(visitor, "PUT", url, data=b'{"id": ') == (400, 2001)


@pytest.mark.parametrize("number", ["0", "9", "nobody"])
def test_there_is_nobody_under_another_number(visitor: Visitor, number: str) -> None:
    assert _ask(visitor, "GET", f"{visitor.base}/{number}/versions")[0] == 404


def test_flawed_platforms_say_what_they_are_short_of(visitor: Visitor) -> None:
    (old,) = _ask(visitor, "GET", visitor.versions_url(OLD))[1]
    (empty,) = _ask(visitor, "GET", visitor.versions_url(EMPTY))[1]
    assert old["version"] == "2.1.1"
    endpoints = _ask(visitor, "GET", empty["url"])[1]["endpoints"]
    assert [each["identifier"] for each in endpoints] == ["credentials"]


def test_credentials_are_given_to_whoever_asks_with_the_token_and_taken_back(visitor: Visitor) -> None:
    url = visitor.url("credentials")
    assert _ask(visitor, "GET", url)[1] == visitor.credentials()
    assert _ask(visitor, "DELETE", url) == (200, None)
    assert _ask(visitor, "GET", url, headers={"Authorization": authorization("another")}) == (401, 2001)


def test_routing_headers_that_cannot_be_read_are_no_reason_to_fail(visitor: Visitor) -> None:
    assert _ask(visitor, "GET", visitor.url("locations"), headers={"OCPI-to-country-code": "NLD"})[0] == 200
