"""Messages to begin with at the message bench; each is in order, so that whatever is underlined is one's own doing."""

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ocpi.protocol.testdata import TestDataFactory


class Example(NamedTuple):
    """`path`: behind the version's base URL; `to_emsp`: the CPO sends it."""

    key: str
    title: str
    method: str
    module: str
    path: str
    to_emsp: bool
    body: dict[str, Any]

    @property
    def text(self) -> str:
        return json.dumps(self.body, indent=2, ensure_ascii=False)


def _of_cpo(made: "TestDataFactory") -> Iterator[Example]:
    location = made.create_location(dc_hub=True, bays=1)
    tariff, card = made.create_tariff(), made.create_token()
    scene = {"location": location, "tariff": tariff, "token": card}
    session, cdr = made.create_session(dc_hub=True, **scene), made.create_cdr(dc_hub=True, **scene)
    place, evse = _path("locations", location), location["evses"][0]
    change = {"status": "CHARGING", "last_updated": session["last_updated"]}
    yield Example("location", "A location with one EVSE", "PUT", "locations", place, True, location)
    yield Example("evse", "A change of an EVSE", "PATCH", "locations", f"{place}/{evse['uid']}", True, change)
    yield Example("tariff", "A tariff", "PUT", "tariffs", _path("tariffs", tariff), True, tariff)
    yield Example("session", "A session that runs", "PUT", "sessions", _path("sessions", session), True, session)
    yield Example("cdr", "A bill", "POST", "cdrs", "cdrs", True, cdr)


def _of_emsp(made: "TestDataFactory") -> Iterator[Example]:
    card, start = made.create_token(), made.create_command()
    place = _path("tokens", card, key="uid")
    yield Example("token", "A token of ours", "PUT", "tokens", place, False, card)
    yield Example("start", "A command: start charging", "POST", "commands", "commands/START_SESSION", False, start)
    yield Example("result", "What became of a command", "POST", "commands", "commands/1", True, {"result": "ACCEPTED"})
    owner = {"country_code": "NL", "party_id": "CPO", "role": "CPO", "business_details": {"name": "A CPO"}}
    ours = {"token": "a-token-of-theirs", "url": "https://cpo.example/ocpi/versions", "roles": [owner]}
    yield Example("credentials", "Credentials", "POST", "credentials", "credentials", True, ours)


def _path(module: str, body: dict[str, Any], key: str = "id") -> str:
    return "/".join([module, body["country_code"], body["party_id"], body[key]])


@cache
def examples() -> dict[str, Example]:
    """By key. Made when somebody asks, so that a server need not load what makes them."""
    from ocpi.protocol.testdata import TestDataFactory

    made = TestDataFactory()
    return {example.key: example for example in (*_of_cpo(made), *_of_emsp(made))}
