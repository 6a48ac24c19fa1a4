"""Faults of CDRs: credited, billed again, badly split, and a charger that pauses."""

import pytest

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Emsp
from ocpi.protocol.cdrs import CDR

PLACE = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01"}


def billed(cpo: Cpo, emsp: Emsp, count: int) -> list[dict]:
    """The CDRs of one charge, in the order in which they were written; all are listed as they were POSTed."""
    cpo.charge(emsp, PLACE)
    emsp.wait_for("POST", "/cdrs", count)
    cdrs = emsp.call("GET", "/cdrs").json()["data"]
    assert [seen.body for seen in emsp.got("POST", "/cdrs")] == cdrs
    for cdr in cdrs:
        CDR.from_wire(cdr)
    return cdrs


@pytest.mark.requirement("CDR-11", "CDR-12")
def test_a_cdr_can_be_credited(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("credit-cdr")
    cdr, credit = billed(cpo, emsp, 2)
    assert (credit["id"], credit["credit"], credit["credit_reference_id"]) == (f"{cdr['id']}-C", True, cdr["id"])
    assert credit["total_cost"]["excl_vat"] == -cdr["total_cost"]["excl_vat"] < 0
    assert credit["total_energy_cost"] == cdr["total_energy_cost"]


@pytest.mark.requirement("CDR-15")
def test_a_wrong_cdr_can_be_credited_and_billed_again(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("rebill", 2)
    wrong, credit, right = billed(cpo, emsp, 3)
    assert credit["total_cost"]["excl_vat"] == -wrong["total_cost"]["excl_vat"]
    assert wrong["total_cost"]["excl_vat"] == pytest.approx(2 * right["total_cost"]["excl_vat"])
    assert right["session_id"] == wrong["session_id"]
    assert "credit" not in right


@pytest.mark.requirement("CDR-17", "CDR-24")
def test_a_reservation_can_be_billed_by_itself(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("reservation-cdr")
    reservation, cdr = billed(cpo, emsp, 2)
    assert "session_id" not in reservation
    assert reservation["cdr_location"]["evse_uid"] == reservation["cdr_location"]["connector_id"] == "#NA"
    assert (reservation["total_energy"], reservation["total_time"]) == (0, 0.25)
    assert reservation["total_cost"]["excl_vat"] == 0.75
    assert reservation["end_date_time"] == cdr["start_date_time"]


@pytest.mark.requirement("CDR-21")
def test_periods_can_be_unsplit_and_without_tariff(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("unsplit-periods")
    cpo.break_it("missing-tariff-id")
    [cdr] = billed(cpo, emsp, 1)
    [period] = cdr["charging_periods"]
    assert "tariff_id" not in period
    volumes = {dimension["type"]: dimension["volume"] for dimension in period["dimensions"]}
    assert volumes["ENERGY"] == pytest.approx(cdr["total_energy"])


@pytest.mark.requirement("TCS-09")
def test_a_charger_that_pauses_counts_time_and_no_parking(cpo: Cpo, emsp: Emsp) -> None:
    cpo.break_it("evse-pause", 10)
    cpo.platform.clock.fast = 3000
    session_id = cpo.begin(emsp, PLACE)
    cpo.wait_until(lambda: cpo.session(session_id)["kwh"] > 3)
    cpo.control("POST", "/stop", {"session_id": session_id})
    cdr = emsp.wait_for("POST", "/cdrs")[0].body
    [charge] = cpo.platform.cpos[0].yard.charges()
    idle = [piece for piece in charge.slices if not piece.kwh]
    assert sum(piece.seconds for piece in idle) == 600
    assert {piece.kind.value for piece in idle} == {"TIME"}
    assert "total_parking_time" not in cdr
