"""Requirements section 3 over HTTP: routing headers on both sides of messages, and hubs with parties behind them."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Connect
from .emsp import Emsp
from .operator import Operator
from .platforms import Caller, Platform
from .steps import (
    CREATED,
    NO_SUCH_OBJECT,
    NO_SUCH_PLACE,
    NOT_ALLOWED,
    OK,
    REFUSED,
    UNAUTHORIZED,
    Case,
    Play,
    Step,
    in_state,
    location,
    session,
    table,
    tariff,
)

NAMES = ("OCPI-to-party-id", "OCPI-to-country-code", "OCPI-from-party-id", "OCPI-from-country-code")
L1 = "locations/{me}/L1"
US = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "EMS"}
THEM = {"OCPI-from-country-code": "{country}", "OCPI-from-party-id": "{party}"}
ASKED = {**US, **THEM}
SWAPPED = {
    "OCPI-to-country-code": "{country}", "OCPI-to-party-id": "{party}",
    "OCPI-from-country-code": "NL", "OCPI-from-party-id": "EMS",
}  # fmt: skip
NOTHING = dict.fromkeys(NAMES)
THROUGH_HUB = ("credentials:SENDER", "commands:RECEIVER", "tokens:RECEIVER", "hubclientinfo:SENDER", "locations:SENDER")


def step(method: str, path: str, expected: tuple[int, int], *body: Any) -> Step:
    return Step(method, path, expected, *body, headers=ASKED, answers=SWAPPED)


def client_info(party: tuple[str, str], status: str = "CONNECTED", role: str = "CPO", **changes: Any) -> dict[str, Any]:
    return {
        "country_code": party[0], "party_id": party[1], "role": role, "status": status,
        "last_updated": "2026-03-01T12:00:00Z", **changes,
    }  # fmt: skip


@table(
    Case(
        "HUB-01 HUB-02",
        "every functional module answers with the headers swapped",
        step("PUT", L1, CREATED, location()),
        step("GET", L1, OK),
        step("PATCH", L1, OK, {"name": "New", "last_updated": "2026-03-01T13:00:00Z"}),
        step("GET", "locations", OK),
        step("PUT", "tariffs/{me}/T1", CREATED, tariff()),
        step("DELETE", "tariffs/{me}/T1", OK),
        step("PUT", "sessions/{me}/S1", CREATED, session()),
        step("GET", "cdrs", OK),
        step("GET", "tokens", OK),
        step(
            "PUT",
            "chargingprofiles/S404",
            NO_SUCH_OBJECT,
            {"start_date_time": "2026-03-01T12:00:00Z", "charging_profile": {"charging_rate_unit": "A"}},
        ),
        step("POST", "commands/00000000-0000-0000-0000-000000000000", NO_SUCH_OBJECT, {"result": "ACCEPTED"}),
    ),
    Case(
        "HUB-04",
        "errors have them too, but for a 401",
        step("GET", L1, NO_SUCH_PLACE),
        step("PUT", L1, REFUSED, location(address=...)),
        step("DELETE", L1, NOT_ALLOWED),
        Step("PUT", L1, (400, 2001), raw=b"{", headers=ASKED, answers=SWAPPED),
        Step("GET", L1, UNAUTHORIZED, token="unknown", headers=ASKED, answers=NOTHING),
    ),
    Case(
        "HUB-03 VER-16 CRE-35",
        "configuration modules have none, whoever sends some",
        Step("GET", "/ocpi/versions", OK, headers=ASKED, answers=NOTHING),
        Step("GET", "/ocpi/emsp/2.2.1", OK, headers=ASKED, answers=NOTHING),
        Step("GET", "credentials", OK, headers=ASKED, answers=NOTHING),
        Step("GET", "credentials", OK, headers={**US, "OCPI-from-country-code": "FR", "OCPI-from-party-id": "XXX"}),
    ),
    Case(
        "HUB-05",
        "parties are compared without regard to case",
        Step("PUT", L1, CREATED, location(), headers={"ocpi-to-country-code": "nl", "ocpi-to-party-id": "ems", **THEM}),
    ),
    Case(
        "HUB-06 AMB-14",
        "who is not spoken to does not answer, and stores nothing",
        Step("PUT", L1, NO_SUCH_OBJECT, location(), headers={**ASKED, "OCPI-to-party-id": "ZZZ"}),
        Step("PUT", L1, NO_SUCH_OBJECT, location(), headers={**ASKED, "OCPI-to-country-code": "DE"}),
        Step("GET", L1, NO_SUCH_PLACE),
    ),
    Case(
        "HUB-07 AMB-15",
        "without headers it is clear who is meant where there is one party on either side; half a pair is not",
        Step("PUT", L1, CREATED, location(), answers=SWAPPED),
        Step("GET", L1, REFUSED, headers={"OCPI-to-party-id": "EMS"}),
        Step("GET", L1, REFUSED, headers={"OCPI-from-country-code": "{country}"}),
    ),
    Case(
        "HUB-08 AMB-17",
        "FROM is one of the caller's own parties",
        Step(
            "PUT", L1, REFUSED, location(), headers={**US, "OCPI-from-country-code": "FR", "OCPI-from-party-id": "XXX"}
        ),
        Step("GET", L1, NO_SUCH_PLACE),
    ),
)
def test_routing(case: Case, play: Play) -> None:
    play(case)


@pytest.mark.requirement("HUB-01", "HUB-02", "CMD-36")
def test_a_callback_is_answered_with_the_headers_swapped(cpo: Platform, app: Caller, start: Callable[..., str]) -> None:
    app.until(start(cpo), in_state("ACCEPTED"))
    (call,) = cpo.calls("POST", "commands")
    assert [call[name] for name in NAMES] == [cpo.party_id, cpo.country_code, "EMS", "NL"]
    callback = call.json["response_url"].removeprefix(cpo.emsp.url)
    sent = {"OCPI-to-party-id": "EMS", "OCPI-to-country-code": "NL", "OCPI-from-party-id": cpo.party_id,
            "OCPI-from-country-code": cpo.country_code}  # fmt: skip
    answer = cpo.post(callback, {"result": "ACCEPTED"}, headers=sent)
    assert answer.codes == OK
    assert [answer[name] for name in NAMES] == [cpo.party_id, cpo.country_code, "EMS", "NL"]


@pytest.mark.requirement("HUB-07", "CRE-30", "CRE-31")
def test_who_has_several_parties_must_say_which_one_sends(newcomer: Connect) -> None:
    cpo = newcomer()
    cpo.server.roles.append(cpo.server.role("BE", cpo.party_id))
    cpo.register()
    body = cpo.object("location")
    assert cpo.put(f"locations/{cpo.me}/L1", body).codes == REFUSED
    headers = {"OCPI-from-country-code": "BE", "OCPI-from-party-id": cpo.party_id}
    answer = cpo.put(f"locations/{cpo.me}/L1", body, headers=headers)
    assert (answer.codes, answer["OCPI-to-country-code"]) == (CREATED, "BE")


# === Hubs =============================================================================================================
@pytest.fixture
def behind(hub: Platform) -> tuple[str, str]:
    """A CPO that the hub says is connected."""
    party = ("BE", hub.party_id)
    assert hub.put(f"hubclientinfo/{'/'.join(party)}", client_info(party)).codes == CREATED
    return party


def as_hub(hub: Platform) -> dict[str, str]:
    return {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "EMS", "OCPI-from-country-code": hub.country_code,
            "OCPI-from-party-id": hub.party_id}  # fmt: skip


@pytest.mark.requirement("HUB-09", "HUB-16", "HCI-07")
def test_the_owner_of_an_object_is_the_party_in_its_url_not_the_hub_that_brings_it(
    hub: Platform, behind: tuple[str, str], app: Caller
) -> None:
    country, party = behind
    answer = hub.put(
        f"locations/{country}/{party}/L1", hub.object("location", country_code=country), headers=as_hub(hub)
    )
    assert answer.codes == CREATED
    assert [answer[name] for name in NAMES] == [hub.party_id, hub.country_code, "EMS", "NL"]
    assert app.get(f"locations/{country}/{party}/L1").data["country_code"] == country
    nobody = hub.put(
        "locations/FR/XXX/L1", hub.object("location", country_code="FR", party_id="XXX"), headers=as_hub(hub)
    )
    assert nobody.codes == NO_SUCH_OBJECT


@pytest.mark.requirement("HUB-21", "HUB-08")
def test_what_comes_through_hubs_keeps_the_names_of_both_ends(hub: Platform, behind: tuple[str, str]) -> None:
    country, party = behind
    headers = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "EMS", "OCPI-from-country-code": country,
               "OCPI-from-party-id": party}  # fmt: skip
    answer = hub.put(f"locations/{country}/{party}/L1", hub.object("location", country_code=country), headers=headers)
    assert answer.codes == CREATED
    assert [answer[name] for name in NAMES] == [party, country, "EMS", "NL"]


@pytest.mark.requirement("HUB-10", "HUB-11", "HUB-12")
def test_a_token_goes_to_a_hub_as_a_broadcast_under_our_own_party(connect: Connect, add_token: Any) -> None:
    hub = connect(role="HUB", offers=("credentials:SENDER", "tokens:RECEIVER"))
    uid, page = add_token()
    (put,) = hub.wait_for("PUT", f"tokens/NL/EMS/{uid}")
    assert [put[name] for name in NAMES] == [hub.party_id, hub.country_code, "EMS", "NL"]
    hub.server.answer("PATCH", "tokens", status=404, status_code=2004)
    hub.emsp.operator.press(page, "block")
    second = hub.wait_for("PUT", f"tokens/NL/EMS/{uid}", 2)[1]
    assert second.json["valid"] is False
    assert hub.calls("GET", "tokens") == []  # of many receivers none can answer for all


@pytest.mark.requirement("HUB-14", "HUB-17", "HUB-16", "HCI-11", "HCI-12", "HCI-15")
def test_one_list_with_everything_is_sorted_out_by_owner(connect: Connect, operator: Operator) -> None:
    hub = connect(role="HUB", offers=("credentials:SENDER", "hubclientinfo:SENDER", "locations:SENDER"))
    parties = [("BE", hub.party_id), ("FR", hub.party_id)]
    hub.server.answer("GET", "hubclientinfo", data=[client_info(party) for party in parties])
    owners = [*parties, ("IT", "XXX")]  # of whom the hub told nothing
    places = [hub.object("location", country_code=country, party_id=party) for country, party in owners]
    hub.server.answer("GET", "locations", data=places)
    operator.press(hub.page, "pull")
    told = hub.wait_for("GET", "hubclientinfo")
    assert {call[name] for call in told for name in NAMES} == {None}
    hub.wait_for("GET", "locations")
    for _ in range(2):  # who is there is asked first; a pull that came too early is repeated
        operator.press(hub.page, "pull")
    mine = {"OCPI-from-country-code": "BE", "OCPI-from-party-id": hub.party_id}  # it may send as several
    stored = hub.until("locations", lambda reply: reply.codes == OK and len(reply.data) == 2, headers=mine)
    assert {(item["country_code"], item["party_id"]) for item in stored.data} == set(parties)
    for call in hub.calls("GET", "locations"):
        assert [call[name] for name in NAMES] == [hub.party_id, hub.country_code, "EMS", "NL"]


@pytest.mark.requirement("HUB-13", "HUB-15", "FLD-17")
@pytest.mark.parametrize(
    ("addressing", "receiver"),
    [("PARTY", "party"), ("HUB", "hub"), ("OPEN", None)],
    ids=["party", "hub", "open routing"],
)
def test_a_request_about_one_party_is_addressed_as_the_hub_wants_it(
    hub: Platform,
    behind: tuple[str, str],
    app: Caller,
    operator: Operator,
    add_token: Any,
    addressing: str,
    receiver: Any,
) -> None:
    country, party = behind
    operator.change(hub.page, addressing=addressing)
    hub.put(f"locations/{country}/{party}/L1", hub.object("location", country_code=country), headers=as_hub(hub))
    hub.server.answer(
        "POST", "commands", data={"result": "ACCEPTED", "timeout": 30},
        headers={"OCPI-from-country-code": "XX", "OCPI-from-party-id": "ANY"},
    )  # fmt: skip
    body = {"location_id": "L1", "evse_uid": "E1", "token": {"uid": add_token()[0], "type": "RFID"}}
    sent = app.post(f"commands/START_SESSION?country_code={country}&party_id={party}", body)
    app.until(f"commands/{sent.data['id']}", in_state("ACCEPTED"))
    (call,) = hub.calls("POST", "commands")
    to = {"party": [party, country], "hub": [hub.party_id, hub.country_code], None: [None, None]}[receiver]
    assert [call[name] for name in NAMES] == [*to, "EMS", "NL"]


@pytest.mark.requirement("HUB-19", "TRA-20")
@pytest.mark.parametrize(
    ("code", "state"), [(4001, "REJECTED"), (4002, "UNKNOWN"), (4003, "REJECTED"), (2003, "REJECTED")]
)
def test_what_a_hub_could_not_deliver_is_told_as_such(
    hub: Platform, behind: tuple[str, str], app: Caller, add_token: Any, code: int, state: str
) -> None:
    country, party = behind
    hub.put(f"locations/{country}/{party}/L1", hub.object("location", country_code=country), headers=as_hub(hub))
    hub.server.answer("POST", "commands", status_code=code, message="from the hub")
    body = {"location_id": "L1", "evse_uid": "E1", "token": {"uid": add_token()[0], "type": "RFID"}}
    sent = app.post(f"commands/START_SESSION?country_code={country}&party_id={party}", body)
    told = app.until(f"commands/{sent.data['id']}", lambda reply: reply.data["state"] not in ("QUEUED", "SENDING"))
    assert told.data["state"] == state
    assert ("not delivered by the hub" in str(told.data)) is (code >= 4000)


@pytest.mark.requirement("HUB-06", "HUB-07", "TOK-24", "CRE-15")
def test_several_parties_of_ours_are_told_apart_by_to(another_emsp: Callable[..., Emsp], newcomer: Connect) -> None:
    emsp = another_emsp(EMSP_PARTIES="NL-EMS,DE-EM2")
    cpo = newcomer(at=emsp)
    registered = cpo.register()
    parties = {(role["country_code"], role["party_id"]) for role in registered.data["roles"]}
    assert parties == {("NL", "EMS"), ("DE", "EM2")}
    to_first = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "EMS"}
    to_second = {"OCPI-to-country-code": "DE", "OCPI-to-party-id": "EM2"}
    emsp.operator.add("ocpi_tokens/token", uid="04AA", type="RFID", contract_id="C1", issuer="We")
    assert cpo.get("tokens").codes == REFUSED
    answer = cpo.get("tokens", headers=to_first)
    assert ([token["uid"] for token in answer.data], answer["OCPI-from-party-id"]) == (["04AA"], "EMS")
    answer = cpo.get("tokens", headers=to_second)
    assert (answer.data, answer["OCPI-from-party-id"]) == ([], "EM2")
