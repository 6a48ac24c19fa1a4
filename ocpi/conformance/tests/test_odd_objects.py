"""Lists that hold what nobody expects: the kit tells it once and goes on, and does not fall over it."""

from collections.abc import Callable
from typing import Any

import pytest

from ocpi.conformance import samples
from ocpi.protocol.headers import PartyId
from tests.partner_server import Answer, Call, PartnerServer

from .conftest import Look

CPO, KIT = PartyId("NL", "CPO"), PartyId("NL", "KIT")


def _place(**changes: Any) -> dict[str, Any]:
    return samples.location(CPO, "1", **changes)


def _bill(name: str = "1", **changes: Any) -> dict[str, Any]:
    return samples.cdr(CPO, samples.cdr_token(KIT), name, **changes)


def _listing(server: PartnerServer, module: str, *items: Any) -> None:
    """The list, and the one object of it for whoever asks for one."""

    def answer(call: Call) -> Answer:
        one = items[0] if call.path.split("?")[0].count("/") > 2 else list(items)
        return Answer(one)

    server.answer("GET", module, does=answer)


def test_items_that_are_no_objects_are_told(look: Look, partner_server: PartnerServer) -> None:
    _listing(partner_server, "locations", _place(), "just a word")
    looked = look("TYP-13 TYP-04 PAG-15 LOC-33")
    (told,) = looked.told("objects_are_valid/locations")
    assert told.startswith("just a word: ")
    assert looked.passed("no_datetime/locations")
    assert looked.passed("every_object_once/locations")


def test_objects_without_a_date_cannot_be_filtered_by_one(look: Look, partner_server: PartnerServer) -> None:
    _listing(partner_server, "locations", _place(last_updated="yesterday"), _place(last_updated=None))
    looked = look("PAG-02 PAG-03 LOC-07")
    for name in ("date_from_is_inclusive", "date_from_filters", "date_to_is_exclusive", "date_to_filters"):
        assert looked.reason(f"{name}/locations") == "no object has a last_updated"
    assert looked.passed("parents_are_updated")


def test_an_object_without_a_date_does_not_hide_the_others(look: Look, partner_server: PartnerServer) -> None:
    _listing(partner_server, "locations", _place(last_updated="yesterday"), _place(id="L2"))
    told = look("PAG-02").told("date_from_filters/locations")
    assert told == ["2 objects are listed from ten years after the newest on"]


@pytest.mark.parametrize("evses", [None, "none", [], ["E1"], [{"uid": "E1", "connectors": None}]])
def test_locations_without_a_connector(look: Look, partner_server: PartnerServer, evses: Any) -> None:
    _listing(partner_server, "locations", _place(evses=evses))
    looked = look("LOC-40 LOC-07 LOC-35 LOC-53")
    for name in ("evse_uids_are_unique", "connector_ids_are_unique", "parents_are_updated", "tariffs_exist"):
        assert looked.passed(name)
    assert looked.reason("one_place") == "no location has an EVSE with a connector"


def test_ids_without_letters_have_no_other_case(look: Look, partner_server: PartnerServer) -> None:
    _listing(partner_server, "locations", _place(id="4711"))
    assert look("TYP-01").reason("ids_in_any_letter_case") == "the id has no letters"


def test_another_deviation_of_the_same_kind_is_counted(look: Look, partner_server: PartnerServer) -> None:
    later = "2026-01-01T10:00:00+01:00"
    _listing(partner_server, "locations", _place(last_updated=later, evses=[samples.evse("1", last_updated=later)]))
    (told,) = look("TYP-04").told("no_datetime/locations")
    assert told.endswith(" and 1 more places")


def test_sessions_in_wh_and_of_somebody_else(look: Look, partner_server: PartnerServer) -> None:
    stranger = samples.cdr_token(PartyId("BE", "XYZ"))
    wrong = samples.session(CPO, stranger, "1", kwh=12.5, charging_periods=[samples.period(12500)])
    _listing(partner_server, "sessions", wrong, samples.session(CPO, {}, "2", cdr_token=None))
    looked = look("SES-24 SES-21 SES-27")
    assert len(looked.told("energy_of_sessions")) == 1
    assert looked.told("sessions_are_ours") == ["NL/CPO/KIT-TEST-1 is of a driver of BE/XYZ"]
    assert looked.told("sessions_need_a_date") == ["sessions are listed without date_from"]


# --- bills ---
def _bills(look: Look, server: PartnerServer, *cdrs: Any) -> Callable[[str], list[str]]:
    _listing(server, "cdrs", *cdrs)
    return look("TCS-01 CDR-11 CDR-20 CDR-27 CDR-28 CDR-16").told


def test_a_bill_that_is_right_has_no_finding(look: Look, partner_server: PartnerServer) -> None:
    told = _bills(look, partner_server, _bill(), {"id": "no CDR"})
    names = "cost_by_the_tariff totals_of_a_cdr periods_of_a_cdr tariffs_of_a_cdr periods_name_their_tariff credits"
    assert [told(name) for name in names.split()] == [[]] * 6


def test_charging_periods_out_of_order(look: Look, partner_server: PartnerServer) -> None:
    periods = [samples.period(0.5, minutes=40), samples.period(0.5, minutes=60)]
    told = _bills(look, partner_server, _bill(charging_periods=periods))
    assert told("periods_of_a_cdr") == ["KIT-TEST-1: the charging periods are not in order"]


def test_a_bill_without_its_tariff_is_priced_by_the_list(look: Look, partner_server: PartnerServer) -> None:
    """Also where the list holds something that is no tariff, and the time zone of the place is none."""
    listed = samples.tariff(CPO, "1", last_updated=samples.moment(-7200))
    _listing(partner_server, "tariffs", {"id": "no tariff"}, listed | {"elements": listed["elements"][1:]})
    _listing(partner_server, "locations", _place(id="other"), _place(time_zone="Europe/Atlantis"))
    told = _bills(look, partner_server, _bill(tariffs=[], total_cost={"excl_vat": 99.0}))
    assert told("tariffs_of_a_cdr") == ["KIT-TEST-1 carries no tariff"]
    assert len(told("cost_by_the_tariff")) == 1


def test_a_free_bill_needs_no_tariff(look: Look, partner_server: PartnerServer) -> None:
    bare = _bill(tariffs=[], charging_periods=[samples.period(1.0)])
    assert _bills(look, partner_server, bare)("tariffs_of_a_cdr") == []


def test_a_credit_is_held_against_the_bill_that_it_takes_back(look: Look, partner_server: PartnerServer) -> None:
    """Its totals are negative by design, and no finding."""
    debit = _bill(total_cost={"excl_vat": 0.0})
    credit = _bill("1-C", credit=True, credit_reference_id="KIT-TEST-1", total_cost={"excl_vat": 0.0})
    told = _bills(look, partner_server, debit, credit)
    assert (told("totals_of_a_cdr"), told("credits")) == ([], [])


def test_periods_that_name_no_tariff(look: Look, partner_server: PartnerServer) -> None:
    told = _bills(look, partner_server, _bill(charging_periods=[samples.period(1.0)]))
    assert told("periods_name_their_tariff") == ["KIT-TEST-1: no charging period names a tariff"]
