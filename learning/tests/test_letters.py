"""Messages that learners write: checked at the field, and kept inside the sandbox."""

from typing import Any

import pytest

from learning.course import letters
from learning.course.errors import BadMessage
from learning.course.lesson import Message
from learning.models import Run
from tests import factories


def run_in(world: str = "http://localhost:8001/worlds/abc") -> Run:
    return Run(facts={"base_url": world, "country": "NL", "party": "0AB"}, world="abc")


def put(body: Any, *path: str, module: str = "locations", method: str = "PUT") -> Message:
    return Message(method, module, path, body=body)


@pytest.mark.parametrize(("body", "path", "problems"), [
    (factories.location(), ("NL", "CPO", "L1"), []),
    (factories.location(country="NL"), ("NL", "CPO", "L1"), ["country"]),
    (factories.location(evses=[factories.evse(status="BUSY")]), ("NL", "CPO", "L1"), ["evses[0].status"]),
    (factories.evse(connectors=[]), ("NL", "CPO", "L1", "E1"), ["connectors"]),
    ({"id": "C1"}, ("NL", "CPO", "L1", "E1", "C1"),
     ["standard", "format", "power_type", "max_voltage", "max_amperage", "last_updated"]),
    ([], ("NL", "CPO", "L1"), [""]),
])  # fmt: skip
def test_problems_stand_at_their_field(body: Any, path: tuple[str, ...], problems: list[str]) -> None:
    assert [where for where, _ in letters.check("CPO", put(body, *path))] == problems


@pytest.mark.parametrize(("body", "problems"), [
    ({"status": "CHARGING", "last_updated": "2026-03-01T12:00:00Z"}, []),
    ({"status": "CHARGING"}, ["last_updated"]),
    ({"status": "BUSY", "last_updated": "2026-03-01T12:00:00Z"}, ["status"]),
])  # fmt: skip
def test_of_a_patch_only_what_is_there_counts(body: Any, problems: list[str]) -> None:
    message = put(body, "NL", "CPO", "L1", "E1", method="PATCH")
    assert [where for where, _ in letters.check("CPO", message)] == problems


def test_a_command_is_checked_by_its_name() -> None:
    message = put({"session_id": "S1"}, "STOP_SESSION", module="commands", method="POST")
    assert letters.check("EMSP", message) == [("response_url", "is required")]


@pytest.mark.parametrize("given", [
    {"method": "BREW", "module": "locations"}, {"method": "GET", "module": "coffee"},
    {"method": "GET", "module": "locations", "path": ["..", "admin"]},
    {"method": "GET", "module": "tokens", "path": "x"},
    {"method": "GET", "module": "tokens", "headers": {"X-A": "1\n2"}},
    {"method": "GET", "module": "tokens", "headers": {"X A": "1"}},
])  # fmt: skip
def test_what_is_no_message_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(BadMessage):
        letters.message_of(given, {})


def test_names_of_facts_may_stand_in_it() -> None:
    given = {"method": "PUT", "module": "locations", "path": ["{country}", "{party}"], "body": {"id": "{location_id}"}}
    message = letters.message_of(given, {"country": "NL", "party": "0AB", "location_id": "L1"})
    assert (message.path, message.body) == (["NL", "0AB"], {"id": "L1"})


@pytest.mark.parametrize("body", [
    {"url": "http://evil.example/versions"}, {"response_url": "https://evil.example/x"},
    {"deep": [{"url": "http://localhost:9999/"}]}, {"url": "http://localhost:8001.evil.example/"},
    {"url": "http://localhost:8001@evil.example/"},
])  # fmt: skip
@pytest.mark.parametrize("send", [letters.send_as_cpo, letters.send_as_emsp])
def test_nothing_leads_to_foreign_hosts(send: Any, body: Any) -> None:
    with pytest.raises(BadMessage, match="two platforms"):
        send(run_in(), put(body, module="credentials"))


@pytest.mark.parametrize(
    "url", ["http://localhost:8001/worlds/abc/ocpi/cpo/versions", "http://emsp.test/x", "nonsense"]
)
def test_the_two_platforms_may_be_named(url: str) -> None:
    letters._stay_inside(run_in(), put({"url": url}))


def test_a_foreign_response_url_in_the_query_is_refused() -> None:
    message = Message("GET", "chargingprofiles", ["S1"], query="duration=9&response_url=http%3A%2F%2Fevil.example")
    with pytest.raises(BadMessage):
        letters.send_as_emsp(run_in(), message)
