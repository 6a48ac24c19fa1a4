"""Two partners that both say they are NL-CPO, with the same location: commands go one way, and are never ambiguous."""

import pytest

from ocpi.commands.models import Command
from ocpi.partners.models import Partner
from tests import factories
from tests.callers import Caller

from .conftest import Order

ASKED = {"token": {"uid": "04AABBCCDD"}, "location_id": "L1", "evse_uid": "E1"}


@pytest.fixture
def twin(cpo: Caller) -> Caller:
    """It came later, and brings a location and a session of the same ids."""
    partner = factories.partner(name="Twin", token="token-of-twin", base_url="http://twin.test/ocpi")
    caller = Caller(token="token-of-twin", partner=partner, party=("NL", "CPO"))
    caller.put("locations", "NL", "CPO", "L1", body=factories.location())
    return caller


@pytest.mark.requirement("FLD-34")
def test_a_start_goes_to_whom_we_knew_first(order: Order, cpo: Caller, twin: Caller) -> None:
    assert order().partner == cpo.partner


def test_when_that_one_is_suspended_it_goes_to_the_other(give: Order, cpo: Caller, twin: Caller) -> None:
    Partner.objects.filter(pk=cpo.partner.pk).update(status=Partner.Status.SUSPENDED)
    answer = give("START_SESSION", **ASKED)
    assert answer.status == (202, 1000)
    assert Command.objects.get().partner == twin.partner


def test_a_stop_goes_the_same_way(give: Order, cpo: Caller, twin: Caller) -> None:
    for who in (twin, cpo):
        who.put("sessions", "NL", "CPO", "S1", body=factories.session())
    assert give("STOP_SESSION", session_id="S1").status == (202, 1000)
    assert Command.objects.get().partner == cpo.partner


def test_two_parties_with_one_id_are_still_asked_apart(give: Order, cpo: Caller, cp2: Caller) -> None:
    cp2.put("locations", "DE", "CP2", "L1", body=factories.location(country_code="DE", party_id="CP2"))
    assert "used by several parties" in give("START_SESSION", **ASKED).message
