"""The admin as a whole: every list and page opens, partners' objects stay as they are, no secret is shown."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from ocpi.core import admin as core
from ocpi.core import secrets
from ocpi.partners.models import ApiClient
from ocpi.tokens import pushes
from ocpi.tokens.models import TokenPush
from tests import admin_pages, factories
from tests.callers import Caller

KINDS = {
    "ocpi_partners.partner": "partner", "ocpi_locations.location": "location", "ocpi_locations.evse": "evse",
    "ocpi_locations.connector": "connector", "ocpi_tariffs.tariff": "tariff", "ocpi_tokens.token": "token",
    "ocpi_tokens.tokenpush": "push", "ocpi_tokens.authorization": "authorization",
    "ocpi_tokens.policy": "policy", "ocpi_tokens.tokenbatch": "batch", "ocpi_tokens.tokenbatchrow": "batch_row",
    "ocpi_sessions.session": "session", "ocpi_cdrs.cdr": "cdr", "ocpi_commands.command": "command",
    "ocpi_conformance.run": "conformance",
    "ocpi_sync.pull": "pull", "ocpi_sync.quarantinedobject": "left_out", "ocpi_sync.missingbill": "missing_bill",
    "ocpi_cdrs.review": "review", "ocpi_cdrs.invoice": "invoice", "ocpi_cdrs.invoiceline": "invoice_line",
    "ocpi_sync.agreement": "agreement", "ocpi_journal.exchange": "exchange", "ocpi_partners.hubparty": "hub_party",
    "ocpi_alerts.lightchange": "light_change", "ocpi_alerts.alert": "alert", "ocpi_alerts.recipient": "recipient",
    "ocpi_chargingprofiles.profilerequest": "profile", "ocpi_sessions.chargingpreference": "preference",
}  # fmt: skip
READ_ONLY = [
    name
    for name in KINDS
    if name
    not in {
        "ocpi_partners.partner",
        "ocpi_partners.hubparty",
        "ocpi_tokens.token",
        "ocpi_tokens.policy",
        "ocpi_sync.agreement",
        "ocpi_alerts.recipient",
    }
]
ADMINS = [found for found in admin.site._registry.values() if found.opts.app_label.startswith("ocpi_")]


def test_every_kind_of_row_has_a_list() -> None:
    listed = {found.opts.label_lower for found in ADMINS}
    assert listed == {*KINDS, "ocpi_partners.apiclient"}


@pytest.mark.parametrize("name", KINDS)
def test_list_search_filters_and_page_open(name: str, admin_client: Client, cpo: Caller) -> None:
    row = admin_pages.story(cpo.partner)[KINDS[name]]
    url = core.list_page(name)
    assert "No results found" not in admin_pages.page(admin_client, url)
    admin_pages.page(admin_client, f"{url}?q=S1")
    for href in set(re.findall(r'href="(\?[^"]+)"', admin_pages.page(admin_client, url))):
        admin_pages.page(admin_client, url + href.replace("&amp;", "&"))
    html = admin_pages.page(admin_client, core.page(row))
    assert str(row) in html.replace("&#x27;", "'")


@pytest.mark.parametrize("found", ADMINS, ids=lambda found: found.opts.label_lower)
def test_every_column_and_field_exists(found: Any) -> None:
    """Django shows a dash for a misspelt field instead of failing."""
    parts = [found, *(inline(found.model, admin.site) for inline in found.inlines)]
    for part in parts:
        names = flatten_fieldsets(part.fieldsets) if part.fieldsets else list(part.fields or [])
        for name in [*names, *getattr(part, "list_display", [])]:
            assert name == "__str__" or hasattr(part, name) or hasattr(part.model, name), name


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_partners_own_cannot_be_changed_by_hand(name: str, admin_client: Client, cpo: Caller) -> None:
    row = admin_pages.story(cpo.partner)[KINDS[name]]
    url = core.page(row)
    assert admin_client.post(url, {"status": "X"}).status_code == 403
    assert admin_client.get(core.list_page(name) + "add/").status_code == 403
    assert admin_client.post(url.replace("/change/", "/delete/"), {"post": "yes"}).status_code == 403


def test_a_party_behind_a_hub_may_be_entered_and_what_the_hub_told_stays(admin_client: Client, cpo: Caller) -> None:
    url = core.list_page("ocpi_partners.hubparty")
    cpo.partner.roles.update(role="HUB")
    entered = {"partner": cpo.partner.pk, "role": "CPO", "country_code": "FR", "party_id": "NEW"}
    assert admin_client.post(f"{url}add/", entered).status_code == 302
    by_hand = cpo.partner.hub_parties.get()
    assert admin_client.post(core.page(by_hand), entered | {"party_id": "NEU"}).status_code == 302
    by_hand.refresh_from_db()
    assert by_hand.party_id == "NEU"
    by_hand.payload = {"party_id": "NEU"}
    by_hand.save()
    assert admin_client.post(core.page(by_hand), entered).status_code == 403
    assert admin_client.post(core.page(by_hand).replace("change/", "delete/"), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ["ocpi_partners.partner", "ocpi_partners.apiclient"])
@pytest.mark.requirement("TRA-53")
def test_no_page_shows_a_digest_or_ciphertext(name: str, admin_client: Client, cpo: Caller) -> None:
    client = factories.api_client()
    row = client if name.endswith("apiclient") else cpo.partner
    digests = [secrets.digest(token) for token in ("token-of-cpo", "token-of-app")]
    for url in (core.list_page(name), core.page(row)):
        html = admin_pages.page(admin_client, url)
        assert not any(secret in html for secret in [*digests, cpo.partner.token_out, "token-for-cpo"])


@pytest.mark.requirement("TYP-16")
def test_text_of_partners_is_never_html(admin_client: Client, cpo: Caller) -> None:
    evil = "<script>alert(1)</script>"
    row = admin_pages.location(cpo.partner, name=evil, operator={"name": evil})
    for url in (core.list_page("ocpi_locations.location"), core.page(row)):
        assert evil not in admin_pages.page(admin_client, url)


@pytest.mark.parametrize("name", ["", *KINDS])
def test_pages_load_nothing_from_elsewhere(name: str, admin_client: Client, cpo: Caller) -> None:
    row = admin_pages.story(cpo.partner).get(KINDS.get(name, ""))
    for url in [core.list_page(name), core.page(row)] if row else [reverse("admin:index")]:
        html = admin_pages.page(admin_client, url)
        assets = re.findall(r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=[\"']([^\"']+)", html)
        assert assets
        assert not [asset for asset in assets if re.match(r"(?:https?:)?//", asset)]


def test_a_list_counts_to_ten_thousand_and_no_further(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.BoundedPaginator, "limit", 3)
    for n in range(5):
        factories.token(uid=f"CARD{n}")
    paginator = core.BoundedPaginator(core.rows_of("ocpi_tokens.Token").order_by("pk"), 2)
    assert (paginator.count, paginator.capped, paginator.num_pages) == (3, True, 2)


def test_a_capped_list_says_so(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.BoundedPaginator, "limit", 3)
    for n in range(5):
        factories.token(uid=f"CARD{n}")
    assert "the first 3 tokens; search or filter" in admin_pages.page(admin_client, core.list_page("ocpi_tokens.token"))


# --- the sidebar ------------------------------------------------------------------------------------------------------
def test_the_sidebar_leads_to_every_list_and_to_the_api(admin_client: Client) -> None:
    html = admin_pages.page(admin_client, reverse("admin:index"))
    within = {"ocpi_locations.connector", "ocpi_cdrs.invoiceline", "ocpi_tokens.tokenbatchrow"}
    for name in KINDS.keys() - within | {"auth.user", "auth.group"}:
        assert f'href="{core.list_page(name)}"' in html
    assert f'href="{reverse("docs")}"' in html


def test_the_sidebar_leaves_out_what_a_user_may_not_see(client: Client, db: None) -> None:
    helper = User.objects.create_user("helper", is_staff=True)
    helper.user_permissions.add(
        Permission.objects.get(content_type__app_label="ocpi_sessions", codename="view_session")
    )
    client.force_login(helper)
    html = admin_pages.page(client, reverse("admin:index"))
    assert core.list_page("ocpi_sessions.session") in html
    assert core.list_page("ocpi_tokens.token") not in html


@pytest.mark.parametrize("name", ["auth.user", "auth.group"])
def test_users_and_groups_have_pages_too(name: str, admin_client: Client) -> None:
    admin_pages.page(admin_client, core.list_page(name))
    admin_pages.page(admin_client, core.list_page(name) + "add/")


# --- what an operator can do to a partner -----------------------------------------------------------------------------
def act(client: Client, caller: Caller, path: str) -> Any:
    given = {"_form_submitted": "on", "typed": caller.partner.name}
    return client.post(core.page(caller.partner).replace("change/", f"{path}/"), given)


def said(client: Client, caller: Caller) -> str:
    return admin_pages.page(client, core.page(caller.partner))


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    tasks: list[tuple[int, str]] = []
    monkeypatch.setattr("ocpi.sync.tasks.pull.delay", lambda *args: tasks.append(args))
    return tasks


def test_pull_now_queues_a_task_for_each_module(admin_client: Client, cpo: Caller, queued: list[Any]) -> None:
    answer = act(admin_client, cpo, "pull")
    assert answer["HX-Redirect"] == core.page(cpo.partner)
    assert queued == [(cpo.partner.pk, module) for module in ("tariffs", "locations", "sessions", "cdrs")]
    assert "Queued: tariffs, locations, sessions, cdrs." in said(admin_client, cpo)


def test_a_broker_that_does_not_answer_is_told_and_no_error(
    admin_client: Client, cpo: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("ocpi.sync.tasks.pull.delay", refuse)
    act(admin_client, cpo, "pull")
    assert "The broker does not answer" in said(admin_client, cpo)


@pytest.mark.parametrize("path", ["pull", "push-tokens", "suspend", "reset"])
def test_an_action_asks_first_and_does_nothing_on_get(
    path: str, admin_client: Client, cpo: Caller, queued: list[Any]
) -> None:
    html = admin_pages.page(admin_client, core.page(cpo.partner).replace("change/", f"{path}/"))
    assert 'method="post"' in html
    cpo.partner.refresh_from_db()
    assert (cpo.partner.status, queued) == ("REGISTERED", [])


def test_push_all_tokens_waits_for_a_worker(admin_client: Client, cpo: Caller) -> None:
    factories.token()
    TokenPush.objects.all().delete()
    act(admin_client, cpo, "push-tokens")
    assert pushes.to_spread() == [cpo.partner.pk]
    pushes.spread(cpo.partner.pk)
    assert pushes.to_spread() == []
    assert [push.state for push in TokenPush.objects.filter(partner=cpo.partner)] == ["PENDING"]


@pytest.mark.requirement("CRE-38")
def test_a_reset_forgets_the_registration_and_shows_a_new_token_once(admin_client: Client, cpo: Caller) -> None:
    act(admin_client, cpo, "reset")
    cpo.partner.refresh_from_db()
    assert cpo.partner.status == "NEW"
    html = said(admin_client, cpo)
    token = re.search(r"([A-Za-z0-9]{48})</strong>", html)
    assert token is not None
    assert cpo.partner.tokens.get().digest == secrets.digest(token[1])
    assert token[1] not in said(admin_client, cpo)


def test_a_suspended_partner_is_refused_until_it_is_resumed(admin_client: Client, cpo: Caller) -> None:
    act(admin_client, cpo, "suspend")
    assert cpo.get("locations", "NL", "CPO", "L1").status == (401, 2001)
    factories.token()  # it misses this one
    act(admin_client, cpo, "resume")
    assert cpo.get("locations", "NL", "CPO", "L1").status == (404, 2003)
    pushes.spread(cpo.partner.pk)
    assert TokenPush.objects.filter(partner=cpo.partner, state="PENDING").count() == 1


def test_only_what_makes_sense_now_is_offered(admin_client: Client, cpo: Caller) -> None:
    html = said(admin_client, cpo)
    assert "Suspend" in html
    assert "Resume" not in html


def test_a_user_who_may_only_look_cannot_act(client: Client, cpo: Caller, queued: list[Any]) -> None:
    helper = User.objects.create_user("helper", is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_partner"))
    client.force_login(helper)
    assert act(client, cpo, "pull").status_code == 403
    assert act(client, cpo, "reset").status_code == 403
    assert queued == []


def test_api_clients_can_be_switched_off(admin_client: Client, app: Caller) -> None:
    row = ApiClient.objects.get()
    admin_client.post(core.page(row), {"name": "App", "scopes": row.scopes})
    assert app.get("locations").status == (401, 2001)
