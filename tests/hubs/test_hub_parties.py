"""Parties behind a hub: whose objects are taken, whom we call there, and how our requests are addressed."""

from typing import Any

import pytest
from django.test import Client

from ocpi.core import admin as core
from ocpi.locations.models import Location
from ocpi.partners.models import HubParty, Partner
from tests import admin_pages, factories
from tests.callers import Caller
from tests.hubs.wire import LATER, info, party, route, shown, url

L1 = ("locations", "NL", "CPO", "L1")


def of(who: str, **changes: Any) -> dict[str, Any]:
    country_code, party_id = who.split("/")
    return {"country_code": country_code, "party_id": party_id, **changes}


# --- they call us ----------------------------------------------------------------------------------------------------
@pytest.mark.requirement("HUB-09", "HUB-16", "HCI-07")
@pytest.mark.parametrize("sender", ["NL/HUB", "NL/CPO", "nl/cpo"])
def test_the_owner_is_the_party_of_the_url_whoever_the_hub_says_is_speaking(hub: Caller, sender: str) -> None:
    hub.put(*url(), body=info())
    answer = hub.put(*L1, body=factories.location(), **route(sender))
    assert (answer.status, shown(answer.http.headers)) == ((201, 1000), (sender, "NL/EMS"))
    row = Location.objects.get()
    assert (row.partner, row.party) == (hub.partner, party("NL/CPO"))
    assert hub.get(*L1, **route("NL/HUB")).data == factories.location()


@pytest.mark.requirement("HUB-16", "HCI-07", "HCI-09", "HCI-10")
@pytest.mark.parametrize(
    ("status", "expected"),
    [("CONNECTED", (201, 1000)), ("OFFLINE", (201, 1000)), ("PLANNED", (404, 2001)), ("SUSPENDED", (404, 2001)),
     (None, (404, 2001))],
)  # fmt: skip
def test_objects_are_taken_from_those_that_were_connected(
    hub: Caller, status: str | None, expected: tuple[int, int]
) -> None:
    """What a party that went offline left on the way is still its own (AMB-39)."""
    if status is not None:
        hub.put(*url(), body=info(status=status))
    assert hub.put(*L1, body=factories.location(), **route("NL/HUB")).status == expected
    assert Location.objects.exists() is (expected == (201, 1000))


@pytest.mark.requirement("HCI-10")
def test_the_history_of_a_party_that_was_cut_off_stays(hub: Caller, app: Caller) -> None:
    hub.put(*url(), body=info())
    hub.put("sessions", "NL", "CPO", "S1", body=factories.session(status="COMPLETED"), **route("NL/HUB"))
    hub.post("cdrs", body=factories.cdr(), **route("NL/HUB"))
    hub.put(*url(), body=info(status="SUSPENDED", last_updated=LATER))
    assert len(app.get("cdrs").data) == len(app.get("sessions").data) == 1


@pytest.mark.requirement("HUB-08")
@pytest.mark.parametrize("stranger", ["FR/XXX", "DE/CP2", "NL/EMS"])
def test_a_sender_that_is_not_behind_the_hub_is_2001(hub: Caller, stranger: str) -> None:
    hub.put(*url(), body=info())
    answer = hub.put(*L1, body=factories.location(), **route(stranger))
    assert answer.status == (200, 2001)
    assert not Location.objects.exists()


@pytest.mark.requirement("HUB-07", "HUB-16")
def test_a_hub_must_say_who_speaks_as_soon_as_anybody_is_behind_it(hub: Caller) -> None:
    assert hub.get("tokens").status == (200, 1000)
    hub.put(*url(), body=info())
    assert hub.get("tokens").status == (200, 2001)
    assert hub.get("tokens", **route("NL/HUB")).status == (200, 1000)
    assert hub.get("tokens", **route("NL/CPO")).status == (200, 1000)


