"""Requirements section 16 over HTTP: what real partners do, what they copy from the specification's own misprints."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import factories

from .conftest import Connect
from .operator import Operator, shown_token
from .platforms import Caller, Platform
from .steps import (
    CREATED,
    NO_SUCH_OBJECT,
    NOT_ALLOWED,
    OK,
    REFUSED,
    Case,
    Play,
    Step,
    in_state,
    location,
    session,
    table,
)

L1, S1 = "locations/{me}/L1", "sessions/{me}/S1"
NEW = "2026-03-01T13:00:00Z"
BOM, ACCEPTED = b"\xef\xbb\xbf", b'{"result":"ACCEPTED","timeout":30}'


@table(
    Case(
        "FIX-01",
        "who is not authorised gets an HTTP error for the best of requests",
        Step("PUT", L1, (401, 2001), location(), token="unknown"),
        Step("PUT", "locations/{other}/L1", NO_SUCH_OBJECT, location()),
    ),
    Case(
        "FLD-14",
        "a session may be PUT again and again",
        *[
            Step("PUT", S1, CREATED if kwh == 1 else OK, session(kwh=kwh, last_updated=f"2026-03-01T12:0{kwh}:00Z"))
            for kwh in (1, 2, 3)
        ],
        Step("GET", S1, OK, has={"kwh": 3}),
    ),
    Case(
        "FLD-27",
        "a receiver's base URLs are no interface of OCPI, and answer in the envelope all the same",
        Step("GET", "hubclientinfo", NO_SUCH_OBJECT),
        Step("GET", "chargingprofiles", NO_SUCH_OBJECT),
        Step("GET", "commands", NO_SUCH_OBJECT),
        Step("DELETE", "sessions", NOT_ALLOWED),
        Step("GET", "sessions/S1", NO_SUCH_OBJECT),
        Step("GET", "tariffs/T1", NO_SUCH_OBJECT),
    ),
    Case(
        "FLD-06",
        "moments in every form",
        *[
            Step("PUT", L1, CREATED if n == 0 else OK, location(last_updated=moment))
            for n, moment in enumerate(
                ["2026-03-01T12:00:00", "2026-03-01T14:01:00+02:00", "2026-03-01T12:02:00.123456789Z", "2026-03-02"]
            )
        ],
    ),
    Case(
        "FLD-10",
        "all that is not set as null",
        Step(
            "PUT",
            L1,
            CREATED,
            {
                **location(),
                "opening_times": None,
                "images": None,
                "parking_type": None,
                "operator": None,
                "energy_mix": None,
                "charging_when_closed": None,
            },
        ),
    ),
    Case(
        "FLD-12",
        "fields of one stack",
        Step("PUT", L1, CREATED, location(gireve_id="FR*1", help_phone="+33")),
        Step("GET", L1, OK, has={"gireve_id": "FR*1"}),
    ),
    Case(
        "FLD-11 LOC-39",
        "connector types and capabilities of the future",
        Step(
            "PUT",
            L1,
            CREATED,
            location(
                evses=[
                    factories.evse(capabilities=["TELEPATHY"], connectors=[factories.connector(standard="SAE_J3400")])
                ]
            ),
        ),
        Step("GET", L1, OK, has={"evses.0.capabilities.0": "TELEPATHY", "evses.0.connectors.0.standard": "SAE_J3400"}),
    ),
    Case(
        "FLD-20",
        "every push may come twice, and then again out of order",
        Step("PUT", L1, CREATED, location()),
        Step("PUT", L1, OK, location()),
        Step("PATCH", L1, OK, {"name": "New", "last_updated": NEW}),
        Step("PUT", L1, OK, location()),
        Step("PATCH", L1, OK, {"name": "New", "last_updated": NEW}),
        Step("GET", L1, OK, data=location(name="New", last_updated=NEW)),
    ),
    Case(
        "SMP-06",
        "paths of another interface lead nowhere",
        Step("PUT", "/ocpi/cpo/2.2.1/sessions/{me}/S1", NO_SUCH_OBJECT, session()),
    ),
    Case(
        "SMP-07",
        "an owner that is not the URL's",
        Step("PUT", "tariffs/{me}/T1", REFUSED, factories.tariff(country_code="DE", party_id="ALL", id="T1")),
    ),
    Case(
        "SMP-08",
        "no ClientInfo at a path of the sample, nor one that is no JSON",
        Step("PUT", "/ocpi/emsp/2.2.1/clientinfo/BE/{party}", NO_SUCH_OBJECT, {}, by="hub"),
        Step("PUT", "hubclientinfo/BE/{party}", (400, 2001), raw=b'{"status": "CONNECTED",}', by="hub"),
    ),
)
def test_field_practice(case: Case, play: Play) -> None:
    play(case)


@pytest.mark.requirement("FLD-02", "FLD-33", "AMB-45", "AMB-46")
@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"status": 403, "raw": b""}, "REJECTED"),
        ({"status": 401, "raw": b"<html>"}, "REJECTED"),
        ({"status": 500, "status_code": 3000}, "UNKNOWN"),
        ({"status_code": 3000}, "UNKNOWN"),
        (
            {"raw": BOM + b'{"status_code":1000,"timestamp":"' + NEW.encode() + b'","data":' + ACCEPTED + b"}"},
            "ACCEPTED",
        ),
    ],
    ids=["403", "401 and HTML", "500/3000", "200/3000", "a byte order mark"],
)
def test_answers_as_real_platforms_give_them(
    cpo: Platform, app: Caller, start: Callable[..., str], answer: dict[str, Any], state: str
) -> None:
    cpo.server.answer("POST", "commands", **answer)
    told = app.until(start(cpo), lambda reply: reply.data["state"] not in ("QUEUED", "SENDING"))
    assert told.data["state"] == state, told.data


@pytest.mark.requirement("FLD-04", "TRA-46")
def test_a_url_is_called_as_it_was_advertised(newcomer: Connect, operator: Operator) -> None:
    cpo = newcomer()
    cpo.server.endpoints = [
        cpo.server.endpoint("credentials", "SENDER"),
        cpo.server.endpoint("tariffs", "SENDER", f"{cpo.server.base_url}/tariffs/"),
    ]
    cpo.register()
    operator.press(cpo.page, "pull")
    assert cpo.wait_for("GET", "tariffs")[0].path == "/ocpi/tariffs/"


@pytest.mark.requirement("FLD-19", "PAG-19", "FLD-26")
def test_pages_of_a_size_that_nobody_asked_for_are_read_to_the_end(connect: Connect, operator: Operator) -> None:
    cpo = connect(offers=("credentials:SENDER", "tariffs:SENDER"))
    for page in range(4):
        more = {"Link": f'<{cpo.server.base_url}/page{page + 1}>; rel="next"'} if page < 3 else {}
        path = "tariffs" if page == 0 else f"page{page}"
        cpo.server.answer("GET", path, data=[cpo.object("tariff", id=f"T{page}")], headers={"X-Limit": "1", **more})
    operator.press(cpo.page, "pull")
    cpo.until("tariffs", lambda reply: len(reply.data) == 4)


@pytest.mark.requirement("FLD-31")
def test_retry_after_is_honoured(connect: Connect, add_token: Any) -> None:
    cpo = connect(offers=("credentials:SENDER", "tokens:RECEIVER"))
    cpo.server.answer("PUT", "tokens", times=1, status=429, raw=b"", headers={"Retry-After": "2"})
    uid, _ = add_token()
    cpo.wait_for("PUT", f"tokens/NL/EMS/{uid}", 2)
    assert len(cpo.calls("PUT", f"tokens/NL/EMS/{uid}")) == 2


@pytest.mark.requirement("FLD-15", "CRE-26")
def test_who_knows_no_put_leaves_and_registers_again(cpo: Platform, operator: Operator) -> None:
    old = cpo.token
    assert cpo.delete("credentials").codes == OK
    operator.press(cpo.page, "reset")
    cpo.token_a = shown_token(operator.told())
    assert cpo.register().codes == CREATED
    assert cpo.token != old


@pytest.mark.requirement("FLD-16", "HUB-17")
def test_parties_of_a_hub_that_tells_nothing_are_entered_by_hand(hub: Platform, operator: Operator) -> None:
    path = f"locations/BE/{hub.party_id}/L1"
    headers = {"OCPI-from-country-code": hub.country_code, "OCPI-from-party-id": hub.party_id}
    body = hub.object("location", country_code="BE")
    assert hub.put(path, body, headers=headers).codes == NO_SUCH_OBJECT
    key = hub.page.split("/")[2]
    operator.add("ocpi_partners/hubparty", partner=key, role="CPO", country_code="BE", party_id=hub.party_id)
    assert hub.put(path, body, headers=headers).codes == CREATED


@pytest.mark.requirement("AMB-33", "CMD-12")
def test_a_result_may_come_from_the_hub_itself(hub: Platform, app: Caller, add_token: Any) -> None:
    info = {"country_code": "BE", "party_id": hub.party_id, "role": "CPO", "status": "CONNECTED", "last_updated": NEW}
    hub.put(f"hubclientinfo/BE/{hub.party_id}", info)
    own = {"OCPI-from-country-code": hub.country_code, "OCPI-from-party-id": hub.party_id,
           "OCPI-to-country-code": "NL", "OCPI-to-party-id": "EMS"}  # fmt: skip
    hub.put(f"locations/BE/{hub.party_id}/L1", hub.object("location", country_code="BE"), headers=own)
    body = {"location_id": "L1", "evse_uid": "E1", "token": {"uid": add_token()[0], "type": "RFID"}}
    sent = app.post(f"commands/START_SESSION?country_code=BE&party_id={hub.party_id}", body)
    path = f"commands/{sent.data['id']}"
    app.until(path, in_state("ACCEPTED"))
    url = hub.calls("POST")[0].json["response_url"].removeprefix(hub.emsp.url)
    assert hub.post(url, {"result": "ACCEPTED"}, headers=own).codes == OK
    assert app.get(path).data["state"] == "SUCCEEDED"
