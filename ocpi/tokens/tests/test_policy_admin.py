"""Policies in the admin, why a driver was refused, and a decision that is only tried."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from ocpi.core import admin as core
from ocpi.tokens.models import Authorization, Policy
from ocpi.tokens.policy_admin import limits
from tests import admin_pages, factories
from tests.callers import Caller

POLICIES = core.list_page("ocpi_tokens.policy")
DECISIONS = core.list_page("ocpi_tokens.authorization")
TRY = f"{DECISIONS}try/"


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Fleet", "active": "on", "contract_id": "NL-EMS-C0001", "token": "", "countries": "", "locations": "[]",
        "budget_period": "MONTH", **changes,
    }  # fmt: skip


def save(client: Client, url: str = f"{POLICIES}add/", **changes: Any) -> dict[str, list[str]]:
    answer = client.post(url, form(**changes))
    return {} if answer.status_code == 302 else dict(answer.context["adminform"].form.errors)


def test_a_policy_is_entered_as_people_write_and_shown_so_again(admin_client: Client, cpo: Caller) -> None:
    factories.token(uid="04AA11")
    given = {"token": "04:aa:11", "countries": "nl, DEU", "budget": "50", "budget_currency": "eur", "max_charges": 1,
             "partners": [cpo.partner.pk]}  # fmt: skip
    assert save(admin_client, **given) == {}
    row = Policy.objects.get()
    assert (row.countries, row.token.uid, row.budget_currency) == (["NLD", "DEU"], "04AA11", "EUR")
    assert list(row.partners.all()) == [cpo.partner]
    html = admin_pages.page(admin_client, core.page(row))
    assert 'value="NLD, DEU"' in html
    assert 'value="04AA11"' in html
    listed = admin_pages.page(admin_client, POLICIES)
    assert "NLD, DEU, 1 at once, 50.00 EUR for a month" in listed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"contract_id": ""}, "contract_id"),
        ({"token": "NEVER-SEEN"}, "token"),
        ({"token": "APP_USER 04AABBCCDD"}, "token"),
        ({"countries": "NL, XX"}, "countries"),
        ({"locations": "[7]"}, "locations"),
        ({"locations": '{"location_id": "L1"}'}, "locations"),
        ({"budget": "5"}, "budget_currency"),
        ({"budget": "-5", "budget_currency": "EUR"}, "budget"),
        ({"price_cap": "0.5", "price_currency": "€"}, "price_currency"),
        ({"max_charges": "-1"}, "max_charges"),
        ({"valid_from_0": "2026-03-02", "valid_from_1": "10:00", "valid_until_0": "2026-03-01",
          "valid_until_1": "10:00"}, "valid_until"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_at_its_field(
    changes: dict[str, Any], field: str, admin_client: Client, db: None
) -> None:
    factories.token()
    assert list(save(admin_client, **changes)) == [field]
    assert not Policy.objects.exists()


def test_one_contract_or_token_has_one_active_policy(admin_client: Client, db: None) -> None:
    factories.token()
    assert save(admin_client, token="04AABBCCDD") == {}
    assert "another active policy is for this contract" in save(admin_client)["__all__"][0]
    assert (
        "another active policy is for this token"
        in save(admin_client, contract_id="", token="04AABBCCDD")["__all__"][0]
    )
    assert save(admin_client, active="") == {}


def test_a_change_is_in_the_history(admin_client: Client, db: None) -> None:
    save(admin_client)
    row = Policy.objects.get()
    assert save(admin_client, core.page(row), max_charges=3) == {}
    html = admin_pages.page(admin_client, core.page(row).replace("change/", "history/"))
    assert "Changed" in html
    assert "harges at once" in html


def test_the_list_of_policies_costs_the_same_however_long(admin_client: Client, db: None) -> None:
    def add(n: int) -> None:
        Policy.objects.create(name=f"Fleet {n}", token=factories.token(uid=f"CARD{n}"), contract_id=f"C{n}")

    admin_pages.assert_cost_is_constant(admin_client, POLICIES, add, 5)


# --- why -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def refused(cpo: Caller) -> Authorization:
    factories.token()
    Policy.objects.create(name="Fleet", contract_id="NL-EMS-C0001", countries=["DEU"])
    admin_pages.location(cpo.partner)
    cpo.post("tokens", "04AABBCCDD", "authorize", body={"location_id": "L1"})
    return Authorization.objects.get()


def test_a_refusal_is_found_and_explained_in_words(admin_client: Client, cpo: Caller, refused: Authorization) -> None:
    factories.token(uid="OTHER", contract_id="C2")
    cpo.post("tokens", "OTHER", "authorize")
    listed = admin_pages.page(admin_client, f"{DECISIONS}?outcome=refused&partner__id__exact={cpo.partner.pk}")
    assert "RFID 04AABBCCDD" in listed
    assert "RFID OTHER" not in listed
    html = admin_pages.page(admin_client, core.page(refused))
    for words in ("it is for DEU, and the location is in NLD", "the token is active", "any price is allowed"):
        assert words in html
    assert core.page(refused.token) in html


def test_a_token_leads_to_its_decisions_and_to_trying(admin_client: Client, refused: Authorization) -> None:
    html = admin_pages.page(admin_client, core.page(refused.token))
    assert f"{DECISIONS}?q=04AABBCCDD" in html
    assert f"{TRY}?token=04AABBCCDD" in html


def test_a_decision_is_tried_and_nothing_is_stored(admin_client: Client, cpo: Caller, refused: Authorization) -> None:
    for place, words in (
        ("", "say which one is meant"),
        ("L1", "it is for DEU, and the location is in NLD"),
        ("L7", "we do not know where this location is"),
    ):
        html = admin_pages.page(admin_client, f"{TRY}?token=04AABBCCDD&location_id={place}")
        assert words in html, place
    assert Authorization.objects.count() == 1


def test_trying_tells_which_evses_are_left(admin_client: Client, db: None) -> None:
    factories.token(allowed_locations=[{"location_id": "L1", "evse_uids": ["E1"]}])
    html = admin_pages.page(admin_client, f"{TRY}?token=04AABBCCDD&location_id=L1&evse_uids=E1,+E2")
    assert "Allowed at location L1, EVSEs E1." in html


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("token=NEVER-SEEN", "there is no such token"),
        ("token=", "This field is required"),
        ("token=04AABBCCDD&evse_uids=E1", "EVSE uids need the location"),
    ],
)
def test_a_question_that_makes_no_sense_is_told(query: str, words: str, admin_client: Client, db: None) -> None:
    factories.token()
    html = admin_pages.page(admin_client, f"{TRY}?{query}")
    assert words in html
    assert 'id="answer"' not in html


def test_who_may_not_see_decisions_may_not_try_one(client: Client, db: None) -> None:
    user = User.objects.create_user("viewer", password="x", is_staff=True)
    client.force_login(user)
    assert client.get(TRY).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_authorization"))
    assert client.get(TRY).status_code == 200


def test_what_a_policy_limits_is_told_in_short() -> None:
    limited = Policy(
        valid_from=datetime(2026, 3, 1, tzinfo=UTC), valid_until=datetime(2026, 4, 1, tzinfo=UTC), countries=["NL"],
        locations=["L1", "L2"], max_charges=0, budget=100, budget_currency="EUR", price_cap=1, price_currency="EUR",
    )  # fmt: skip
    assert list(limits(limited)) == [
        "from 2026-03-01", "until 2026-04-01", "NL", "2 locations", "0 at once", "100.00 EUR for a month",
        "1.00 EUR per kWh",
    ]  # fmt: skip
