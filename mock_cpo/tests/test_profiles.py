"""Charging profiles: what is answered, what follows, and how fast the car then charges."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp
from mock_cpo.web.receivers import response_url_of
from ocpi.protocol.chargingprofiles import ActiveChargingProfile, ActiveChargingProfileResult

PLACE = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01"}


def profile(*limits: float, unit: str = "W", **more: Any) -> dict[str, Any]:
    """A profile whose limits change every 60 seconds."""
    periods = [{"start_period": 60 * index, "limit": limit} for index, limit in enumerate(limits)]
    return {"charging_rate_unit": unit, "charging_profile_period": periods} | more


def put(emsp: Emsp, session_id: str, wanted: dict[str, Any]) -> requests.Response:
    body = {"charging_profile": wanted, "response_url": f"{emsp.url}/results/profile"}
    return emsp.call("PUT", f"/chargingprofiles/{session_id}", body)


def results(emsp: Emsp, count: int = 1) -> list[dict[str, Any]]:
    return [seen.body for seen in emsp.wait_for("POST", "/results/", count)]


@pytest.fixture
def session_id(cpo: Cpo, emsp: Emsp) -> str:
    return cpo.begin(emsp, PLACE)


@pytest.mark.requirement("CHP-06", "CHP-08", "HUB-22")
def test_a_profile_is_answered_then_set(cpo: Cpo, emsp: Emsp, session_id: str) -> None:
    response = put(emsp, session_id, profile(4000, duration=600))
    assert response.json()["data"] == {"result": "ACCEPTED", "timeout": 30}
    assert results(emsp) == [{"result": "ACCEPTED"}]
    assert emsp.got("POST", "/results/")[0].routing == ("NL/CPO", "NL/EMS")
    held = cpo.control("GET", f"/sessions/{session_id}")["profile"]
    assert held["charging_profile_period"] == [{"start_period": 0, "limit": 4000}]
    assert cpo.control("GET", "/profiles")[0]["results"][0]["http_status"] == 200


@pytest.mark.requirement("CHP-15", "CHP-19")
@pytest.mark.parametrize(
    ("wanted", "kw"), [(profile(4000), 4.0), (profile(10, unit="A"), 6.9), (profile(4000, min_charging_rate=5000), 0.0)]
)
def test_a_limit_slows_the_charge(cpo: Cpo, emsp: Emsp, session_id: str, wanted: dict, kw: float) -> None:
    put(emsp, session_id, wanted)
    results(emsp)
    [charge] = cpo.platform.cpos[0].yard.charges()
    before = charge.cursor
    cpo.platform.clock.fast = 3000
    cpo.wait_until(lambda: (charge.cursor - charge.activated).total_seconds() > 600)
    assert max(float(piece.kw) for piece in charge.slices if piece.end > before) == pytest.approx(kw)
    assert charge.status == "ACTIVE"


@pytest.mark.requirement("CHP-17", "CHP-18")
def test_limits_change_when_their_periods_begin_and_end_with_the_profile(cpo: Cpo, emsp: Emsp, session_id: str) -> None:
    put(emsp, session_id, profile(4000, 0, 2000, duration=300))
    results(emsp)
    [charge] = cpo.platform.cpos[0].yard.charges()
    cpo.platform.clock.fast = 3000
    cpo.wait_until(lambda: (charge.cursor - charge.activated).total_seconds() > 400)
    powers = {}
    for piece in charge.slices:
        powers[int((piece.start - charge.activated).total_seconds())] = float(piece.kw)
    assert [powers[second] for second in (60, 120)] == [0.0, 2.0]
    assert powers[300] > 2
    assert cpo.control("GET", f"/sessions/{session_id}")["profile"] is None


@pytest.mark.requirement("CHP-02", "CHP-05", "CHP-08")
def test_the_active_profile_comes_to_a_url_that_was_not_encoded(emsp: Emsp, session_id: str) -> None:
    query = f"duration=900&response_url={emsp.url}/results/get?a=1&b=2"
    response = emsp.call("GET", f"/chargingprofiles/{session_id}?{query}")
    assert response.json()["data"]["result"] == "ACCEPTED"
    seen = emsp.wait_for("POST", "/results/get")[0]
    assert seen.query == {"a": "1", "b": "2"}
    found = ActiveChargingProfileResult.from_wire(seen.body).profile
    assert found is not None
    assert found.charging_profile.duration == 900
    assert found.charging_profile.charging_profile_period[0].limit == 22080


@pytest.mark.requirement("CHP-04", "CHP-05")
@pytest.mark.parametrize(
    ("query", "url"),
    [
        ("duration=9&response_url=http%3A%2F%2Fx%2Fy%3Fa%3D1%26b%3D2", "http://x/y?a=1&b=2"),
        ("response_url=http%3A%2F%2Fx%2Fy&duration=9", "http://x/y"),
        ("response_url=http://x/y?a=1&b=2&duration=9", "http://x/y?a=1&b=2"),
        ("duration=9&response_url=http://x/y?request_id=1", "http://x/y?request_id=1"),
    ],
)
def test_a_response_url_is_found_however_it_was_put_into_the_query(query: str, url: str) -> None:
    assert response_url_of(query) == url


@pytest.mark.requirement("CHP-03", "CHP-08")
def test_a_profile_is_cleared_once(cpo: Cpo, emsp: Emsp, session_id: str) -> None:
    put(emsp, session_id, profile(4000))
    results(emsp)
    url = f"/chargingprofiles/{session_id}?response_url={emsp.url}/results/clear"
    for _ in range(2):
        assert emsp.call("DELETE", url).json()["data"]["result"] == "ACCEPTED"
        emsp.wait_for("POST", "/results/clear")
    cleared = emsp.wait_for("POST", "/results/clear", 2)
    assert sorted(seen.body["result"] for seen in cleared) == ["ACCEPTED", "UNKNOWN"]
    assert cpo.control("GET", f"/sessions/{session_id}")["profile"] is None


@pytest.mark.requirement("CHP-11", "CHP-14")
def test_changes_are_pushed_after_the_first_profile_and_never_before(cpo: Cpo, emsp: Emsp, session_id: str) -> None:
    limit = {"session_id": session_id, "kw": 3}
    cpo.control("POST", "/local-limit", limit)
    put(emsp, session_id, profile(8000, 6000))
    first = emsp.wait_for("PUT", "/chargingprofiles/")[0]
    assert first.path == f"/chargingprofiles/{session_id}"
    assert first.routing == ("NL/CPO", "NL/EMS")
    assert limits_of(first.body) == {3000}
    cpo.control("POST", "/local-limit", {"session_id": session_id})
    assert limits_of(emsp.wait_for("PUT", "/chargingprofiles/", 2)[1].body) == {8000, 6000}
    emsp.call("DELETE", f"/chargingprofiles/{session_id}?response_url={emsp.url}/results/clear")
    last = emsp.wait_for("PUT", "/chargingprofiles/", 3)[2].body
    assert limits_of(last) == {22080}, "the maximum of the EVSE"
    assert 300 <= last["charging_profile"]["duration"] <= 3600


def limits_of(body: dict[str, Any]) -> set[float]:
    ActiveChargingProfile.from_wire(body)
    return {period["limit"] for period in body["charging_profile"]["charging_profile_period"]}


@pytest.mark.requirement("CHP-07", "CHP-20", "CHP-25")
def test_who_may_not_or_cannot_is_told_at_once_and_hears_no_more(
    cpo: Cpo, emsp: Emsp, session_id: str, make_emsp: Callable[..., Emsp]
) -> None:
    other = make_emsp("DE", "OTH", registered=False)
    other.register(cpo.control("POST", "/token-a", expect=201)["token_a"], "other-token-b")
    incapable = cpo.begin(emsp, {"location_id": "DEBER02", "evse_uid": "DEBER02-01"}, uid="04AABBDD")
    assert put(emsp, "nothing", profile(1)).json()["data"]["result"] == "UNKNOWN_SESSION"
    assert put(other, session_id, profile(1)).json()["data"]["result"] == "REJECTED"
    assert put(emsp, incapable, profile(1)).json()["data"]["result"] == "NOT_SUPPORTED"
    cpo.control("POST", "/stop", {"session_id": session_id})
    assert put(emsp, session_id, profile(1)).json()["data"]["result"] == "REJECTED"
    assert not [seen for each in (emsp, other) for seen in each.got("POST", "/results/")]


@pytest.mark.requirement("CHP-02", "CHP-05")
@pytest.mark.parametrize("query", ["", "?duration=60", "?response_url=http://x/y", "?duration=x&response_url=http://x"])
def test_a_question_without_duration_or_response_url_is_refused(emsp: Emsp, session_id: str, query: str) -> None:
    response = emsp.call("GET", f"/chargingprofiles/{session_id}{query}")
    assert (response.status_code, response.json()["status_code"]) == (200, 2001)


@pytest.mark.requirement("CHP-06", "CHP-07")
def test_fault_profiles_can_come_too_often(cpo: Cpo, emsp: Emsp, session_id: str) -> None:
    cpo.break_it("profile-too-often")
    assert put(emsp, session_id, profile(4000)).json()["data"]["result"] == "TOO_OFTEN"
    assert cpo.control("GET", f"/sessions/{session_id}")["profile"] is None


@pytest.mark.requirement("CHP-13", "CHP-14")
def test_fault_an_active_profile_can_be_pushed_unasked(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("active-profile-unasked")
    session_id = cpo.begin(emsp, PLACE)
    seen = emsp.wait_for("PUT", "/chargingprofiles/")[0]
    assert (seen.path, limits_of(seen.body)) == (f"/chargingprofiles/{session_id}", {22080})


def test_faults_of_results_act_on_profiles_too(cpo: Cpo, emsp: Emsp, session_id: str) -> None:
    cpo.break_it("result-wrapped")
    put(emsp, session_id, profile(4000))
    assert results(emsp)[0]["data"] == {"result": "ACCEPTED"}
