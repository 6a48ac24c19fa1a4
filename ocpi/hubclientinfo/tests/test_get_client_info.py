"""`GET {hubclientinfo}/{country_code}/{party_id}`: what a hub told us of a party."""

import pytest

from ocpi.partners.models import HubParty
from tests.callers import Caller
from tests.hubs.wire import LATER, info, url


@pytest.mark.requirement("HCI-02")
def test_a_hub_gets_what_it_put(hub: Caller) -> None:
    body = info(x_vendor={"kept": True})
    hub.put(*url(), body=body)
    answer = hub.get(*url("nl/cpo"))
    assert (answer.status, answer.data) == ((200, 1000), body)


@pytest.mark.requirement("HCI-02")
def test_who_was_never_told_of_is_404(hub: Caller) -> None:
    assert hub.get(*url("FR/XXX")).status == (404, 2001)
    HubParty.objects.create(partner=hub.partner, country_code="FR", party_id="XXX")  # an operator's own entry
    assert hub.get(*url("FR/XXX")).status == (404, 2001)


@pytest.mark.requirement("HCI-06", "AMB-31")
@pytest.mark.parametrize("order", [("EMSP", "CPO"), ("CPO", "EMSP")])
def test_of_several_roles_the_cpo_comes_first(hub: Caller, order: tuple[str, str]) -> None:
    for role in order:
        hub.put(*url(), body=info(role=role))
    assert hub.get(*url()).data["role"] == "CPO"


@pytest.mark.requirement("HCI-05", "TRA-39")
def test_nobody_else_sees_it(hub: Caller, cpo: Caller, app: Caller) -> None:
    hub.put(*url(), body=info())
    assert cpo.get(*url()).status == (404, 2001)
    assert app.get(*url()).http.status_code == 403


@pytest.mark.requirement("HCI-03", "TRA-28")
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_there_is_no_other_method(hub: Caller, method: str) -> None:
    hub.put(*url(), body=info())
    answer = hub.request(method, *url(), body=info(status="OFFLINE", last_updated=LATER))
    assert answer.status == (405, 2000)
    assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "PUT"}
    assert hub.get(*url()).data == info()


@pytest.mark.requirement("HCI-03")
def test_the_list_is_the_hubs_to_offer(hub: Caller) -> None:
    assert hub.get("hubclientinfo").status == (404, 2001)
