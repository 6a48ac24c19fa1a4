"""Made-up objects: valid, the same for the same seed, and bills that add up."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.commands import COMMAND_OBJECTS, CommandType, ReserveNow
from ocpi.protocol.locations import Location
from ocpi.protocol.model import OcpiModel
from ocpi.protocol.pricing import Outcome, check
from ocpi.protocol.sessions import Session
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.testdata import TestDataFactory, meter
from ocpi.protocol.tokens import Token

SEEDS = range(2)
CHARGES: list[dict[str, bool]] = [
    {}, {"dc_hub": True}, {"home_charger": True}, {"reservation": True}, {"dst_night": True},
    {"reservation": True, "dc_hub": True},
]  # fmt: skip
Make = Callable[[TestDataFactory], dict[str, Any]]
KINDS: list[tuple[type[OcpiModel], Make]] = [
    (Location, lambda f: f.create_location()),
    (Location, lambda f: f.create_location(dc_hub=True)),
    (Location, lambda f: f.create_location(home_charger=True)),
    (Tariff, lambda f: f.create_tariff()),
    (Tariff, lambda f: f.create_tariff(night=True, dc_hub=True)),
    (Tariff, lambda f: f.create_tariff(reservation=True)),
    (Token, lambda f: f.create_token()),
    (Token, lambda f: f.create_token(app_user=True)),
    (Token, lambda f: f.create_token(blocked=True)),
    (ReserveNow, lambda f: f.create_command(reservation=True)),
    *[(COMMAND_OBJECTS[kind], lambda f, kind=kind: f.create_command(kind)) for kind in CommandType],
    *[(Session, lambda f, traits=traits: f.create_session(**traits)) for traits in CHARGES],
    (Session, lambda f: f.create_session(completed=True)),
    *[(CDR, lambda f, traits=traits: f.create_cdr(**traits)) for traits in CHARGES],
    *[(CDR, lambda f, traits=traits: f.create_cdr(credit=True, **traits)) for traits in CHARGES],
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("model", "make"), KINDS)
def test_each_is_valid_and_the_same_for_the_same_seed(model: type[OcpiModel], make: Make, seed: int) -> None:
    made = make(TestDataFactory(seed))
    assert model.from_wire(made).to_wire().keys() >= made.keys() - {"facilities"}
    assert make(TestDataFactory(seed)) == made


def test_another_seed_is_another_world() -> None:
    assert TestDataFactory(1).create_token()["uid"] != TestDataFactory(2).create_token()["uid"]


def test_one_factory_never_makes_the_same_object_twice() -> None:
    ours = TestDataFactory()
    made = [ours.create_location()["id"] for _ in range(20)]
    assert len(set(made)) == 20


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("traits", CHARGES)
def test_our_own_pricing_finds_nothing_on_a_bill(traits: dict[str, bool], seed: int) -> None:
    ours = TestDataFactory(seed)
    location = ours.create_location(dc_hub=traits.get("dc_hub", False))
    verdict = check(CDR.from_wire(ours.create_cdr(location=location, **traits)), time_zone=location["time_zone"])
    assert (verdict.verdict, verdict.findings) == (Outcome.MATCH, ())


def test_a_credit_takes_back_all_of_its_original() -> None:
    ours = TestDataFactory()
    original = ours.create_cdr()
    credit = CDR.from_wire(ours.create_cdr(credit=True, original=original))
    verdict = check(credit, time_zone="UTC", original=CDR.from_wire(original))
    assert credit.total_cost.excl_vat == -CDR.from_wire(original).total_cost.excl_vat
    assert (verdict.verdict, verdict.findings) == (Outcome.CREDIT, ())


def test_the_hour_that_comes_twice_is_cheap_both_times() -> None:
    """From 02:15 summer time to 03:00 winter time are seven quarters of an hour, though the clock shows three."""
    made = TestDataFactory().create_cdr(dst_night=True)
    assert made["start_date_time"] == "2025-10-26T00:15:00Z"
    cheap, dear = (element["price_components"][0]["price"] for element in made["tariffs"][0]["elements"])
    energy = [d["volume"] for p in made["charging_periods"] for d in p["dimensions"] if d["type"] == "ENERGY"]
    assert made["total_energy_cost"]["excl_vat"] == pytest.approx(sum(energy[:7]) * cheap + sum(energy[7:]) * dear)
    assert len(energy) == 8


def test_a_night_before_this_years_change_is_last_years() -> None:
    made = TestDataFactory(now=datetime(2026, 11, 1, tzinfo=UTC)).create_cdr(dst_night=True)
    assert made["start_date_time"] == "2026-10-25T00:15:00Z"


def test_a_hub_is_dc_at_a_motorway_and_a_home_charger_is_nobody_elses() -> None:
    ours = TestDataFactory()
    hub, home = ours.create_location(dc_hub=True), ours.create_location(home_charger=True)
    assert {plug["power_type"] for evse in hub["evses"] for plug in evse["connectors"]} == {"DC"}
    assert (len(hub["evses"]) >= 8, hub["parking_type"]) == (True, "ALONG_MOTORWAY")
    assert (home["publish"], len(home["evses"])) == (False, 1)
    assert ours.create_cdr(home_charger=True)["home_charging_compensation"] is True


def test_what_belongs_together_is_said_once() -> None:
    ours = TestDataFactory(party=("DE", "ABC"), emsp=("BE", "XYZ"))
    location, tariff, token = ours.create_location(), ours.create_tariff(), ours.create_token()
    session = ours.create_session(location=location, tariff=tariff, token=token)
    assert (session["location_id"], session["evse_uid"]) == (location["id"], location["evses"][0]["uid"])
    assert (session["country_code"], session["cdr_token"]["uid"]) == ("DE", token["uid"])
    assert session["charging_periods"][0]["tariff_id"] == tariff["id"]
    assert session["cdr_token"]["party_id"] == "XYZ"


def test_a_field_stands_as_given_whatever_it_is() -> None:
    made = TestDataFactory().create_cdr(remark="by hand", x_ours=1, total_energy=0)
    assert (made["remark"], made["x_ours"], made["total_energy"]) == ("by hand", 1, 0)


def test_what_cannot_be_priced_gets_no_bill() -> None:
    made = TestDataFactory().create_cdr()
    with pytest.raises(ValueError, match="does not price this charge"):
        meter.bill({**made, "tariffs": []}, "UTC")
