"""What is tolerated: from everyone with a remark, from flagged partners only, and how the remarks name the place."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.commands import CommandResponse, CommandResult
from ocpi.protocol.countries import ALPHA_3_OF
from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.hubclientinfo import ClientInfo
from ocpi.protocol.locations import EnergyMix, Location
from ocpi.protocol.sessions import Session, SessionStatus
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.tests.samples import MODELS, smallest
from ocpi.protocol.types import Tolerance

RECEIVED = datetime(2026, 3, 1, 10, 0, 0, 500_000, tzinfo=UTC)


def location(**fields: Any) -> dict[str, Any]:
    return deepcopy({**smallest("Location"), "evses": [smallest("EVSE"), smallest("EVSE")], **fields})


@pytest.mark.requirement("TYP-05", "FLD-06", "TYP-23")
def test_a_remark_names_the_place() -> None:
    data = location()
    data["evses"][1]["connectors"][0]["last_updated"] = "2026-03-01T12:00:00+02:00"
    tolerance = Tolerance()
    Location.from_wire(data, tolerance)
    assert tolerance.warnings == ["evses[1].connectors[0].last_updated/datetime"]


@pytest.mark.requirement("TYP-07")
def test_a_moment_without_designator_is_as_specified_and_needs_no_remark() -> None:
    tolerance = Tolerance()
    Location.from_wire(location(last_updated="2026-03-01T12:00:00"), tolerance)
    assert tolerance.warnings == []


def test_leniency_does_not_depend_on_somebody_keeping_the_record() -> None:
    assert Location.from_wire(location(last_updated="2026-03-01"))


def test_a_refused_object_leaves_no_remarks_for_the_next() -> None:
    tolerance = Tolerance()
    with pytest.raises(InvalidObject):
        Location.from_wire(location(last_updated="2026-03-01", publish=None), tolerance)
    Location.from_wire(location(), tolerance)
    assert tolerance.warnings == []


@pytest.mark.requirement("SES-14", "AMB-18")
def test_reserved_is_read_as_reservation_and_never_written() -> None:
    tolerance = Tolerance()
    session = Session.from_wire({**smallest("Session"), "status": "RESERVED"}, tolerance)
    assert session.status is SessionStatus.RESERVATION
    assert session.to_wire()["status"] == "RESERVATION"
    assert tolerance.warnings == ["status/RESERVED"]


@pytest.mark.requirement("LOC-47", "TAR-20")
def test_an_energy_mix_that_does_not_make_100_percent_is_remarked() -> None:
    sources = [{"source": "SOLAR", "percentage": 60.5}, {"source": "WIND", "percentage": 39.5}]
    mix = {"is_green_energy": True, "energy_sources": sources}
    tolerance = Tolerance()
    Tariff.from_wire({**smallest("Tariff"), "energy_mix": mix}, tolerance)
    assert tolerance.warnings == []
    Tariff.from_wire({**smallest("Tariff"), "energy_mix": {**mix, "energy_sources": sources[:1]}}, tolerance)
    assert tolerance.warnings == ["energy_mix/energy-sources-sum"]
    EnergyMix.from_wire({**mix, "energy_sources": sources[1:]}, tolerance)
    assert tolerance.warnings[1:] == ["energy-sources-sum"]


@pytest.mark.requirement("CMD-10", "FLD-29")
def test_a_wrapped_result_is_unwrapped_with_a_remark() -> None:
    tolerance = Tolerance()
    wrapped = {"data": {"result": "ACCEPTED"}, "status_code": 1000, "timestamp": "2026-03-01T10:00:00Z"}
    assert CommandResult.from_wire(wrapped, tolerance).to_wire() == {"result": "ACCEPTED"}
    assert tolerance.warnings == ["data/wrapped"]
    assert CommandResult.from_wire(wrapped).result == "ACCEPTED"


@pytest.mark.requirement("CMD-14")
@pytest.mark.parametrize("body", [{}, {"result": "DONE"}, {"data": {"result": "DONE"}}, {"data": []}, {"data": None}])
def test_a_result_that_is_none_stays_invalid(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidObject, match="result"):
        CommandResult.from_wire(body)


@pytest.mark.requirement("CDR-22", "CDR-09")
def test_oddities_of_a_cdr_are_remarked() -> None:
    data = deepcopy(smallest("CDR"))
    data["id"] = "x" * 37
    data["charging_periods"][0]["dimensions"].append({"type": "POWER", "volume": 11})
    data["charging_periods"][0]["dimensions"][0]["type"] = "TIME"
    tolerance = Tolerance()
    CDR.from_wire(data, tolerance)
    assert tolerance.warnings == ["id/credit-length", "charging_periods[0].dimensions[1]/session-only"]
    CDR.from_wire(data)


def flagged(name: str, change: dict[str, Any], tolerance: Tolerance) -> tuple[dict[str, Any], list[str]]:
    """The object is refused without the flag; with it, what was read and what was remarked."""
    data = {**deepcopy(smallest(name)), **change}
    with pytest.raises(InvalidObject):
        MODELS[name].from_wire(data, Tolerance())
    return MODELS[name].from_wire(data, tolerance).to_wire(), tolerance.warnings


@pytest.mark.requirement("TYP-09", "TAR-19", "FLD-08")
@pytest.mark.parametrize(("text", "number"), [("0.25", 0.25), ("-4", -4), ("10.00", 10)])
def test_numbers_as_strings_need_a_flag(text: str, number: float) -> None:
    wire, warnings = flagged("Price", {"excl_vat": text}, Tolerance(string_numbers=True))
    assert wire == {"excl_vat": number}
    assert warnings == ["excl_vat/string-number"]


@pytest.mark.requirement("TYP-09")
def test_integers_as_strings_need_the_same_flag() -> None:
    wire, warnings = flagged("PriceComponent", {"step_size": "60"}, Tolerance(string_numbers=True))
    assert wire["step_size"] == 60
    assert warnings == ["step_size/string-number"]


@pytest.mark.parametrize("text", ["", "abc", "1e5", "NaN", "Infinity", "0x10", "1,5", "99999999999999999", "\u0661"])
def test_not_every_string_is_a_number(text: str) -> None:
    for name, field in (("Price", "excl_vat"), ("PriceComponent", "step_size")):
        with pytest.raises(InvalidObject, match=field):
            MODELS[name].from_wire({**smallest(name), field: text}, Tolerance(string_numbers=True))


def test_a_fraction_in_a_string_is_no_integer() -> None:
    with pytest.raises(InvalidObject, match="step_size"):
        MODELS["PriceComponent"].from_wire(
            {**smallest("PriceComponent"), "step_size": "1.5"}, Tolerance(string_numbers=True)
        )


@pytest.mark.requirement("FLD-08", "TAR-15")
def test_a_bare_number_for_a_price_needs_a_flag() -> None:
    wire, warnings = flagged("CDR", {"total_cost": 4.4}, Tolerance(bare_prices=True))
    assert wire["total_cost"] == {"excl_vat": 4.4}
    assert warnings == ["total_cost/bare-price"]


@pytest.mark.requirement("FLD-09")
def test_coordinates_as_numbers_need_a_flag() -> None:
    change = {"latitude": 51, "longitude": -0.0000015}
    wire, warnings = flagged("GeoLocation", change, Tolerance(number_coordinates=True))
    assert wire == {"latitude": "51.0", "longitude": "-0.0000015"}
    assert warnings[0] == "latitude/number-coordinate"


@pytest.mark.requirement("TYP-17")
def test_a_two_letter_country_needs_a_flag() -> None:
    wire, warnings = flagged("Location", {"country": "nl"}, Tolerance(alpha2_country=True))
    assert wire["country"] == "NLD"
    assert warnings == ["country/alpha2-country"]


def test_the_table_of_countries_is_complete() -> None:
    assert len(ALPHA_3_OF) == len(set(ALPHA_3_OF.values())) == 249
    assert {ALPHA_3_OF[code] for code in ("NL", "DE", "CH", "SE", "GB")} == {"NLD", "DEU", "CHE", "SWE", "GBR"}


def test_two_letters_that_are_no_country_stay_refused() -> None:
    with pytest.raises(InvalidObject, match="country"):
        Location.from_wire(location(country="XX"), Tolerance(alpha2_country=True))


@pytest.mark.requirement("HCI-14")
def test_a_missing_last_updated_needs_a_flag_and_the_time_of_receipt() -> None:
    data = {key: value for key, value in smallest("ClientInfo").items() if key != "last_updated"}
    for too_little in (None, Tolerance(), Tolerance(missing_last_updated=True), Tolerance(received_at=RECEIVED)):
        with pytest.raises(InvalidObject, match="last_updated"):
            ClientInfo.from_wire(data, too_little)
    tolerance = Tolerance(missing_last_updated=True, received_at=RECEIVED)
    assert ClientInfo.from_wire(data, tolerance).last_updated == RECEIVED
    assert tolerance.warnings == ["last_updated/missing"]


@pytest.mark.requirement("CDR-25", "AMB-26")
def test_a_missing_evse_id_in_a_cdr_needs_a_flag() -> None:
    place = {key: value for key, value in smallest("CdrLocation").items() if key != "evse_id"}
    wire, warnings = flagged("CDR", {"cdr_location": place}, Tolerance(missing_evse_id=True))
    assert wire["cdr_location"]["evse_id"] == "#NA"
    assert warnings == ["cdr_location.evse_id/missing"]


@pytest.mark.requirement("TRA-49")
def test_a_missing_evse_uid_in_a_cdr_needs_a_flag_of_its_own() -> None:
    place = {key: value for key, value in smallest("CdrLocation").items() if key not in {"evse_uid", "evse_id"}}
    with pytest.raises(InvalidObject, match="evse_uid"):
        CDR.from_wire({**deepcopy(smallest("CDR")), "cdr_location": place}, Tolerance(missing_evse_id=True))
    both = Tolerance(missing_evse_id=True, missing_evse_uid=True)
    wire, warnings = flagged("CDR", {"cdr_location": place}, both)
    assert (wire["cdr_location"]["evse_uid"], wire["cdr_location"]["evse_id"]) == ("#NA", "#NA")
    assert warnings == ["cdr_location.evse_id/missing", "cdr_location.evse_uid/missing"]


def test_one_object_in_a_list_of_its_own_needs_a_flag() -> None:
    response: Any = [{"result": "ACCEPTED", "timeout": 30}]
    for tolerance in (None, Tolerance()):
        with pytest.raises(InvalidObject, match="JSON object"):
            CommandResponse.from_wire(response, tolerance)
    tolerance = Tolerance(listed_objects=True)
    assert CommandResponse.from_wire(response, tolerance).timeout == 30
    assert tolerance.warnings == ["data/listed"]
    for other in ([], [*response, *response], ["ACCEPTED"]):
        with pytest.raises(InvalidObject, match="JSON object"):
            CommandResponse.from_wire(other, Tolerance(listed_objects=True))


@pytest.mark.requirement("CDR-30", "SMP-16")
def test_the_epoch_as_the_specification_prints_it_needs_a_flag() -> None:
    change = {"start_date_time": "1970-1-1T00:00:00Z"}
    wire, warnings = flagged("CDR", change, Tolerance(loose_epoch=True))
    assert wire["start_date_time"] == "1970-01-01T00:00:00Z"
    assert warnings == ["start_date_time/loose-epoch"]
