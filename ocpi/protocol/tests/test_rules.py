"""Rules between fields, defaults, and what is deliberately no rule."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from ocpi.protocol.cdrs import CDR, CdrDimension, ChargingPeriod
from ocpi.protocol.chargingprofiles import ActiveChargingProfileResult
from ocpi.protocol.commands import COMMAND_OBJECTS, CommandType, StartSession
from ocpi.protocol.credentials import Credentials
from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.locations import Hours, Location
from ocpi.protocol.sessions import ChargingPreferences, Session
from ocpi.protocol.tariffs import PriceComponent
from ocpi.protocol.tests.samples import MODELS, smallest
from ocpi.protocol.versions import InterfaceRole, VersionDetails


def made(name: str, **fields: Any) -> dict[str, Any]:
    return deepcopy({**smallest(name), **fields})


@pytest.mark.requirement("LOC-25")
@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"uid": "1"}, "uid needs type"),
        ({"visual_number": "1"}, "visual_number needs issuer"),
        ({"type": "RFID"}, "needs uid, visual_number or group_id"),
        ({}, "needs uid, visual_number or group_id"),
    ],
)
def test_an_entry_of_publish_allowed_to_must_name_a_token(entry: dict[str, str], problem: str) -> None:
    data = made("Location", publish=False, publish_allowed_to=[{"group_id": "G"}, entry])
    with pytest.raises(InvalidObject) as refused:
        Location.from_wire(data)
    assert refused.value.problems == [f"publish_allowed_to[1]: {problem}"]
    assert Location.from_wire({**data, "publish": True}).to_wire()["publish_allowed_to"] == data["publish_allowed_to"]


@pytest.mark.requirement("LOC-30")
def test_opening_hours_are_needed_unless_it_is_always_open() -> None:
    with pytest.raises(InvalidObject) as refused:
        Location.from_wire(made("Location", opening_times={"twentyfourseven": False}))
    assert refused.value.problems == ["opening_times.regular_hours: is required when twentyfourseven is false"]
    assert Hours.from_wire({"twentyfourseven": True}).regular_hours == []


@pytest.mark.requirement("CDR-11", "CDR-15")
@pytest.mark.parametrize(
    ("fields", "valid"),
    [
        ({}, True),
        ({"credit": False}, True),
        ({"credit": True, "credit_reference_id": "D1"}, True),
        ({"credit": True}, False),
        ({"credit_reference_id": "D1"}, False),
        ({"credit": False, "credit_reference_id": "D1"}, False),
        ({"credit": True, "credit_reference_id": None}, False),
    ],
)
def test_a_credit_cdr_has_both_of_its_fields(fields: dict[str, Any], valid: bool) -> None:
    if valid:
        assert CDR.from_wire(made("CDR", **fields)).to_wire() == made("CDR", **fields)
    else:
        with pytest.raises(InvalidObject, match="credit: goes together with credit_reference_id"):
            CDR.from_wire(made("CDR", **fields))


@pytest.mark.requirement("CDR-12", "TCS-40")
def test_costs_and_energy_may_be_negative() -> None:
    assert CDR.from_wire(made("CDR", total_cost={"excl_vat": -4}, total_energy=-1.5)).total_cost.excl_vat == -4


@pytest.mark.requirement("CDR-24", "SES-19", "TRA-49")
def test_na_stands_for_what_was_never_assigned() -> None:
    place = made("CdrLocation", evse_uid="#NA", evse_id="#NA", connector_id="#NA")
    assert CDR.from_wire(made("CDR", cdr_location=place)).cdr_location.evse_id == "#NA"
    assert Session.from_wire(made("Session", evse_uid="#NA", connector_id="#NA"))


@pytest.mark.requirement("CRE-30")
def test_a_role_stands_once_for_each_party() -> None:
    role = smallest("CredentialsRole")
    data = made("Credentials", roles=[role, {**role, "party_id": "ABC"}, {**role, "role": "HUB"}])
    assert len(Credentials.from_wire(data).roles) == 3
    with pytest.raises(InvalidObject, match="roles: each combination"):
        Credentials.from_wire({**data, "roles": [role, {**role, "country_code": "nl"}]})


@pytest.mark.requirement("CRE-29")
@pytest.mark.parametrize("token", ["", "with space", "tab\t", "é", "x" * 65])
def test_a_credentials_token_is_printable_ascii_without_spaces(token: str) -> None:
    with pytest.raises(InvalidObject) as refused:
        Credentials.from_wire(made("Credentials", token=token))
    assert all(problem.startswith("token: ") for problem in refused.value.problems)


@pytest.mark.requirement("TRA-53")
def test_a_problem_never_repeats_what_was_sent() -> None:
    with pytest.raises(InvalidObject) as refused:
        Credentials.from_wire({"token": "top secret", "url": "top secret", "roles": "top secret"})
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.requirement("CMD-23")
def test_a_connector_is_named_together_with_its_evse() -> None:
    with pytest.raises(InvalidObject, match="evse_uid: is required when connector_id is given"):
        StartSession.from_wire(made("StartSession", connector_id="1"))
    assert StartSession.from_wire(made("StartSession", connector_id="1", evse_uid="E1"))


@pytest.mark.requirement("CMD-02")
def test_every_command_has_its_object() -> None:
    assert set(COMMAND_OBJECTS) == set(CommandType)
    assert COMMAND_OBJECTS[CommandType.RESERVE_NOW].__name__ == "ReserveNow"


@pytest.mark.requirement("CHP-09")
def test_an_accepted_profile_request_brings_the_profile() -> None:
    with pytest.raises(InvalidObject, match="profile: is required"):
        ActiveChargingProfileResult.from_wire({"result": "ACCEPTED"})
    assert ActiveChargingProfileResult.from_wire({"result": "UNKNOWN"}).profile is None
    assert ActiveChargingProfileResult.from_wire({"result": "ACCEPTED", "profile": smallest("ActiveChargingProfile")})


@pytest.mark.requirement("TYP-22", "LOC-29", "SES-34")
@pytest.mark.parametrize("sent", [{}, None])
def test_defaults_hold_for_absent_and_null(sent: dict[str, Any] | None) -> None:
    fields = {} if sent is not None else {"charging_when_closed": None}
    assert Location.from_wire(made("Location", **fields)).charging_when_closed is True
    fields = {} if sent is not None else {"discharge_allowed": None}
    assert ChargingPreferences.from_wire(made("ChargingPreferences", **fields)).discharge_allowed is False


@pytest.mark.requirement("TAR-10", "SMP-09")
@pytest.mark.parametrize("step_size", [0, 1, 900])
def test_a_step_size_of_zero_is_read(step_size: int) -> None:
    assert PriceComponent.from_wire(made("PriceComponent", step_size=step_size)).step_size == step_size


@pytest.mark.requirement("TAR-16", "SES-18")
def test_zero_and_absent_are_told_apart() -> None:
    free = PriceComponent.from_wire(made("PriceComponent", price=0.0, vat=0.0))
    assert (free.price, free.vat) == (Decimal(0), Decimal(0))
    assert PriceComponent.from_wire(made("PriceComponent")).vat is None
    assert Session.from_wire(made("Session")).total_cost is None


@pytest.mark.requirement("TAR-09", "CDR-20", "LOC-15")
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Tariff", "elements"),
        ("TariffElement", "price_components"),
        ("CDR", "charging_periods"),
        ("EVSE", "connectors"),
    ],
)
def test_what_must_not_be_empty_is_not(name: str, field: str) -> None:
    with pytest.raises(InvalidObject, match=f"{field}: needs at least 1 entry"):
        MODELS[name].from_wire(made(name, **{field: []}))


@pytest.mark.requirement("CRE-34", "TOK-32")
def test_party_ids_need_not_appear_in_other_ids() -> None:
    evse = made("EVSE", evse_id="DE*ABC*E1")
    assert Location.from_wire(made("Location", evses=[evse])).evses[0].evse_id == "DE*ABC*E1"
    assert MODELS["Token"].from_wire(made("Token", contract_id="ABC123"))


@pytest.mark.requirement("VER-10", "VER-13")
def test_versions_modules_and_roles_from_the_future_are_kept() -> None:
    endpoint = {"identifier": "nltnm-tokens", "role": "BYSTANDER", "url": "https://example.com/x"}
    details = VersionDetails.from_wire({"version": "9", "endpoints": [endpoint, smallest("Endpoint")]})
    assert details.endpoints[1].role == InterfaceRole.SENDER
    assert details.endpoints[0].identifier == "nltnm-tokens"


@pytest.mark.requirement("TYP-23", "LOC-15")
def test_one_bad_connector_refuses_the_whole_location_and_is_named() -> None:
    evses = [made("EVSE", uid=str(number)) for number in range(10)]
    evses[7]["connectors"] = [smallest("Connector"), made("Connector", max_voltage="230")]
    with pytest.raises(InvalidObject) as refused:
        Location.from_wire(made("Location", evses=evses))
    assert refused.value.message == "evses[7].connectors[1].max_voltage: must be an integer"


def test_many_problems_are_summed_up() -> None:
    with pytest.raises(InvalidObject) as refused:
        CDR.from_wire({})
    assert refused.value.message.startswith("country_code: is required; party_id: is required; id: is required (and ")


def test_a_list_that_code_fills_is_written() -> None:
    session = Session.from_wire(made("Session"))
    dimension = CdrDimension(type="TIME", volume=Decimal("0.5"))
    session.charging_periods.append(ChargingPeriod(start_date_time=session.last_updated, dimensions=[dimension]))
    assert session.to_wire()["charging_periods"][0]["dimensions"] == [{"type": "TIME", "volume": 0.5}]


@pytest.mark.requirement("TYP-20")
def test_large_objects_are_read_in_reasonable_time() -> None:
    evses = [made("EVSE", uid=str(number)) for number in range(500)]
    assert len(Location.from_wire(made("Location", evses=evses)).evses) == 500
    periods = [smallest("ChargingPeriod")] * 2000
    assert len(CDR.from_wire(made("CDR", charging_periods=periods)).charging_periods) == 2000
