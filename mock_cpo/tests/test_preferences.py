"""Charging preferences: which wishes are granted, and at which price."""

from typing import Any

import pytest
import requests

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp

GREEN_PLACE = {"location_id": "NLEIN01", "evse_uid": "NLEIN01-01"}
PLAIN_PLACE = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01"}
GREEN = {"profile_type": "GREEN", "departure_time": "2099-01-01T06:00:00Z", "energy_need": 20}


def put(emsp: Emsp, session_id: str, wish: dict[str, Any]) -> requests.Response:
    return emsp.call("PUT", f"/sessions/{session_id}/charging_preferences", wish)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GREEN.items() if key != name}


@pytest.mark.requirement("SES-30", "SES-34", "SES-35")
@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        (GREEN, "ACCEPTED"),
        ({"profile_type": "REGULAR"}, "ACCEPTED"),
        (without("departure_time"), "DEPARTURE_REQUIRED"),
        (without("energy_need"), "ENERGY_NEED_REQUIRED"),
        ({"profile_type": "FAST"}, "PROFILE_TYPE_NOT_SUPPORTED"),
        ({"profile_type": "CHEAP"}, "PROFILE_TYPE_NOT_SUPPORTED"),
    ],
)
def test_each_wish_has_its_answer(cpo: Cpo, emsp: Emsp, wish: dict, answer: str) -> None:
    session_id = cpo.begin(emsp, GREEN_PLACE)
    response = put(emsp, session_id, wish)
    assert (response.status_code, response.json()["data"]) == (200, answer)
    assert (cpo.control("GET", f"/sessions/{session_id}")["preferences"] is not None) == (answer == "ACCEPTED")


@pytest.mark.requirement("SES-32", "SES-33")
@pytest.mark.long
def test_a_green_charge_has_the_price_of_its_profile(cpo: Cpo, emsp: Emsp) -> None:
    cpo.platform.clock.fast = 600
    session_id = cpo.begin(emsp, GREEN_PLACE)
    put(emsp, session_id, GREEN)
    cpo.wait_until(lambda: cpo.session(session_id)["kwh"] > 1)
    cpo.control("POST", "/stop", {"session_id": session_id})
    cdr = emsp.wait_for("POST", "/cdrs")[0].body
    assert [tariff["id"] for tariff in cdr["tariffs"]] == ["NL-GREEN-PROFILE"]
    assert {period["tariff_id"] for period in cdr["charging_periods"]} == {"NL-GREEN-PROFILE"}
    assert cdr["total_cost"]["excl_vat"] == pytest.approx(0.36 * cdr["total_energy"], abs=0.001)


@pytest.mark.requirement("SES-31", "SES-36", "SES-37")
def test_where_nobody_is_asked_for_wishes_there_is_nothing(cpo: Cpo, emsp: Emsp) -> None:
    session_id = cpo.begin(emsp, PLAIN_PLACE)
    for unknown in (session_id, "nothing"):
        response = put(emsp, unknown, GREEN)
        assert (response.status_code, response.json()["status_code"]) == (404, 2001)


@pytest.mark.requirement("SES-37")
def test_after_the_end_a_wish_is_not_possible(cpo: Cpo, emsp: Emsp) -> None:
    session_id = cpo.begin(emsp, GREEN_PLACE)
    cpo.control("POST", "/stop", {"session_id": session_id})
    assert put(emsp, session_id, GREEN).json()["data"] == "NOT_POSSIBLE"


@pytest.mark.requirement("SES-31")
def test_only_places_with_a_profile_tariff_take_wishes(emsp: Emsp) -> None:
    green = emsp.call("GET", "/locations/NLEIN01").json()["data"]["evses"][0]
    plain = emsp.call("GET", "/locations/NLUTC01").json()["data"]["evses"][0]
    assert "CHARGING_PREFERENCES_CAPABLE" in green["capabilities"]
    assert "CHARGING_PREFERENCES_CAPABLE" not in plain["capabilities"]
    assert len(green["connectors"][0]["tariff_ids"]) == 2