@pytest.mark.requirement("HUB-21", "HUB-02", "HUB-18")
def test_through_a_chain_of_hubs_the_ends_stay_who_they_are(hub: Caller) -> None:
    """The second hub of the chain is no party of ours: FROM is the CPO, and so is TO of the answer."""
    hub.put(*url("DE/CP2"), body=info("DE/CP2"))
    path = ("locations", "DE", "CP2", "L1")
    headers = route("DE/CP2") | {"X-Correlation-ID": "flow", "X-Request-ID": "leg-3"}
    answer = hub.put(*path, body=factories.location(**of("DE/CP2")), **headers)
    assert (answer.status, shown(answer.http.headers)) == ((201, 1000), ("DE/CP2", "NL/EMS"))
    assert (answer["X-Correlation-ID"], answer["X-Request-ID"]) == ("flow", "leg-3")
    assert hub.get(*path, **headers).data["last_updated"] == factories.LAST_UPDATED


@pytest.mark.requirement("HUB-02", "HUB-04")
def test_the_answer_to_an_openly_routed_request_comes_from_the_party_that_it_reached(hub: Caller) -> None:
    hub.put(*url(), body=info())
    for path, status in ((L1, (404, 2003)), (("tokens",), (200, 1000))):
        answer = hub.get(*path, **route("NL/CPO", to="NL/EMS"))
        assert (answer.status, shown(answer.http.headers)) == (status, ("NL/CPO", "NL/EMS"))


@pytest.mark.requirement("HUB-16", "TRA-39")
def test_two_hubs_may_bring_the_same_party_and_do_not_mix(hub: Caller) -> None:
    other = factories.partner(name="Hub 2", party=("DE", "HUB"), token="token-of-hub-2")
    other.roles.update(role="HUB")
    second = Caller("token-of-hub-2", partner=other)
    for caller, sender in ((hub, "NL/HUB"), (second, "DE/HUB")):
        caller.put(*url(), body=info())
        caller.put(*L1, body=factories.location(name=sender), **route(sender))
    assert hub.get(*L1, **route("NL/HUB")).data["name"] == "NL/HUB"
    assert second.get(*L1, **route("DE/HUB")).data["name"] == "DE/HUB"


@pytest.mark.requirement("FLD-34")
def test_a_location_that_comes_directly_and_through_a_hub_is_shown_once(hub: Caller, cpo: Caller, app: Caller) -> None:
    hub.put(*url(), body=info())
    hub.put(*L1, body=factories.location(name="through the hub"), **route("NL/HUB"))
    hub.put("locations", "NL", "CPO", "L2", body=factories.location(id="L2"), **route("NL/HUB"))
    assert [row["name"] for row in app.get("locations").data] == ["through the hub", "Stationsplein"]
    cpo.put(*L1, body=factories.location(name="from itself"))
    assert [(row["id"], row["name"]) for row in app.get("locations").data] == [
        ("L2", "Stationsplein"), ("L1", "from itself"),
    ]  # fmt: skip
    assert app.get(*L1).data["name"] == "from itself"
    assert len(app.get("locations", query="unpublished=true").data) == 3  # the helpdesk sees every source
    Location.objects.filter(partner=cpo.partner).update(gone_at="2026-03-02T00:00:00Z")
    assert app.get(*L1).data["name"] == "through the hub"


@pytest.mark.requirement("HUB-16")
def test_a_push_of_a_hub_with_a_thousand_behind_it_costs_no_more(
    hub: Caller, django_assert_max_num_queries: Any
) -> None:
    HubParty.objects.bulk_create(
        HubParty(partner=hub.partner, country_code="NL", party_id=f"{n:03}", status="CONNECTED") for n in range(1000)
    )
    body = factories.location(**of("NL/007"))
    with django_assert_max_num_queries(16):
        assert hub.put("locations", "NL", "007", "L1", body=body, **route("NL/007")).status == (201, 1000)
    with django_assert_max_num_queries(13):
        assert hub.post("cdrs", body=factories.cdr(**of("NL/007")), **route("NL/HUB")).status == (201, 1000)


