"""`PUT {hubclientinfo}/{country_code}/{party_id}`: a hub tells that a party is connected, or is not any more."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from ocpi.core import admin as core
from ocpi.core.signals import hub_party_connected
from ocpi.partners import leniency
from ocpi.partners.models import HubParty, PartnerLeniency
from tests import admin_pages, factories
from tests.callers import Caller
from tests.hubs.wire import LAST_UPDATED, LATER, NAMES, info, route, url


@pytest.mark.requirement("HCI-01")
def test_put_creates_then_updates(hub: Caller) -> None:
    assert hub.put(*url(), body=info()).status == (201, 1000)
    again = hub.put(*url(), body=info(status="OFFLINE", last_updated=LATER))
    assert again.status == (200, 1000)
    assert "data" not in again.body
    row = HubParty.objects.get()
    assert (row.status, row.payload) == ("OFFLINE", info(status="OFFLINE", last_updated=LATER))


@pytest.mark.requirement("HCI-01", "AMB-04")
def test_an_older_message_changes_nothing_and_an_equally_old_one_counts(hub: Caller) -> None:
    hub.put(*url(), body=info(last_updated=LATER))
    assert hub.put(*url(), body=info(status="SUSPENDED")).status == (200, 1000)
    assert HubParty.objects.get().status == "CONNECTED"
    hub.put(*url(), body=info(status="OFFLINE", last_updated=LATER))
    assert HubParty.objects.get().status == "OFFLINE"


@pytest.mark.requirement("HCI-04")
@pytest.mark.parametrize(
    ("path", "body"),
    [("NL/CPO", info("NL/CPX")), ("NL/CPO", info("DE/CPO")), ("NL/HUB", info("NL/CPO"))],
)
def test_the_url_names_the_party_that_is_described(hub: Caller, path: str, body: dict[str, Any]) -> None:
    answer = hub.put(*url(path), body=body)
    assert answer.status == (200, 2001)
    assert "must be the same as in the URL" in answer.message
    assert not HubParty.objects.exists()


@pytest.mark.requirement("HCI-04", "TYP-01")
def test_url_and_body_may_differ_in_case(hub: Caller) -> None:
    assert hub.put(*url("nl/cpo"), body=info()).status == (201, 1000)
    assert hub.put(*url(), body=info("nl/cpo", last_updated=LATER)).status == (200, 1000)
    assert HubParty.objects.count() == 1


@pytest.mark.requirement("HCI-05")
def test_only_hubs_tell_who_is_there(cpo: Caller, app: Caller, hub: Caller) -> None:
    assert cpo.put(*url(), body=info()).status == (404, 2001)
    assert app.put(*url(), body=info()).http.status_code == 403
    assert not HubParty.objects.exists()


@pytest.mark.requirement("HCI-06", "AMB-31")
def test_a_party_may_play_several_roles(hub: Caller) -> None:
    for role in ("EMSP", "CPO", "NSP"):
        assert hub.put(*url("NL/ABC"), body=info("NL/ABC", role=role)).status == (201, 1000)
    hub.put(*url("NL/ABC"), body=info("NL/ABC", role="EMSP", status="SUSPENDED", last_updated=LATER))
    assert dict(HubParty.objects.values_list("role", "status")) == {
        "EMSP": "SUSPENDED", "CPO": "CONNECTED", "NSP": "CONNECTED",
    }  # fmt: skip


@pytest.mark.requirement("HCI-06")
def test_whether_we_may_call_it_depends_on_its_role_as_cpo(hub: Caller) -> None:
    hub.put(*url("NL/ABC"), body=info("NL/ABC", role="EMSP"))
    hub.put(*url("NL/ABC"), body=info("NL/ABC", role="CPO", status="OFFLINE"))
    [party] = {row.party for row in HubParty.objects.all()}
    assert "offline" in hub.partner.unreachable(party)
    hub.put(*url("NL/ABC"), body=info("NL/ABC", role="CPO", last_updated=LATER))
    hub.put(*url("NL/ABC"), body=info("NL/ABC", role="EMSP", status="SUSPENDED", last_updated=LATER))
    hub.partner.refresh_from_db()
    assert hub.partner.unreachable(party) == ""


@pytest.mark.requirement("HCI-06")
def test_two_hubs_tell_different_things_of_one_party(hub: Caller) -> None:
    other = factories.partner(name="Hub 2", party=("DE", "HUB"), token="token-of-hub-2")
    other.roles.update(role="HUB")
    hub.put(*url(), body=info())
    assert Caller("token-of-hub-2").put(*url(), body=info(status="PLANNED")).status == (201, 1000)
    assert Caller("token-of-hub-2").get(*url()).data["status"] == "PLANNED"
    assert hub.get(*url()).data["status"] == "CONNECTED"


@pytest.mark.requirement("HCI-14")
def test_without_last_updated_it_is_refused_until_the_hub_is_flagged(hub: Caller) -> None:
    undated = {key: value for key, value in info().items() if key != "last_updated"}
    refused = hub.put(*url(), body=undated)
    assert refused.status == (200, 2001)
    assert "last_updated" in refused.message
    hub.partner.missing_last_updated = True
    hub.partner.save()
    assert hub.put(*url(), body=undated).status == (201, 1000)
    assert hub.put(*url(), body={**undated, "status": "OFFLINE"}).status == (200, 1000)
    assert HubParty.objects.get().status == "OFFLINE"
    leniency.write()
    assert PartnerLeniency.objects.get(kind="missing").partner == hub.partner


@pytest.mark.requirement("HCI-01", "TYP-14", "TYP-17")
@pytest.mark.parametrize(
    ("field", "value"),
    [("role", "cpo"), ("role", "OWNER"), ("status", "GONE"), ("status", None), ("party_id", "TOOLONG"),
     ("country_code", "NLD"), ("last_updated", "yesterday")],
)  # fmt: skip
def test_what_is_no_client_info_is_refused(hub: Caller, field: str, value: Any) -> None:
    answer = hub.put(*url(), body=info(**{field: value}))
    assert answer.status == (200, 2001)
    assert field in answer.message
    assert not HubParty.objects.exists()


@pytest.mark.requirement("HCI-12", "HUB-03")
def test_a_configuration_module_takes_no_notice_of_routing_headers(hub: Caller) -> None:
    for headers in ({}, route("FR/YYY", "FR/XXX"), {"OCPI-to-party-id": "alone"}):
        answer = hub.put(*url(), body=info(), **headers)
        assert answer.body["status_code"] == 1000
        assert not [name for name in NAMES if name in answer.http]


@pytest.mark.requirement("HCI-07", "HUB-16")
def test_from_now_on_its_objects_are_taken(hub: Caller) -> None:
    location = ("locations", "NL", "CPO", "L1")
    routing = route("NL/HUB")
    assert hub.put(*location, body=factories.location(), **routing).status == (404, 2001)
    hub.put(*url(), body=info())
    assert hub.put(*location, body=factories.location(), **routing).status == (201, 1000)


@pytest.mark.requirement("HCI-07")
def test_who_is_connected_for_the_first_time_is_pulled_and_who_comes_back_is_not(hub: Caller) -> None:
    heard: list[str] = []

    def hear(partner: Any, **kwargs: Any) -> None:
        heard.append(str(partner))

    hub_party_connected.connect(hear)
    try:
        hub.put(*url(), body=info(status="PLANNED"))
        assert heard == []
        hub.put(*url(), body=info(last_updated=LATER))
        assert heard == ["Hub"]
        for minute, status in enumerate(("OFFLINE", "CONNECTED", "CONNECTED"), 10):
            hub.put(*url(), body=info(status=status, last_updated=f"2026-03-01T12:{minute}:00Z"))
        assert heard == ["Hub"]
        hub.put(*url("DE/CP2"), body=info("DE/CP2"))
        assert heard == ["Hub", "Hub"]
    finally:
        hub_party_connected.disconnect(hear)


@pytest.mark.requirement("HCI-09", "HCI-10")
@pytest.mark.long
def test_operators_see_who_is_planned_and_who_was_cut_off(hub: Caller, admin_client: Client) -> None:
    hub.put(*url("NL/PLA"), body=info("NL/PLA", status="PLANNED"))
    hub.put(*url("NL/SUS"), body=info("NL/SUS", status="SUSPENDED"))
    overview = admin_pages.page(admin_client, "/admin/")
    assert "1 suspended, 1 planned" in overview
    listed = admin_pages.page(admin_client, core.list_page("ocpi_partners.hubparty", status="PLANNED"))
    assert "NL-PLA" in listed
    assert "NL-SUS" not in listed
    row = HubParty.objects.get(party_id="SUS")
    bills = core.list_page(
        "ocpi_cdrs.cdr", partner__id__exact=hub.partner.pk, country_code=row.country_code, party_id=row.party_id
    )
    assert bills.replace("&", "&amp;") in admin_pages.page(admin_client, core.page(row))
    assert admin_client.get(bills).status_code == 200


@pytest.mark.requirement("HCI-01")
def test_what_an_operator_entered_is_taken_over_by_the_hub(hub: Caller) -> None:
    HubParty.objects.create(partner=hub.partner, country_code="NL", party_id="CPO")
    assert hub.put(*url(), body=info(status="OFFLINE")).status == (201, 1000)
    assert HubParty.objects.get().status == "OFFLINE"


@pytest.mark.requirement("HCI-01")
def test_simultaneous_puts_of_one_party_leave_one_row(hub: Caller, transactional_db: None) -> None:
    def put(n: int) -> tuple[int, int]:
        try:
            return hub.put(*url(), body=info(last_updated=f"2026-03-01T12:{n:02}:00Z")).status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(put, range(8)))
    assert {code for _, code in statuses} == {1000}
    assert HubParty.objects.get().payload["last_updated"] == "2026-03-01T12:07:00Z"


@pytest.mark.requirement("HCI-13", "VER-09")
def test_a_hub_may_ask_whether_we_live_and_nothing_changes(hub: Caller) -> None:
    hub.put(*url(), body=info())
    before = list(HubParty.objects.values())
    for _ in range(3):
        assert hub.get("/ocpi/versions").status == (200, 1000)
    assert list(HubParty.objects.values()) == before
    assert before[0]["payload"]["last_updated"] == LAST_UPDATED
