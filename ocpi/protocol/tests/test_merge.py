"""PATCH: what a partial object does to the stored one."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.locations import Location
from ocpi.protocol.merge import merge
from ocpi.protocol.tests.samples import objects, smallest

LATER = "2026-03-02T10:00:00Z"


def location() -> dict[str, Any]:
    evses = [{**deepcopy(smallest("EVSE")), "uid": uid, "evse_id": f"NL*CPO*{uid}"} for uid in ("E1", "E2")]
    return {**deepcopy(smallest("Location")), "id": "L1", "evses": evses, "facilities": ["HOTEL"]}


def period(start: str = "2026-03-01T10:00:00Z", kind: str = "ENERGY", volume: object = 1) -> dict[str, Any]:
    return {"start_date_time": start, "dimensions": [{"type": kind, "volume": volume}]}


@pytest.mark.requirement("TRA-36", "LOC-08", "SES-03", "TOK-21")
def test_only_the_fields_that_are_given_change() -> None:
    merged = merge(location(), {"name": "New", "last_updated": LATER})
    assert merged == {**location(), "name": "New", "last_updated": LATER}


def test_neither_argument_is_changed() -> None:
    stored, patch = location(), {"evses": [{"uid": "E1", "status": "BLOCKED"}, {"uid": "E9"}], "name": None}
    before = deepcopy((stored, patch))
    merge(stored, patch)
    assert (stored, patch) == before


@pytest.mark.requirement("LOC-10", "AMB-01", "FLD-10")
def test_null_means_not_given_at_every_level() -> None:
    patch = {"name": None, "evses": [{"uid": "E1", "evse_id": None}], "facilities": None}
    assert merge(location(), patch) == location()


@pytest.mark.requirement("LOC-10", "LOC-11", "AMB-01", "AMB-02")
def test_other_lists_and_objects_are_replaced_and_an_empty_list_clears() -> None:
    coordinates = {"latitude": "1.00000", "longitude": "2.00000"}
    merged = merge(location(), {"facilities": ["WIFI"], "coordinates": coordinates})
    assert merged["facilities"] == ["WIFI"]
    assert merged["coordinates"] == coordinates
    assert merge(location(), {"facilities": []})["facilities"] == []


@pytest.mark.requirement("LOC-11", "AMB-02", "FLD-13")
def test_evses_and_connectors_are_merged_by_id_and_never_removed() -> None:
    patch = {"evses": [{"uid": "e2", "status": "BLOCKED", "connectors": [{"id": "X", "max_voltage": 400}]}]}
    expected = location()
    expected["evses"][1]["status"] = "BLOCKED"
    expected["evses"][1]["connectors"][0]["max_voltage"] = 400
    merged = merge(location(), patch)
    assert merged == expected
    assert merge(location(), {"evses": []}) == location()


@pytest.mark.requirement("AMB-44", "LOC-14")
def test_names_keep_the_spelling_that_was_first_seen() -> None:
    merged = merge(location(), {"id": "l1", "country_code": "nl", "evses": [{"uid": "e1"}]})
    assert (merged["id"], merged["country_code"], merged["evses"][0]["uid"]) == ("L1", "NL", "E1")
    assert merge(location(), {"id": "L2"})["id"] == "L2"


def test_a_new_element_is_added_and_judged_with_the_whole() -> None:
    evse = {**smallest("EVSE"), "uid": "E3"}
    assert [entry["uid"] for entry in merge(location(), {"evses": [evse, {**evse, "uid": "e3"}]})["evses"]] == [
        "E1",
        "E2",
        "E3",
    ]
    with pytest.raises(InvalidObject, match=r"evses\[2\].uid: is required"):
        Location.from_wire(merge(location(), {"evses": [{"status": "BLOCKED"}]}))
    with pytest.raises(InvalidObject, match=r"evses\[2\]: must be an object"):
        Location.from_wire(merge(location(), {"evses": ["E1"]}))


def test_what_is_no_list_is_left_to_the_validation() -> None:
    with pytest.raises(InvalidObject, match="evses: must be a list"):
        Location.from_wire(merge(location(), {"evses": "E1"}))
    assert merge({"charging_periods": None}, {"charging_periods": [period()]}) == {"charging_periods": [period()]}


@pytest.mark.requirement("SES-05", "SES-06")
def test_charging_periods_are_appended_in_order() -> None:
    stored = {"charging_periods": [period("2026-03-01T10:00:00Z")]}
    once = merge(stored, {"charging_periods": [period("2026-03-01T10:15:00Z")]})
    twice = merge(once, {"charging_periods": [period("2026-03-01T10:30:00Z"), period("2026-03-01T10:45:00Z")]})
    assert [entry["start_date_time"][14:16] for entry in twice["charging_periods"]] == ["00", "15", "30", "45"]
    assert merge(twice, {"charging_periods": []}) == twice
    assert merge(twice, {"charging_periods": None}) == twice


@pytest.mark.requirement("SES-07")
@pytest.mark.parametrize(
    "repeated",
    [
        period(),
        period(volume=1.0),
        period("2026-03-01T10:00:00"),
        period("2026-03-01T11:00:00+01:00"),
        {**period(), "tariff_id": "T1"},
    ],
)
def test_an_exact_duplicate_is_dropped_however_it_is_written(repeated: dict[str, Any]) -> None:
    stored = {"charging_periods": [period()]}
    assert merge(stored, {"charging_periods": [repeated, repeated]}) == stored


@pytest.mark.requirement("SES-07")
@pytest.mark.parametrize("new", [period("2026-03-01T10:00:01Z"), period(kind="TIME"), period(volume=2), {}, 5, None])
def test_anything_else_is_appended(new: object) -> None:
    assert merge({"charging_periods": [period()]}, {"charging_periods": [new]})["charging_periods"] == [period(), new]


@pytest.mark.requirement("SES-38")
def test_thousands_of_periods_are_merged_quickly() -> None:
    starts = [
        f"2026-03-{day:02}T{hour:02}:{minute:02}:00Z" for day in (1, 2) for hour in range(24) for minute in range(60)
    ]
    stored = {"charging_periods": [period(start) for start in starts]}
    assert merge(stored, stored)["charging_periods"] == stored["charging_periods"]


@given(objects("Location"))
@pytest.mark.long
def test_merging_an_object_into_itself_changes_nothing(data: dict[str, Any]) -> None:
    unique = {key: value for key, value in data.items() if key != "evses"}
    assert merge(unique, unique) == unique


@given(st.dictionaries(st.text(), st.integers() | st.none()), st.dictionaries(st.text(), st.integers() | st.none()))
@pytest.mark.long
def test_a_second_time_changes_nothing_more(stored: dict[str, Any], patch: dict[str, Any]) -> None:
    once = merge(stored, patch)
    assert merge(once, patch) == once