# --- operators -------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("FLD-16", "HUB-17")
def test_an_operator_enters_the_parties_of_a_hub_that_tells_nothing(hub: Caller, admin_client: Client) -> None:
    assert hub.put(*L1, body=factories.location(), **route("NL/HUB")).status == (404, 2001)
    form = {"partner": hub.partner.pk, "role": "CPO", "country_code": "NL", "party_id": "CPO"}
    added = admin_client.post(f"{core.list_page('ocpi_partners.hubparty')}add/", form, follow=True)
    assert "was added successfully" in added.content.decode()
    assert hub.put(*L1, body=factories.location(), **route("NL/HUB")).status == (201, 1000)
    assert hub.partner.unreachable(party("NL/CPO")) == ""


@pytest.mark.requirement("FLD-16")
def test_what_the_hub_told_is_not_the_operators_to_change(hub: Caller, admin_client: Client) -> None:
    hub.put(*url(), body=info())
    page = core.page(HubParty.objects.get())
    assert admin_client.post(page, {"party_id": "CPX"}).status_code == 403
    assert admin_client.post(page.replace("change/", "delete/"), {"post": "yes"}).status_code == 403
    assert HubParty.objects.get().party_id == "CPO"


@pytest.mark.requirement("HUB-16", "FLD-16")
def test_only_hubs_can_be_given_parties(cpo: Caller, hub: Caller, admin_client: Client) -> None:
    html = admin_pages.page(admin_client, f"{core.list_page('ocpi_partners.hubparty')}add/")
    assert f'<option value="{hub.partner.pk}">' in html
    assert f'<option value="{cpo.partner.pk}">' not in html


# --- whom we may call ------------------------------------------------------------------------------------------------
@pytest.mark.requirement("HCI-08", "HCI-09", "HCI-10", "HCI-07")
@pytest.mark.parametrize(
    ("status", "why"),
    [("CONNECTED", ""), ("OFFLINE", "is offline"), ("PLANNED", "is planned"), ("SUSPENDED", "is suspended"),
     (None, "is not known there")],
)  # fmt: skip
def test_only_who_is_connected_is_called(hub: Caller, status: str | None, why: str) -> None:
    if status is not None:
        hub.put(*url(), body=info(status=status))
    reason = hub.partner.unreachable(party("NL/CPO"))
    assert reason == (f"NL-CPO behind Hub {why}" if why else "")


def test_nobody_behind_a_hub_that_is_not_connected_is_called(hub: Caller) -> None:
    hub.put(*url(), body=info())
    Partner.objects.update(status="SUSPENDED")
    hub.partner.refresh_from_db()
    assert hub.partner.unreachable(party("NL/CPO")) == "Hub is not connected"


@pytest.mark.requirement("HUB-10", "HUB-13", "HUB-14", "FLD-17")
@pytest.mark.parametrize(
    ("addressing", "about_one", "about_all"),
    [("PARTY", "NL/CPO", "NL/HUB"), ("HUB", "NL/HUB", "NL/HUB"), ("OPEN", None, "NL/HUB")],
)
def test_whom_our_requests_name(hub: Caller, addressing: str, about_one: str | None, about_all: str) -> None:
    hub.partner.addressing = addressing
    assert hub.partner.peer(party("NL/CPO")).party == (party(about_one) if about_one else None)
    assert hub.partner.peer().party == party(about_all)
    assert hub.partner.receivers() == [None]


@pytest.mark.requirement("FLD-17")
def test_addressing_means_nothing_where_there_is_no_hub(cpo: Caller) -> None:
    for addressing in Partner.Addressing.values:
        cpo.partner.addressing = addressing
        assert cpo.partner.peer(party("NL/CPO")).party == cpo.partner.peer().party == party("NL/CPO")


@pytest.mark.requirement("HUB-16", "CRE-32")
def test_a_partner_may_be_a_cpo_of_its_own_and_a_hub(hub: Caller, app: Caller) -> None:
    hub.partner.roles.create(role="CPO", country_code="NL", party_id="OWN")
    hub.partner.refresh_from_db()
    assert hub.partner.unreachable(party("NL/OWN")) == ""
    own = factories.location(**of("NL/OWN"))
    assert hub.put("locations", "NL", "OWN", "L1", body=own, **route("NL/HUB")).status == (201, 1000)
    assert [row["party_id"] for row in app.get("locations").data] == ["OWN"]
