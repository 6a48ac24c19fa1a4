"""Faults of objects: how their values are spelled, what is missing and what is too much."""

from typing import Any

import pytest

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp

PLACE = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01"}


def values(wire: Any, kinds: tuple[type, ...]) -> list[Any]:
    if isinstance(wire, dict):
        return [found for value in wire.values() for found in values(value, kinds)]
    if isinstance(wire, list):
        return [found for value in wire for found in values(value, kinds)]
    return [wire] if isinstance(wire, kinds) and not isinstance(wire, bool) else []


@pytest.mark.requirement("TYP-07")
@pytest.mark.parametrize(("name", "end"), [("datetimes-with-offset", "+00:00"), ("datetimes-fractions", "000123Z")])
def test_datetimes_can_be_spelled_otherwise(cpo: Cpo, emsp: Emsp, name: str, end: str) -> None:
    cpo.break_it(name)
    assert emsp.call("GET", "/tariffs").json()["data"][0]["last_updated"].endswith(end)
    cpo.control("POST", "/push/locations", {"location_id": "NLUTC01"})
    assert emsp.wait_for("PUT", "/locations/")[0].body["evses"][0]["last_updated"].endswith(end)


@pytest.mark.requirement("TYP-06")
def test_numbers_can_be_strings(cpo: Cpo, emsp: Emsp) -> None:
    tariff = emsp.call("GET", "/tariffs").json()["data"][0]
    assert values(tariff, (int, float))
    cpo.break_it("numbers-as-strings")
    assert not values(emsp.call("GET", "/tariffs").json()["data"], (int, float))
    assert emsp.call("GET", "/locations/NLUTC01").json()["data"]["publish"] is True


@pytest.mark.requirement("TRA-21")
def test_what_is_not_set_can_be_there_as_null(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("nulls")
    location = emsp.call("GET", "/locations/NLUTC01").json()["data"]
    assert {name for name, value in location.items() if value is None} >= {"suboperator", "state", "owner"}
    assert location["evses"][0]["floor_level"] is None
    assert location["evses"][0]["connectors"][0]["terms_and_conditions"] is None
    cpo.control("POST", "/evse-status", PLACE | {"status": "BLOCKED"})
    patch = emsp.wait_for("PATCH", "/locations/")[0].body
    assert (patch["status"], patch["connectors"], patch["evse_id"]) == ("BLOCKED", None, None)


@pytest.mark.requirement("TYP-13")
def test_enums_can_have_values_of_tomorrow(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("unknown-enums")
    location = emsp.call("GET", "/locations/NLUTC01").json()["data"]
    assert "SWIMMING_POOL" in location["facilities"]
    for evse in (location["evses"][0], emsp.call("GET", "/locations/NLUTC01/NLUTC01-01").json()["data"]):
        assert "PLUG_AND_CHARGE_CAPABLE" in evse["capabilities"]
        assert evse["connectors"][0]["standard"] == "MCS"
    assert "MCS" not in str(emsp.call("GET", "/tariffs").json())
