"""Requirements section 13 over HTTP: what a hub tells about the parties behind it, and what follows from that."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Connect
from .operator import Operator
from .platforms import Caller, Platform
from .steps import CREATED, NO_SUCH_OBJECT, NOT_ALLOWED, OK, REFUSED, Case, Play, Step, table

CPO = "hubclientinfo/BE/{party}"
ROUTING = ("OCPI-to-party-id", "OCPI-to-country-code", "OCPI-from-party-id", "OCPI-from-country-code")
EARLIER, NOW, LATER = "2026-03-01T11:00:00Z", "2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"


def info(**changes: Any) -> dict[str, Any]:
    made = {
        "country_code": "BE", "party_id": "{party}", "role": "CPO", "status": "CONNECTED", "last_updated": NOW,
        **changes,
    }  # fmt: skip
    return {name: value for name, value in made.items() if value is not ...}


def put(expected: tuple[int, int], **changes: Any) -> Step:
    return Step("PUT", CPO, expected, info(**changes), by="hub", answers=dict.fromkeys(ROUTING))


@table(
    Case(
        "HCI-01 HCI-02 HCI-12",
        "a hub tells of a party, and may ask what it told",
        put(CREATED),
        put(OK, status="OFFLINE", last_updated=LATER),
        Step("GET", CPO, OK, by="hub", data=info(status="OFFLINE", last_updated=LATER), answers=dict.fromkeys(ROUTING)),
        Step("GET", "hubclientinfo/be/{party}", OK, by="hub", has={"status": "OFFLINE"}),
        Step("GET", "hubclientinfo/FR/XXX", NO_SUCH_OBJECT, by="hub"),
    ),
    Case(
        "HCI-01",
        "older news changes nothing",
        put(CREATED, last_updated=LATER),
        put(OK, status="SUSPENDED", last_updated=EARLIER),
        Step("GET", CPO, OK, by="hub", has={"status": "CONNECTED"}),
    ),
    *[
        Case("HCI-03", f"{method} is not there", put(CREATED), Step(method, CPO, NOT_ALLOWED, info(), by="hub"))
        for method in ("POST", "PATCH", "DELETE")
    ],
    Case(
        "HCI-04",
        "the URL names the party that is described, and the body the same",
        put(REFUSED, country_code="FR"),
        put(REFUSED, party_id="XXX"),
        Step("GET", CPO, NO_SUCH_OBJECT, by="hub"),
    ),
    Case(
        "HCI-05",
        "who is no hub has nobody behind it",
        Step("PUT", CPO, NO_SUCH_OBJECT, info()),
        Step("GET", CPO, NO_SUCH_OBJECT),
    ),
    Case(
        "HCI-06 AMB-31",
        "a party with two roles has two entries, and the CPO is shown first",
        put(CREATED, role="EMSP", last_updated=LATER),
        put(CREATED, role="CPO"),
        put(OK, role="EMSP", status="OFFLINE", last_updated="2026-03-01T14:00:00Z"),
        Step("GET", CPO, OK, by="hub", has={"role": "CPO", "status": "CONNECTED"}),
    ),
    *[
        Case(
            "HCI-01 TYP-14", f"not valid: {change}", put(REFUSED, **change), Step("GET", CPO, NO_SUCH_OBJECT, by="hub")
        )
        for change in ({"status": "AWAY"}, {"status": "connected"}, {"role": "KING"}, {"role": None}, {"status": ...})
    ],
    Case("HCI-14", "last_updated is required", put(REFUSED, last_updated=...), put(REFUSED, last_updated=None)),
)
def test_client_info(case: Case, play: Play) -> None:
    play(case)


@pytest.mark.requirement("HCI-14")
def test_a_hub_that_knows_no_last_updated_is_excused_where_that_is_agreed(hub: Platform, operator: Operator) -> None:
    body = {"country_code": "BE", "party_id": hub.party_id, "role": "CPO", "status": "CONNECTED"}
    operator.change(hub.page, missing_last_updated=True)
    assert hub.put(f"hubclientinfo/BE/{hub.party_id}", body).codes == CREATED


@pytest.fixture
def tell(hub: Platform) -> Callable[..., None]:
    def say(status: str, when: str = NOW) -> None:
        body = {"country_code": "BE", "party_id": hub.party_id, "role": "CPO", "status": status, "last_updated": when}
        assert hub.put(f"hubclientinfo/BE/{hub.party_id}", body).http in (200, 201)

    return say


def bring(hub: Platform) -> tuple[int, int]:
    path = f"locations/BE/{hub.party_id}/L1"
    headers = {"OCPI-from-country-code": hub.country_code, "OCPI-from-party-id": hub.party_id}
    return hub.put(path, hub.object("location", country_code="BE"), headers=headers).codes


def start_at(hub: Platform, app: Caller, uid: str) -> Any:
    body = {"location_id": "L1", "evse_uid": "E1", "token": {"uid": uid, "type": "RFID"}}
    return app.post(f"commands/START_SESSION?country_code=BE&party_id={hub.party_id}", body)


@pytest.mark.requirement("HCI-07")
def test_what_a_connected_party_sends_is_taken_from_then_on(hub: Platform, tell: Callable[..., None]) -> None:
    assert bring(hub) == NO_SUCH_OBJECT
    tell("CONNECTED")
    assert bring(hub) == CREATED


@pytest.mark.requirement("HCI-08", "HCI-09", "HCI-10")
@pytest.mark.parametrize("status", ["OFFLINE", "PLANNED", "SUSPENDED"])
def test_nothing_is_sent_to_a_party_that_is_not_connected_and_nothing_is_kept_for_later(
    hub: Platform, tell: Callable[..., None], app: Caller, add_token: Any, operator: Operator, status: str
) -> None:
    tell("CONNECTED")
    assert bring(hub) == CREATED
    tell(status, LATER)
    uid, _ = add_token()
    refused = start_at(hub, app, uid)
    assert refused.codes == REFUSED
    assert status.lower() in refused.message.lower()
    assert status.lower() in operator.page(f"ocpi_partners/hubparty/?q={hub.party_id}").lower()
    assert app.get(f"locations/BE/{hub.party_id}/L1").codes == OK  # its history stays
    tell("CONNECTED", "2026-03-01T14:00:00Z")
    time.sleep(1.2)  # a sweep
    assert hub.calls("POST") == []
    assert start_at(hub, app, uid).http == 202
    hub.wait_for("POST", "commands")


@pytest.mark.requirement("HCI-11", "HCI-12", "HCI-15")
def test_the_list_is_asked_for_at_the_advertised_url_and_only_when_in_doubt(
    newcomer: Connect, operator: Operator
) -> None:
    hub = newcomer(role="HUB")
    hub.server.endpoints = [
        hub.server.endpoint("credentials", "SENDER"),
        hub.server.endpoint("hubclientinfo", "SENDER", f"{hub.server.base_url}/clientinfo?v=1"),
    ]
    told = {"country_code": "BE", "party_id": hub.party_id, "role": "CPO", "status": "PLANNED", "last_updated": NOW}
    hub.server.answer("GET", "clientinfo", data=[told])
    hub.register()
    operator.press(hub.page, "pull")
    (call,) = hub.wait_for("GET", "clientinfo")
    assert call.path.startswith("/ocpi/clientinfo?v=1")
    assert {call[name] for name in ROUTING} == {None}
    hub.until(f"hubclientinfo/BE/{hub.party_id}", lambda reply: reply.codes == OK)
    assert hub.get(f"hubclientinfo/BE/{hub.party_id}").data == told
    time.sleep(2.5)  # some sweeps
    assert len(hub.calls("GET", "clientinfo")) == 1
