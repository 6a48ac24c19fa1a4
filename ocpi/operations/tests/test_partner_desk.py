"""The page of a partner: its health, and what can be done to it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from ocpi.alerts import lights
from ocpi.alerts.models import Contact
from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.partners.models import Partner
from ocpi.sync.models import Pull
from ocpi.tokens.models import TokenPush
from tests import admin_pages, factories
from tests.callers import Caller
from tests.partner_server import PartnerServer


def press(client: Client, partner: Partner, action: str, **answers: str) -> Any:
    url = core.page(partner).replace("change/", f"{action}/")
    return client.post(url, {"_form_submitted": "on", **answers})


def text(client: Client, partner: Partner) -> str:
    return admin_pages.page(client, core.page(partner)).replace("&#x27;", "'")


def test_the_page_tells_contact_clock_and_tokens(admin_client: Client, cpo: Caller) -> None:
    now = clock.now()
    Partner.objects.update(last_seen_at=now - timedelta(minutes=5), registered_at=now - timedelta(hours=50))
    Contact.objects.create(partner=cpo.partner, answered_at=now - timedelta(minutes=7), skew_seconds=-40, skew_at=now)
    html = text(admin_client, cpo.partner)
    assert "they called us 5 min ago · they answered us 7 min ago · their clock was 40 seconds behind ours" in html
    assert "they show us: issued 0 min ago, not used yet · we show them: given to us 50 h 00 min ago" in html


def test_a_partner_of_whom_nothing_is_known_yet(admin_client: Client, db: None) -> None:
    html = text(admin_client, factories.PartnerFactory(status="NEW", token_out="", versions_url=""))
    assert "they called us never · they answered us never · their clock is not known yet" in html
    assert "they show us: none was issued · we show them: there is none" in html


def test_traffic_is_shown_with_the_messages_behind_it(admin_client: Client, cpo: Caller) -> None:
    for n in range(4):
        admin_pages.exchange(cpo.partner, duration_ms=40, http_status=500 if n == 0 else 200)
    html = text(admin_client, cpo.partner)
    assert "1 (25.0%)" in html
    assert "40 ms" in html
    assert "direction__exact=OUT" in html


def test_every_module_that_they_offer_has_its_line(admin_client: Client, cpo: Caller) -> None:
    now = clock.now()
    Pull.objects.create(partner=cpo.partner, module="cdrs", finished_at=now - timedelta(minutes=90), received=12)
    html = text(admin_client, cpo.partner)
    assert "1 h 30 min ago" in html.replace("\N{NO-BREAK SPACE}", " ")
    for module in ("locations", "sessions", "tariffs"):
        assert f">{module}</td>" in html


def test_what_is_owed_is_counted_and_leads_to_its_list(admin_client: Client, cpo: Caller) -> None:
    admin_pages.story(cpo.partner)
    factories.token(uid="04AABBCCDE")
    TokenPush.objects.filter(token__uid="04AABBCCDE").update(state="FAILED")
    html = text(admin_client, cpo.partner)
    for words in ("0 missing bills", "1 bills looked for", "1 token pushes waiting", "1 token pushes given up",
                  "1 objects left out"):  # fmt: skip
        assert words in html


def test_what_we_overlook_is_named(admin_client: Client, cpo: Caller) -> None:
    assert "nothing" in text(admin_client, cpo.partner)
    cpo.partner.leniencies.create(kind="bare-price", count=1234, last_seen=clock.now(), example="total_cost")
    assert "bare-price 1,234×, last 0 min ago" in text(admin_client, cpo.partner)


def test_the_page_costs_the_same_however_much_there_is(
    admin_client: Client, cpo: Caller, django_assert_max_num_queries: Any
) -> None:
    for n in range(1, 6):
        admin_pages.story(cpo.partner, n)
    lights.look()
    text(admin_client, cpo.partner)
    with django_assert_max_num_queries(27):
        text(admin_client, cpo.partner)


def test_the_connection_is_tested_on_the_spot(admin_client: Client, partner_server: PartnerServer, db: None) -> None:
    partner = partner_server.registered()
    assert press(admin_client, partner, "test-connection")["HX-Redirect"] == core.page(partner)
    assert f"{partner} answered in " in text(admin_client, partner)
    partner_server.answer("GET", "versions", status=401, status_code=2001)
    press(admin_client, partner, "test-connection")
    assert "They do not accept our token: rotate the credentials" in text(admin_client, partner)


def test_unregistering_asks_for_the_name(admin_client: Client, cpo: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    queued: list[int] = []
    monkeypatch.setattr("ocpi.credentials.tasks.leave.delay", queued.append)
    answer = press(admin_client, cpo.partner, "unregister", typed="CP")
    assert "this is not the partner&#x27;s name" in answer.content.decode()
    assert queued == []
    assert press(admin_client, cpo.partner, "unregister", typed="CPO")["HX-Redirect"] == core.page(cpo.partner)
    assert queued == [cpo.partner.pk]


def test_only_who_may_change_partners_has_buttons(client: Client, cpo: Caller) -> None:
    helper = User.objects.create_user("helper", is_staff=True)
    helper.user_permissions.add(
        Permission.objects.get(content_type__app_label="ocpi_partners", codename="view_partner")
    )
    client.force_login(helper)
    assert "Test connection" not in text(client, cpo.partner)
    assert press(client, cpo.partner, "test-connection").status_code == 403
    assert press(client, cpo.partner, "unregister", typed="CPO").status_code == 403
    cpo.partner.refresh_from_db()
    assert cpo.partner.connected


def test_a_partner_that_never_registered_can_be_deleted_with_its_light(admin_client: Client, db: None) -> None:
    fresh = factories.PartnerFactory(status="NEW", token_out="")
    lights.look()
    url = core.page(fresh).replace("/change/", "/delete/")
    assert admin_client.post(url, {"post": "yes", "typed": fresh.name}).status_code == 302
    assert not Partner.objects.exists()
