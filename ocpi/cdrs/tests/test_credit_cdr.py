"""Credit CDRs: a bill is taken back by another one, and followed by a corrected one."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from ocpi.cdrs.models import CDR
from tests import factories
from tests.callers import Caller

COST = {"excl_vat": 3.5, "incl_vat": 4.235}
CREDIT = {
    "id": "D1-C",
    "credit": True,
    "credit_reference_id": "D1",
    "total_cost": {"excl_vat": -3.5, "incl_vat": -4.235},
}


def remarks(cdr_id: str) -> set[str]:
    """Those about credits; the references are no matter here."""
    return set(CDR.objects.get(cdr_id=cdr_id).remarks) & {"UNKNOWN_ORIGINAL", "ODD_CREDIT"}


def owed() -> list[str]:
    return [row.wire_id for row in CDR.objects.in_force()]


@pytest.mark.requirement("CDR-11", "CDR-12")
def test_a_credit_takes_the_original_back_and_the_balance_is_zero(cpo: Caller) -> None:
    cpo.post("cdrs", body=factories.cdr(total_time_cost=COST))
    credit = factories.cdr(total_time_cost=COST, **CREDIT)
    assert cpo.post("cdrs", body=credit).status == (201, 1000)
    assert cpo.get("cdrs", "D1-C").data == credit
    assert CDR.objects.aggregate(sum=Sum("total_cost"))["sum"] == 0
    assert (owed(), remarks("D1-C")) == ([], set())


@pytest.mark.requirement("CDR-11")
@pytest.mark.parametrize("lacking", ["credit", "credit_reference_id"])
def test_one_of_the_two_fields_alone_is_refused(cpo: Caller, lacking: str) -> None:
    body = {key: value for key, value in factories.cdr(**CREDIT).items() if key != lacking}
    assert cpo.post("cdrs", body=body).status == (200, 2001)
    assert cpo.get("cdrs").data == []


@pytest.mark.requirement("CDR-13")
def test_a_credit_for_an_unknown_original_is_stored_and_remarked(cpo: Caller) -> None:
    assert cpo.post("cdrs", body=factories.cdr(**CREDIT)).status == (201, 1000)
    assert remarks("D1-C") == {"UNKNOWN_ORIGINAL"}


@pytest.mark.requirement("CDR-13", "CDR-34")
def test_the_remark_goes_when_the_original_comes(cpo: Caller) -> None:
    cpo.post("cdrs", body=factories.cdr(**CREDIT))
    cpo.post("cdrs", body=factories.cdr())
    assert (remarks("D1-C"), owed()) == (set(), [])


@pytest.mark.requirement("CDR-13")
def test_the_original_of_another_party_does_not_count(cpo: Caller, cp2: Caller) -> None:
    cp2.post("cdrs", body=factories.cdr(country_code="DE", party_id="CP2"))
    cpo.post("cdrs", body=factories.cdr(**CREDIT))
    assert (remarks("D1-C"), owed()) == ({"UNKNOWN_ORIGINAL"}, ["D1"])


@pytest.mark.requirement("CDR-13", "CDR-08")
def test_two_parties_of_one_platform_do_not_credit_each_other(cpo: Caller) -> None:
    cpo.partner.roles.create(role="CPO", country_code="NL", party_id="SUB", name="Sub")
    sender = {"OCPI-from-country-code": "NL", "OCPI-from-party-id": "CPO"}
    for body in (factories.cdr(), factories.cdr(party_id="SUB", **CREDIT)):
        assert cpo.post("cdrs", body=body, **sender).status == (201, 1000)
    assert (remarks("D1-C"), owed()) == ({"UNKNOWN_ORIGINAL"}, ["D1"])


@pytest.mark.requirement("CDR-14", "AMB-25")
@pytest.mark.parametrize(
    "changes",
    [{"total_cost": {"excl_vat": -2}}, {"total_cost": {"excl_vat": 3.5, "incl_vat": 4.235}}, {"currency": "SEK"}],
)
def test_a_credit_of_another_amount_is_stored_and_remarked(cpo: Caller, changes: dict) -> None:
    cpo.post("cdrs", body=factories.cdr())
    assert cpo.post("cdrs", body=factories.cdr(**CREDIT | changes)).status == (201, 1000)
    assert remarks("D1-C") == {"ODD_CREDIT"}


@pytest.mark.requirement("CDR-15", "CDR-12")
def test_after_a_correction_the_driver_owes_the_corrected_cdr_only(cpo: Caller) -> None:
    cpo.put("sessions", "NL", "CPO", "S1", body=factories.session())
    cpo.post("cdrs", body=factories.cdr())
    cpo.post("cdrs", body=factories.cdr(**CREDIT))
    assert cpo.post("cdrs", body=factories.cdr(id="D2", total_cost={"excl_vat": 3})).status == (201, 1000)
    assert owed() == ["D2"]
    assert CDR.objects.aggregate(sum=Sum("total_cost"))["sum"] == Decimal(3)
    assert CDR.objects.in_force().aggregate(sum=Sum("total_energy"))["sum"] == Decimal(10)
    assert {row.session_row.wire_id for row in CDR.objects.all()} == {"S1"}
