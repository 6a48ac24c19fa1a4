"""The examples that the specification itself prints: each is read, or refused for exactly the mistake it has (16.2)."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ocpi.protocol import envelope
from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.merge import merge
from ocpi.protocol.sessions import Session
from ocpi.protocol.tests.samples import MODELS
from ocpi.protocol.types import Tolerance

FOLDER = Path(__file__).parents[3] / "tests" / "spec_examples"


def load(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_bytes())


# Which object a file holds; the longest prefix decides.
TYPES = {
    "cdr_example": "CDR",
    "credentials_example": "Credentials",
    "location_example": "Location",
    "location_hours": "Hours",
    "session_example": "Session",
    "tariff": "Tariff",
    "token": "Token",
    "type_displaytext_example": "DisplayText",
    "version_details_example": "VersionDetails",
    "versions_info_example": "Version",
}


class Field(NamedTuple):
    """An example that shows one field of a larger object."""

    name: str
    type: str


FIELDS = {
    "location_energymix_example_complete": Field("energy_mix", "EnergyMix"),
    "location_energymix_example_energy_provider": Field("energy_mix", "EnergyMix"),
    "location_energymix_example_simple": Field("energy_mix", "EnergyMix"),
    "location_regularhours_example": Field("opening_times", "Hours"),
}

ANSWERS = {
    "transport_and_format_get_token_example": "Token",
    "transport_and_format_get_token_list_example": "Token",
    "transport_and_format_version_details_example": "VersionDetails",
    "transport_and_format_version_info_example": "Version",
}

LOCATION = load("location_example")
EVSE = LOCATION["evses"][0]

# A partial object, the stored one that it changes, and what that is.
PATCHES = {
    "location_patch_example_location": (LOCATION, "Location"),
    "location_patch_example_remove_evse": (EVSE, "EVSE"),
    "location_patch_example_status": (EVSE, "EVSE"),
    "location_patch_example_tariff": (EVSE["connectors"][0], "Connector"),
    "session_patch_example_charging_period": (load("session_example_2_short_finished"), "Session"),
    "session_patch_example_total_cost": (load("session_example_2_short_finished"), "Session"),
    "token_patch_example": (load("token_put_example"), "Token"),
}

# The specification's own session counts its periods in Wh (SES-24).
WATT_HOURS = dict.fromkeys(
    ["session_example_2_short_finished", "session_patch_example_charging_period", "session_patch_example_total_cost"],
    ("charging_periods/looks-like-wh",),
)

DEFECTS = {
    # SMP-02: the connector lacks four required fields, and a text is written as a number.
    "location_put_example_add_evse": (
        "EVSE",
        [
            "connectors[0].power_type: is required",
            "connectors[0].max_voltage: is required",
            "connectors[0].max_amperage: is required",
            "connectors[0].last_updated: is required",
            "physical_reference: must be a string",
        ],
    ),
    # SMP-07
    "tariff_put_example": ("Tariff", ["last_updated: is required"]),
}

FILES = sorted(path.stem for path in FOLDER.glob("*.json"))
WHOLE = [name for name in FILES if name not in {*FIELDS, *ANSWERS, *PATCHES, *DEFECTS}]


def type_of(name: str) -> str:
    return TYPES[max((prefix for prefix in TYPES if name.startswith(prefix)), key=len)]


def check(type_name: str, data: Any, remarks: tuple[str, ...] = ()) -> None:
    """One object, or a list of them: read without a remark, or with the one that it deserves, and written as it was."""
    for item in data if isinstance(data, list) else [data]:
        tolerance = Tolerance()
        assert MODELS[type_name].from_wire(item, tolerance).to_wire() == item
        assert tolerance.warnings == list(remarks)


def test_all_examples_are_there() -> None:
    assert len(FILES) == 59


@pytest.mark.requirement("SMP-04", "SMP-05", "SMP-09", "SMP-11", "SMP-15", "SES-24")
@pytest.mark.parametrize("name", WHOLE)
def test_an_example_is_read(name: str) -> None:
    check(type_of(name), load(name), WATT_HOURS.get(name, ()))


@pytest.mark.parametrize("name", FIELDS)
def test_an_example_of_a_field_is_read(name: str) -> None:
    check(FIELDS[name].type, load(name)[FIELDS[name].name])


@pytest.mark.requirement("TRA-14", "TRA-16", "VER-01", "VER-02")
@pytest.mark.parametrize("name", ANSWERS)
def test_an_example_of_an_answer_is_opened_and_read(name: str) -> None:
    check(ANSWERS[name], envelope.open_envelope(200, (FOLDER / f"{name}.json").read_bytes()))


@pytest.mark.requirement("TRA-36", "LOC-08", "LOC-19", "SES-03", "SES-05", "TOK-21")
@pytest.mark.parametrize("name", PATCHES)
def test_an_example_of_a_patch_is_merged_and_the_whole_is_read(name: str) -> None:
    stored, type_name = PATCHES[name]
    merged = merge(stored, load(name))
    check(type_name, merged, WATT_HOURS.get(name, ()))
    assert merged["last_updated"] == load(name)["last_updated"] != stored["last_updated"]


@pytest.mark.requirement("SES-05")
def test_the_patched_session_has_one_period_more() -> None:
    stored = load("session_example_2_short_finished")
    merged = Session.from_wire(merge(stored, load("session_patch_example_charging_period")))
    assert len(merged.charging_periods) == len(stored["charging_periods"]) + 1


@pytest.mark.requirement("SMP-02", "SMP-07", "LOC-15")
@pytest.mark.parametrize("name", DEFECTS)
def test_a_wrong_example_is_refused_for_exactly_its_mistakes(name: str) -> None:
    type_name, problems = DEFECTS[name]
    with pytest.raises(InvalidObject) as refused:
        MODELS[type_name].from_wire(load(name))
    assert refused.value.problems == problems
