"""Partners and API clients in the admin: added with a token that is shown once."""

import re
from typing import Any

import pytest
from django.test import Client

from ocpi.core import admin as core
from ocpi.core import secrets
from ocpi.partners.models import ApiClient, Partner
from tests import admin_pages, factories
from tests.callers import Caller

PARTNERS, CLIENTS = core.list_page("ocpi_partners.partner"), core.list_page("ocpi_partners.apiclient")


def shown_token(html: str) -> str:
    found = re.search(r"([A-Za-z0-9]{48})</strong>", html)
    assert found is not None
    return found[1]


@pytest.mark.requirement("CRE-02", "CRE-03")
def test_a_new_partner_gets_a_registration_token_that_is_shown_once(admin_client: Client) -> None:
    answer = admin_client.post(
        f"{PARTNERS}add/", {"name": "Fastlane", "addressing": "PARTY", "sends_plain_auth": "on"}, follow=True
    )
    token = shown_token(answer.content.decode())
    partner = Partner.objects.get(name="Fastlane")
    assert partner.tokens.get().digest == secrets.digest(token)
    assert (partner.status, partner.sends_plain_auth, partner.accepts_plain_auth) == ("NEW", True, False)
    assert Caller(token=token).get("/ocpi/versions").status == (200, 1000)
    assert token not in admin_pages.page(admin_client, core.page(partner))


def test_a_name_that_is_taken_is_refused_at_the_form(admin_client: Client, cpo: Caller) -> None:
    answer = admin_client.post(f"{PARTNERS}add/", {"name": "CPO"})
    assert "already exists" in answer.content.decode()
    assert Partner.objects.count() == 1


def test_a_change_writes_only_what_the_form_changed(
    admin_client: Client, cpo: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handshake may finish while an operator looks at the form."""
    written: list[Any] = []
    save = Partner.save
    monkeypatch.setattr(Partner, "save", lambda self, **kwargs: written.append(kwargs) or save(self, **kwargs))
    form = {"name": "CPO", "addressing": "PARTY", "accepts_plain_auth": "on"}
    admin_client.post(core.page(cpo.partner), form | management_forms(cpo))
    cpo.partner.refresh_from_db()
    assert cpo.partner.accepts_plain_auth
    assert written == [{"update_fields": ["accepts_plain_auth"]}]


@pytest.mark.requirement("VER-12")
def test_what_is_no_url_for_commands_is_refused(admin_client: Client, cpo: Caller) -> None:
    form = {"name": "CPO", "addressing": "PARTY", "commands_url": "javascript:alert(1)"}
    answer = admin_client.post(core.page(cpo.partner), form | management_forms(cpo))
    assert "Enter a valid URL" in answer.content.decode()
    assert Partner.objects.get().commands_url == ""


def management_forms(caller: Caller) -> dict[str, int]:
    names = ("roles", "endpoints", "tokens", "leniencies", "pulls")
    return {f"{name}-{field}_FORMS": 0 for name in names for field in ("TOTAL", "INITIAL")}


def test_a_partner_page_leads_to_everything_of_theirs(admin_client: Client, cpo: Caller) -> None:
    html = admin_pages.page(admin_client, core.page(cpo.partner))
    for name in ("ocpi_locations.location", "ocpi_sessions.session", "ocpi_sync.pull", "ocpi_journal.exchange"):
        assert f'href="{core.list_page(name, partner__id__exact=cpo.partner.pk)}"' in html
    assert "NL" in html
    assert "http://cpo.test/ocpi/commands" in html


def test_only_a_partner_that_never_registered_can_be_deleted(admin_client: Client, cpo: Caller) -> None:
    fresh = factories.PartnerFactory(status="NEW", token_out="")
    for row, status in ((fresh, 302), (cpo.partner, 403)):
        url = core.page(row).replace("change/", "delete/")
        assert admin_client.post(url, {"post": "yes", "typed": row.name}).status_code == status
    assert list(type(fresh).objects.all()) == [cpo.partner]


def test_a_new_api_client_gets_a_token_that_is_shown_once(admin_client: Client) -> None:
    answer = admin_client.post(f"{CLIENTS}add/", {"name": "Driver app", "scopes": ["read"]}, follow=True)
    token = shown_token(answer.content.decode())
    assert ApiClient.objects.get().digest == secrets.digest(token)
    assert Caller(token=token).get("locations").status == (200, 1000)
    assert token not in admin_pages.page(admin_client, CLIENTS)


def test_the_list_costs_the_same_however_long(admin_client: Client) -> None:
    def add(n: int) -> None:
        factories.partner(name=f"CPO {n:02d}", party=("NL", f"C{n:02d}"), token=f"token-{n}")

    admin_pages.assert_cost_is_constant(admin_client, PARTNERS, add, at_most=6)
