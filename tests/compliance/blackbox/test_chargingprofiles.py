"""Requirements section 12 over HTTP: limits that our apps set, and what CPOs report about them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests import factories
from tests.partner_server import Answer, Call

from .platforms import Caller, Platform, Reply
from .steps import CREATED, NO_SUCH_OBJECT, NOT_ALLOWED, OK, REFUSED, UNAUTHORIZED, in_state

PROFILE = {
    "charging_rate_unit": "A", "min_charging_rate": 6.0,
    "charging_profile_period": [{"start_period": 0, "limit": 16.0}, {"start_period": 900, "limit": 8.5}],
}  # fmt: skip
ACTIVE = {"start_date_time": "2026-03-01T12:00:00Z", "charging_profile": PROFILE}
CAPABLE = factories.evse(capabilities=["CHARGING_PROFILE_CAPABLE"])
Ask = Callable[..., str]


@pytest.fixture
def charging(cpo: Platform) -> Platform:
    """A CPO with session S1 at an EVSE that follows profiles."""
    session_at(cpo)
    for method in ("PUT", "GET", "DELETE"):
        cpo.server.answer(method, "chargingprofiles", data={"result": "ACCEPTED", "timeout": 30})
    return cpo


def session_at(cpo: Platform) -> None:
    cpo.put(f"locations/{cpo.me}/L1", cpo.object("location", evses=[CAPABLE]), quiet=True)
    cpo.put(f"sessions/{cpo.me}/S1", cpo.object("session"), quiet=True)


def wish(app: Caller, cpo: Platform, verb: str, body: Any = None) -> Reply:
    owner = f"country_code={cpo.country_code}&party_id={cpo.party_id}"
    return app.post(f"chargingprofiles/S1/{verb}?{owner}", *([body] if body is not None else []))


@pytest.fixture
def ask(app: Caller, charging: Platform) -> Ask:
    """`path = ask("set")`: what an app wants, where it can be followed."""

    def begin(verb: str = "set", **profile: Any) -> str:
        body = (
            {"charging_profile": {**PROFILE, **profile}}
            if verb == "set"
            else {"duration": 600}
            if verb == "get"
            else None
        )
        sent = wish(app, charging, verb, body)
        assert sent.codes == (202, 1000), sent
        return f"chargingprofiles/{sent.data['id']}"

    return begin


def sent_url(call: Call) -> str:
    """Path of the response_url of a call, from its body or its query."""
    if call.method == "PUT":
        return urlsplit(call.json["response_url"]).path
    return urlsplit(parse_qs(urlsplit(call.path).query)["response_url"][0]).path


@pytest.mark.requirement("CHP-01", "CHP-17", "CHP-18", "CHP-15")
def test_a_profile_is_put_to_the_session(charging: Platform, app: Caller, ask: Ask) -> None:
    app.until(ask(), in_state("ACCEPTED"))
    (call,) = charging.calls("PUT", "chargingprofiles")
    assert call.path == "/ocpi/chargingprofiles/S1"
    assert call.json["charging_profile"] == PROFILE
    assert call.json.keys() == {"charging_profile", "response_url"}
    assert (call["OCPI-to-party-id"], call["OCPI-from-party-id"]) == (charging.party_id, "EMS")
    app.until(ask(start_date_time="2026-03-01T12:00:00Z", duration=3600), in_state("ACCEPTED"))
    again = charging.calls("PUT", "chargingprofiles")[1].json["charging_profile"]
    assert (again["start_date_time"], again["duration"]) == ("2026-03-01T12:00:00Z", 3600)


@pytest.mark.requirement("CHP-02", "CHP-03", "CHP-04", "SMP-13")
def test_get_and_delete_carry_everything_in_the_query_and_no_body(charging: Platform, app: Caller, ask: Ask) -> None:
    for verb, method in (("get", "GET"), ("clear", "DELETE")):
        app.until(ask(verb), in_state("ACCEPTED"))
        (call,) = charging.calls(method, "chargingprofiles")
        query = urlsplit(call.path).query
        wanted = {"duration", "response_url"} if verb == "get" else {"response_url"}
        assert (parse_qs(query).keys(), call.body) == (wanted, b"")
        assert "://" not in query, "percent-encoded"
        assert urlsplit(call.path).path == "/ocpi/chargingprofiles/S1"


@pytest.mark.requirement("CHP-06", "CHP-07")
@pytest.mark.parametrize("result", ["ACCEPTED", "NOT_SUPPORTED", "REJECTED", "TOO_OFTEN", "UNKNOWN_SESSION"])
def test_each_answer_has_its_state_and_too_often_makes_us_wait(
    charging: Platform, app: Caller, ask: Ask, result: str
) -> None:
    charging.server.answer("PUT", "chargingprofiles", data={"result": result, "timeout": 30})
    told = app.until(ask(), lambda reply: reply.data["state"] not in ("QUEUED", "SENDING"))
    assert told.data["state"] == ("ACCEPTED" if result == "ACCEPTED" else "REJECTED")
    again = wish(app, charging, "set", {"charging_profile": PROFILE})
    assert (again.codes == REFUSED) is (result == "TOO_OFTEN")


RESULTS: dict[str, dict[str, Any]] = {
    "set": {"result": "ACCEPTED"}, "get": {"result": "ACCEPTED", "profile": ACTIVE}, "clear": {"result": "ACCEPTED"},
}  # fmt: skip


@pytest.mark.requirement("CHP-08", "CHP-09", "CHP-10")
@pytest.mark.parametrize("verb", RESULTS)
def test_the_result_of_each_request_is_taken_at_its_url(charging: Platform, app: Caller, ask: Ask, verb: str) -> None:
    path = ask(verb)
    app.until(path, in_state("ACCEPTED"))
    url = sent_url(charging.calls(path="chargingprofiles")[0])
    assert charging.post(url, {"result": "MAYBE"}).codes == REFUSED
    if verb == "get":
        assert charging.post(url, {"result": "ACCEPTED"}).codes == REFUSED  # without what was asked for
    answer = charging.post(url, RESULTS[verb])
    assert (answer.codes, "data" in answer.body) == (OK, False)
    told = app.get(path).data
    assert told["state"] == "SUCCEEDED"
    if verb == "get":
        assert "8.5" in str(told)


@pytest.mark.requirement("CHP-09")
@pytest.mark.parametrize("result", ["REJECTED", "UNKNOWN"])
def test_a_result_may_be_bad_news(charging: Platform, app: Caller, ask: Ask, result: str) -> None:
    path = ask()
    app.until(path, in_state("ACCEPTED"))
    assert charging.post(sent_url(charging.calls("PUT")[0]), {"result": result}).codes == OK
    assert app.get(path).data["state"] == "FAILED"


@pytest.mark.requirement("CHP-11", "CHP-10", "CHP-13")
def test_a_cpo_tells_of_changed_limits(charging: Platform, app: Caller, ask: Ask) -> None:
    answer = charging.put("chargingprofiles/S1", ACTIVE)
    assert (answer.codes, "data" in answer.body) == (OK, False)
    assert charging.put("chargingprofiles/S404", ACTIVE).codes == NO_SUCH_OBJECT
    assert charging.put("chargingprofiles/S1", {"start_date_time": "2026-03-01T12:00:00Z"}).codes == REFUSED
    assert "'limit': 8.5" in str(app.get(ask()).data)


@pytest.mark.requirement("CHP-12", "CHP-23")
def test_another_cpos_session_of_the_same_id_is_another_session(
    charging: Platform, other_cpo: Platform, nobody: Caller, app: Caller, ask: Ask
) -> None:
    assert other_cpo.put("chargingprofiles/S1", ACTIVE).codes == NO_SUCH_OBJECT
    session_at(other_cpo)
    theirs = {
        **ACTIVE,
        "charging_profile": {"charging_rate_unit": "W", "charging_profile_period": [{"start_period": 0, "limit": 777}]},
    }
    assert other_cpo.put("chargingprofiles/S1", theirs).codes == OK
    path = ask()
    app.until(path, in_state("ACCEPTED"))
    assert "'limit': 777" not in str(app.get(path).data)
    url = sent_url(charging.calls("PUT")[0])
    assert other_cpo.post(url, {"result": "ACCEPTED"}).codes == NO_SUCH_OBJECT
    assert nobody.post(url, {"result": "ACCEPTED"}).codes == UNAUTHORIZED
    assert app.get(path).data["state"] == "ACCEPTED"


@pytest.mark.requirement("CHP-12", "HUB-09")
def test_a_hub_reaches_no_session_that_another_platform_brought(charging: Platform, hub: Platform) -> None:
    """Neither as itself, where the id alone must do, nor as a party that is behind it and a platform of its own too."""
    only = f"S-{charging.party_id}"  # no other session of this eMSP has that id
    charging.put(f"sessions/{charging.me}/{only}", charging.object("session", id=only), quiet=True)
    owner = {"country_code": charging.country_code, "party_id": charging.party_id}
    info = {**owner, "role": "CPO", "status": "CONNECTED", "last_updated": factories.LAST_UPDATED}
    assert hub.put(f"hubclientinfo/{charging.me}", info).codes == CREATED
    for country_code, party_id in ((hub.country_code, hub.party_id), (charging.country_code, charging.party_id)):
        sender = {"OCPI-from-country-code": country_code, "OCPI-from-party-id": party_id}
        assert hub.put(f"chargingprofiles/{only}", ACTIVE, headers=sender).codes == NO_SUCH_OBJECT
    assert charging.put(f"chargingprofiles/{only}", ACTIVE).codes == OK


@pytest.mark.requirement("CHP-16", "CHP-17")
def test_limits_have_one_decimal_and_periods_are_in_order(charging: Platform, app: Caller, ask: Ask) -> None:
    app.until(
        ask(charging_profile_period=[{"start_period": 0, "limit": 8.15}], min_charging_rate=6.04), in_state("ACCEPTED")
    )
    sent = charging.calls("PUT")[0].json["charging_profile"]
    limit = sent["charging_profile_period"][0]["limit"]
    assert limit in (8.1, 8.2)
    assert sent["min_charging_rate"] == 6.0
    for periods in ([(900, 8), (0, 16)], [(0, 16), (0, 8)], [(60, 16)]):
        wrong = [{"start_period": start, "limit": limit} for start, limit in periods]
        assert (
            wish(app, charging, "set", {"charging_profile": {**PROFILE, "charging_profile_period": wrong}}).codes
            == REFUSED
        )
    assert len(charging.calls("PUT")) == 1


@pytest.mark.requirement("CHP-20")
def test_an_evse_that_follows_no_profiles_is_not_asked(charging: Platform, app: Caller) -> None:
    other = factories.evse(capabilities=["CHARGING_PREFERENCES_CAPABLE"], last_updated="2026-03-01T13:00:00Z")
    charging.put(f"locations/{charging.me}/L1/E1", other)
    assert wish(app, charging, "set", {"charging_profile": PROFILE}).codes == REFUSED
    assert charging.calls("PUT") == []


@pytest.mark.requirement("CHP-21", "CHP-22")
def test_no_result_in_time_is_no_answer_and_a_late_one_counts(charging: Platform, app: Caller, ask: Ask) -> None:
    charging.server.answer("PUT", "chargingprofiles", data={"result": "ACCEPTED", "timeout": 1})
    path = ask()
    app.until(path, in_state("TIMED_OUT"))
    second = ask()
    app.until(second, in_state("ACCEPTED", "TIMED_OUT"))
    first_url, second_url = (sent_url(call) for call in charging.calls("PUT"))
    assert first_url != second_url
    assert charging.post(first_url, {"result": "ACCEPTED"}).codes == OK
    assert app.get(path).data["state"] == "SUCCEEDED"


@pytest.mark.requirement("CHP-24")
def test_a_result_that_comes_before_the_answer_is_matched(charging: Platform, app: Caller, ask: Ask) -> None:
    met: list[tuple[int, int]] = []

    def report_first(call: Call) -> Answer:
        met.append(charging.post(sent_url(call), {"result": "ACCEPTED"}).codes)
        return Answer({"result": "ACCEPTED", "timeout": 30})

    charging.server.answer("PUT", "chargingprofiles", does=report_first)
    app.until(ask(), in_state("SUCCEEDED"))
    assert met == [OK]


@pytest.mark.requirement("CHP-28", "CHP-27")
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_we_are_no_receiver_of_profiles(charging: Platform, method: str) -> None:
    assert charging.send(method, "chargingprofiles/S1", {}).codes == NOT_ALLOWED
