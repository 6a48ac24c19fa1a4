"""Tokens in the admin: saved by the service, refused at the form."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client

from ocpi.core import admin as core
from ocpi.protocol import errors
from ocpi.tokens import services
from ocpi.tokens.models import Authorization, Token, TokenPush
from tests import admin_pages, factories
from tests.callers import Caller

TOKENS = core.list_page("ocpi_tokens.token")


def form(**changes: Any) -> dict[str, Any]:
    return {
        "uid": "04aabbccdd", "type": "RFID", "status": "ACTIVE", "contract_id": "NL-EMS-C0001", "issuer": "Open eMSP",
        "whitelist": "", "allowed_locations": "[]", "energy_contract": "{}", "language": "nl",
        "pushes-TOTAL_FORMS": 0, "pushes-INITIAL_FORMS": 0, **changes,
    }  # fmt: skip


def errors_of(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


@pytest.mark.requirement("TOK-17", "TOK-26")
def test_a_token_is_added_by_the_service_and_pushed(admin_client: Client, cpo: Caller) -> None:
    answer = admin_client.post(f"{TOKENS}add/", form(), follow=True)
    assert "was added successfully" in answer.content.decode()
    token = Token.objects.get()
    assert (token.wire_uid, token.payload["valid"], token.payload["language"]) == ("04AABBCCDD", True, "nl")
    assert [push.state for push in TokenPush.objects.all()] == ["PENDING"]


@pytest.mark.requirement("TOK-29")
@pytest.mark.parametrize(("type", "whitelist"), [("RFID", "ALLOWED"), ("APP_USER", "NEVER")])
def test_the_whitelist_follows_from_the_type_when_nobody_chose(type: str, whitelist: str, admin_client: Client) -> None:
    admin_client.post(f"{TOKENS}add/", form(type=type))
    assert Token.objects.get().whitelist == whitelist


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"uid": ""}, "uid"),
        ({"uid": "x" * 37}, "uid"),
        ({"contract_id": "\u20ac"}, "contract_id"),
        ({"energy_contract": '{"contract_id": "1"}'}, "energy_contract"),
        ({"energy_contract": "{"}, "energy_contract"),
        ({"energy_contract": "[1]"}, "energy_contract"),
        ({"allowed_locations": '[{"evse_uids": []}]'}, "allowed_locations"),
        ({"allowed_locations": '{"location_id": "L1"}'}, "allowed_locations"),
        ({"allowed_locations": "[7]"}, "allowed_locations"),
    ],
)
def test_what_ocpi_does_not_allow_is_refused_at_its_field(
    changes: dict[str, Any], field: str, admin_client: Client
) -> None:
    assert list(errors_of(admin_client.post(f"{TOKENS}add/", form(**changes)))) == [field]
    assert not Token.objects.exists()


def test_a_uid_that_is_there_already_is_refused_and_not_changed(admin_client: Client, db: None) -> None:
    factories.token(contract_id="FIRST")
    assert list(errors_of(admin_client.post(f"{TOKENS}add/", form(uid="04AABBCCDD")))) == ["uid"]
    assert Token.objects.get().contract_id == "FIRST"


def test_a_change_keeps_uid_and_type_and_reaches_partners(admin_client: Client, cpo: Caller) -> None:
    token = factories.token(uid="04AaBb")
    TokenPush.objects.update(state="DONE")
    data = form(uid="OTHER", type="OTHER", contract_id="NL-EMS-C0002", whitelist="ALWAYS")
    assert admin_client.post(core.page(token), data).status_code == 302
    token = Token.objects.get()
    assert (token.wire_uid, token.type, token.payload["contract_id"]) == ("04AaBb", "RFID", "NL-EMS-C0002")
    assert TokenPush.objects.get().state == "PENDING"


def test_a_change_that_ocpi_does_not_allow_is_refused_too(admin_client: Client, db: None) -> None:
    token = factories.token()
    answer = admin_client.post(core.page(token), form(whitelist="ALWAYS", energy_contract='{"x": 1}'))
    assert list(errors_of(answer)) == ["energy_contract"]


def test_whatever_else_the_service_refuses_is_told_and_no_error_page(
    admin_client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**kwargs: Any) -> None:
        raise errors.InvalidObject("not on a Sunday")

    monkeypatch.setattr(services, "put", refuse)
    answer = admin_client.post(f"{TOKENS}add/", form(), follow=True)
    assert "Not saved: not on a Sunday" in answer.content.decode()


@pytest.mark.requirement("TOK-21")
def test_selected_tokens_are_blocked_and_unblocked(admin_client: Client, cpo: Caller) -> None:
    rows = [factories.token(uid=f"CARD{n}").pk for n in range(3)]
    for action, status, valid in (("block", "BLOCKED", False), ("unblock", "ACTIVE", True)):
        data = {"action": action, "_selected_action": rows[:2]}
        assert "2 tokens; they may" in admin_client.post(TOKENS, data).content.decode()
        assert Token.objects.filter(pk__in=rows[:2]).exclude(status=status).count() == 2
        answer = admin_client.post(
            TOKENS, data | {"confirmed": "1", "_form_submitted": "on", "why": "lost"}, follow=True
        )
        assert "2 written" in answer.content.decode()
        changed = Token.objects.filter(pk__in=rows[:2])
        assert {(token.status, token.payload["valid"]) for token in changed} == {(status, valid)}
    assert TokenPush.objects.filter(state="PENDING").count() == 3


def test_one_token_is_blocked_after_a_question(admin_client: Client, cpo: Caller) -> None:
    token = factories.token()
    url = core.page(token).replace("change/", "block/")
    assert "Block this token?" in admin_pages.page(admin_client, url)
    assert Token.objects.get().status == "ACTIVE"
    assert admin_client.post(url, {"_form_submitted": "on"})["HX-Redirect"] == core.page(token)
    assert Token.objects.get().status == "BLOCKED"
    assert "Unblock" in admin_pages.page(admin_client, core.page(token))


def test_a_token_is_never_deleted(admin_client: Client, db: None) -> None:
    token = factories.token()
    assert admin_client.post(core.page(token).replace("change/", "delete/"), {"post": "yes"}).status_code == 403
    admin_client.post(TOKENS, {"action": "delete_selected", "_selected_action": [token.pk], "post": "yes"})
    assert Token.objects.exists()


def plan_of(rows: QuerySet[Token]) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # which it prefers for two rows
    return rows.order_by().explain()


@pytest.mark.parametrize("words", ["04aabbccdd", "NL-EMS-C0001"])
def test_a_search_uses_an_index(words: str, admin_client: Client, db: None) -> None:
    factories.token()
    factories.token(uid="04AABBCCDDEE", contract_id="NL-EMS-C0002")
    changelist = admin_client.get(f"{TOKENS}?q={words}").context["cl"]
    assert [token.wire_uid for token in changelist.result_list] == ["04AABBCCDD"]
    plan = plan_of(changelist.queryset)
    assert "token_contract" in plan
    assert "token_once" in plan or "uid=?" in plan


def test_a_token_page_shows_where_it_stands_at_partners(admin_client: Client, cpo: Caller) -> None:
    token = factories.token()
    TokenPush.objects.update(state="FAILED", error="HTTP 404")
    html = admin_pages.page(admin_client, core.page(token))
    assert "HTTP 404" in html
    assert core.page(cpo.partner) in html


def test_a_token_page_names_the_partners_that_were_never_told(admin_client: Client, cpo: Caller) -> None:
    token = factories.token(type="APP_USER")
    assert "every partner that takes tokens" in admin_pages.page(admin_client, core.page(token))
    late = factories.partner(name="Latecomer", party=("NL", "LAT"), token="token-of-late", withholds_app_tokens=True)
    html = admin_pages.page(admin_client, core.page(token))
    assert "Latecomer (gets no app tokens)" in html
    assert core.page(late) in html


def test_an_authorization_leads_to_its_session(admin_client: Client, cpo: Caller) -> None:
    admin_pages.story(cpo.partner)
    row = Authorization.objects.get(origin="REALTIME")
    url = core.list_page("ocpi_sessions.session", q=row.authorization_reference)
    assert url in admin_pages.page(admin_client, core.page(row))


@pytest.mark.parametrize(("name", "at_most"), [("token", 5), ("tokenpush", 6), ("authorization", 6)])
def test_lists_cost_the_same_however_long(name: str, at_most: int, admin_client: Client, cpo: Caller) -> None:
    def add(n: int) -> None:
        token = factories.token(uid=f"CARD{n}")
        services.authorize(partner=cpo.partner, uid=token.uid, type=token.type)

    admin_pages.assert_cost_is_constant(admin_client, core.list_page(f"ocpi_tokens.{name}"), add, at_most)
