"""One party that several partners bring: who else has it, and whose platform is asked."""

from types import SimpleNamespace
from typing import Any

import pytest

from ocpi.partners import shared_parties
from ocpi.partners.models import HubParty, Partner, PartnerRole
from tests import factories
from tests.callers import Caller


def twin(**fields: Any) -> Partner:
    """A second platform that says it is NL-CPO."""
    return factories.partner(name="Twin", token="token-of-twin", base_url="http://twin.test/ocpi", **fields)


def test_a_party_of_its_own_is_shared_with_nobody(cpo: Caller, cp2: Caller) -> None:
    assert shared_parties.of(cpo.partner) == []


def test_two_direct_partners_are_told_apart_from_a_hub(cpo: Caller, hub: Caller) -> None:
    other = twin()
    HubParty.objects.create(partner=hub.partner, role="CPO", country_code="nl", party_id="cpo", status="CONNECTED")
    found = {(each.other, each.through_hub) for each in shared_parties.of(cpo.partner)}
    assert found == {(other, False), (hub.partner, True)}


def test_who_is_not_connected_or_is_a_learners_shares_nothing(cpo: Caller) -> None:
    other = twin(status=Partner.Status.UNREGISTERED)
    assert shared_parties.of(cpo.partner) == []
    Partner.objects.filter(pk=other.pk).update(status=Partner.Status.REGISTERED, sandbox=True)
    assert shared_parties.of(cpo.partner) == []


def test_a_hub_is_asked_about_itself_only(cpo: Caller, hub: Caller) -> None:
    """It has thousands behind it: who is reached directly as well is said on the page of that partner."""
    HubParty.objects.create(partner=hub.partner, role="CPO", country_code="NL", party_id="CPO", status="CONNECTED")
    assert shared_parties.of(Partner.objects.get(pk=hub.partner.pk)) == []


def test_who_says_it_is_us_is_noticed(cpo: Caller, settings: Any) -> None:
    assert shared_parties.names_us(cpo.partner) == []
    settings.EMSP_PARTIES = ["NL-CPO"]
    assert [str(party) for party in shared_parties.names_us(cpo.partner)] == ["NL/CPO"]


@pytest.mark.requirement("FLD-34")
def test_the_first_that_is_connected_directly_is_asked(cpo: Caller, hub: Caller) -> None:
    other = twin()
    PartnerRole.objects.create(partner=hub.partner, role="CPO", country_code="NL", party_id="CPO")
    rows = [SimpleNamespace(partner=p, partner_id=p.pk) for p in (hub.partner, other, cpo.partner)]
    assert shared_parties.foremost(rows).partner == cpo.partner
    cpo.partner.status = Partner.Status.SUSPENDED
    assert shared_parties.foremost(rows).partner == other
    other.status = Partner.Status.SUSPENDED
    assert shared_parties.foremost(rows).partner == hub.partner
