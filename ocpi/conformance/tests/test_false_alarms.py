"""What a platform on a foreign stack taught the kit: these are no defects, or one defect and not twenty."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from ocpi.conformance.checks import admission, cdrs, expecting, messages
from ocpi.conformance.exchange import Exchange
from ocpi.conformance.kit import Kit, Options
from ocpi.conformance.listener import Listener, Visitor
from ocpi.conformance.registry import Skip, Target
from ocpi.core import clock
from ocpi.protocol import envelope
from ocpi.protocol.headers import PartyId, authorization

BASE = "https://cpo.example/ocpi/2.2.1"
LISTED = {"endpoints": [{"identifier": "credentials", "role": "RECEIVER", "url": f"{BASE}/credentials/"},
                        {"identifier": "tokens", "role": "RECEIVER", "url": f"{BASE}/tokens/"}]}  # fmt: skip


def _kit(target: Target = Target.CPO, **options: Any) -> Kit:
    kit = Kit(target, "https://cpo.example/ocpi/versions", "token-a", options=Options(**options))
    kit.details = LISTED
    return kit


def _answer(body: Any, status: int = 200, **headers: str) -> Exchange:
    made = Exchange("OUT", "GET", f"{BASE}/tokens/NL/KIT/1", "tokens", clock.now(), http_status=status)
    made.response_headers = {"Content-Type": "application/json", **headers}
    made.response_body = envelope.encode(body)
    return made


def _envelope(data: Any, code: int = 1000) -> dict[str, Any]:
    return {"status_code": code, "timestamp": "2026-01-01T00:00:00Z", "data": data}


def test_urls_are_called_as_they_are_listed() -> None:
    kit = _kit()
    assert kit.url("credentials") == f"{BASE}/credentials/"
    assert kit.url("tokens", "NL", "KIT") == f"{BASE}/tokens/NL/KIT"


def test_a_module_that_is_not_listed_can_be_named() -> None:
    kit = _kit(endpoints={"commands": f"{BASE}/commands"})
    assert kit.offers("commands")
    assert not kit.listed("commands")


@pytest.mark.parametrize("target", list(Target))
def test_a_token_is_only_tried_where_something_can_be_read(target: Target) -> None:
    """There is no GET {tokens} at a CPO, and no URL of a CDR at an eMSP that we know beforehand."""
    kit = _kit(target)
    tried = {module: bool(admission.read_of(kit, module)) for module in admission.readable(kit)}
    if target is Target.CPO:
        assert tried == {"locations": False, "tariffs": False, "sessions": False, "cdrs": False, "tokens": True}
    else:
        assert tried == {"tokens": False, "locations": True, "tariffs": True, "sessions": True}


def test_every_cistring_is_compared_without_regard_to_case() -> None:
    sent = {"evse_id": "NL*KIT*E1", "location_id": "L1", "tariff_ids": ["T1"], "name": "A"}
    assert expecting.same(sent, {"evse_id": "nl*kit*e1", "location_id": "l1", "tariff_ids": ["t1"], "name": "A"}) == []
    assert expecting.same(sent, sent | {"name": "a"}) == ["name: A came back as a"]


def test_an_object_in_a_list_is_read_and_told_once() -> None:
    answer = _answer(_envelope([{"uid": "1"}]))
    answer.below = True
    kit = _kit()
    kit.exchanges.append(answer)
    assert answer.one == {"uid": "1"}
    assert len(list(messages.one_object_is_no_list(kit))) == 1


def test_a_list_of_several_is_no_object() -> None:
    assert _answer(_envelope([{"uid": "1"}, {"uid": "2"}])).one == {}


def test_what_a_push_is_answered_with_is_no_object_that_was_asked_for() -> None:
    kit, answer = _kit(), _answer(_envelope([{"uid": "1"}]))
    answer.below, answer.method = True, "PUT"
    kit.exchanges.append(answer)
    assert not list(messages.one_object_is_no_list(kit))


def test_an_error_without_an_envelope_is_told_once() -> None:
    kit, answer = _kit(), _answer({"detail": "Not Found"}, 404)
    kit.exchanges.append(answer)
    assert len(list(messages.json_in_every_answer(kit))) == 1
    assert not list(messages.status_code_in_every_answer(kit))
    assert not list(messages.timestamp_in_every_answer(kit))
    assert not list(expecting.missing(answer, "an unknown token", (2004,)))


def test_a_url_that_nobody_named_may_redirect() -> None:
    kit, answer = _kit(), _answer({}, 307)
    answer.beside = True
    kit.exchanges.append(answer)
    for check in (messages.json_in_every_answer, messages.no_redirects, messages.usual_http_statuses):
        assert not list(check(kit))


def test_our_token_does_not_follow_a_cdr_to_another_host() -> None:
    kit = _kit(Target.EMSP)
    kit.kept["cdr"] = {}, _answer(_envelope(None), 201, Location="https://elsewhere.example/cdrs/1")
    assert len(list(cdrs.location_where_the_cdr_was_sent(kit))) == 1
    with pytest.raises(Skip):
        cdrs.location_of(kit)


def test_routing_headers_may_be_left_out_between_two_single_parties_only() -> None:
    kit = _kit()
    kit.exchanges.append(_answer(_envelope([])))
    kit.roles = [{"role": "CPO", "country_code": "NL", "party_id": "CPO"}]
    with pytest.raises(Skip):
        list(messages.routing_of_answers(kit))
    kit.roles *= 2
    assert len(list(messages.routing_of_answers(kit))) == 1


@pytest.fixture
def visited() -> Iterator[tuple[Listener, Visitor]]:
    listener = Listener()
    yield listener, listener.visitor(PartyId("NL", "KIT"), "EMSP")
    listener.close()


def test_a_push_is_read_although_there_is_no_slash_behind_our_url(visited: tuple[Listener, Visitor]) -> None:
    listener, visitor = visited
    url, headers = visitor.url("sessions"), {"Authorization": authorization(visitor.token)}
    assert requests.put(f"{url}DE/FST/S1", json={"id": "S1"}, headers=headers, timeout=30).status_code == 201
    [push] = listener.received
    assert (push.module, push.path, push.glued) == ("sessions", "sessions/DE/FST/S1", True)
    requests.put(f"{url}/DE/FST/S1", json={"id": "S1"}, headers=headers, timeout=30)
    assert not listener.received[-1].glued
