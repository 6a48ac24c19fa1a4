"""Policies at work: a CPO asks or an app starts, and answer, trace and number of queries are as they should be."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from ocpi.core import clock
from ocpi.protocol.types import format_datetime
from ocpi.tokens.models import Authorization, Policy
from tests import admin_pages, factories
from tests.callers import Answer, Caller

pytestmark = pytest.mark.usefixtures("one_moment")  # a budget is of a day or a month
CONTRACT = "NL-EMS-C0001"
E1 = {"location_id": "L1", "evse_uids": ["E1"]}
E2 = {"location_id": "L1", "evse_uids": ["E2"]}


def limit(**fields: Any) -> Policy:
    return Policy.objects.create(**{"name": "Fleet", "contract_id": CONTRACT, **fields})


def ask(caller: Caller, place: Any = E1, uid: str = "04AABBCCDD") -> Answer:
    return caller.post("tokens", uid, "authorize", **({"body": place} if place else {}))


def verdict(caller: Caller, place: Any = E1, uid: str = "04AABBCCDD") -> str:
    return str(ask(caller, place, uid).data["allowed"])


@pytest.fixture
def card(cpo: Caller) -> Any:
    cpo.put("tariffs", "NL", "CPO", "T1", body=factories.tariff())
    admin_pages.location(cpo.partner)
    return factories.token()


def test_a_policy_without_limits_allows_what_was_allowed(cpo: Caller, card: Any) -> None:
    limit()
    assert verdict(cpo) == "ALLOWED"
    assert Authorization.objects.get().reason == "the token is active, within Fleet"


@pytest.mark.parametrize(
    ("fields", "allowed"),
    [
        ({"countries": ["DEU"]}, "NOT_ALLOWED"),
        ({"countries": ["NLD"]}, "ALLOWED"),
        ({"max_charges": 0}, "NOT_ALLOWED"),
        ({"budget": 0, "budget_currency": "EUR"}, "NO_CREDIT"),
        ({"price_cap": "0.34", "price_currency": "EUR"}, "NOT_ALLOWED"),
        ({"price_cap": "0.35", "price_currency": "EUR"}, "ALLOWED"),
        ({"locations": [{"location_id": "L2"}]}, "NOT_ALLOWED"),
        ({"active": False, "max_charges": 0}, "ALLOWED"),
        ({"contract_id": "OTHER", "max_charges": 0}, "ALLOWED"),
    ],
)
@pytest.mark.requirement("TOK-06", "TOK-09")
def test_what_a_policy_limits_is_answered_to_the_cpo(
    cpo: Caller, card: Any, fields: dict[str, Any], allowed: str
) -> None:
    limit(**fields)
    assert verdict(cpo) == allowed
    row = Authorization.objects.get()
    assert (row.allowed, row.origin, row.partner) == (allowed, "REALTIME", cpo.partner)
    refused = [each for each in row.trace if each["outcome"] == "REFUSED"]
    assert len(refused) == (allowed != "ALLOWED")
    assert all(each["policy"] == "Fleet" and each["sentence"] in row.reason for each in refused)


def test_a_token_must_satisfy_its_own_policy_and_its_contracts(cpo: Caller, card: Any) -> None:
    limit(name="contract", countries=["NLD"])
    own = Policy.objects.create(name="card", token=card, countries=["DEU"])
    assert verdict(cpo) == "NOT_ALLOWED"
    own.countries = ["DEU", "NLD"]
    own.save()
    assert verdict(cpo) == "ALLOWED"
    assert Authorization.objects.first().reason == "the token is active, within card and contract"


@pytest.mark.requirement("TOK-11")
def test_a_cpo_that_does_not_say_where_is_asked_and_that_is_kept(cpo: Caller, card: Any) -> None:
    limit(countries=["NLD"])
    assert ask(cpo, None).status == (200, 2002)
    assert Authorization.objects.get().allowed == "NO_PLACE"


def test_partners_are_allowed_or_forbidden(cpo: Caller, cp2: Caller, card: Any) -> None:
    row = limit()
    row.partners.add(cpo.partner)
    assert (verdict(cpo), verdict(cp2)) == ("ALLOWED", "NOT_ALLOWED")
    row.partners.clear()
    row.barred_partners.add(cpo.partner)
    assert (verdict(cpo), verdict(cp2)) == ("NOT_ALLOWED", "ALLOWED")


def test_an_app_that_asks_is_told_by_whose_location_it_is(app: Caller, cpo: Caller, card: Any) -> None:
    row = limit(countries=["NLD"])
    assert verdict(app) == "ALLOWED"
    row.barred_partners.add(cpo.partner)
    assert verdict(app) == "NOT_ALLOWED"
    assert verdict(app, {"location_id": "NOWHERE"}) == "NOT_ALLOWED"


def test_a_location_of_another_cpo_with_the_same_id_does_not_decide(cpo: Caller, cp2: Caller, card: Any) -> None:
    limit(countries=["NLD"])
    assert verdict(cp2) == "NOT_ALLOWED"


@pytest.mark.requirement("TOK-12")
def test_the_answer_leaves_out_evses_that_cost_too_much(cpo: Caller, card: Any) -> None:
    dear = {"elements": [{"price_components": [{"type": "ENERGY", "price": 0.8, "step_size": 1}]}]}
    cpo.put("tariffs", "NL", "CPO", "T2", body=factories.tariff(id="T2", **dear))
    plug = factories.connector(tariff_ids=["T2"])
    evses = [factories.evse(), factories.evse(uid="E2", evse_id="NL*CPO*E2", connectors=[plug])]
    newer = format_datetime(clock.now())
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location(evses=evses, last_updated=newer))
    limit(price_cap="0.5", price_currency="EUR")
    both = {"location_id": "L1", "evse_uids": ["E1", "E2"]}
    assert ask(cpo, both).data["location"] == E1
    assert ask(cpo, {"location_id": "L1"}).data["location"] == E1
    assert verdict(cpo, E2) == "NOT_ALLOWED"


# --- charges at once --------------------------------------------------------------------------------------------------
def test_a_permission_counts_as_a_charge_until_it_is_one_or_too_old(cpo: Caller, card: Any) -> None:
    limit(max_charges=1)
    factories.token(uid="SECOND")
    assert verdict(cpo) == "ALLOWED"
    assert verdict(cpo) == "ALLOWED"  # the same card at the same charger
    assert verdict(cpo, E2) == "NOT_ALLOWED"
    assert verdict(cpo, E2, "SECOND") == "NOT_ALLOWED"
    Authorization.objects.update(decided_at=clock.now() - timedelta(minutes=6))
    assert verdict(cpo, E2, "SECOND") == "ALLOWED"


@pytest.mark.parametrize("referred", [True, False])
def test_a_running_session_counts_once_and_not_when_it_has_ended(cpo: Caller, card: Any, referred: bool) -> None:
    limit(max_charges=1)
    factories.token(uid="SECOND")
    reference = ask(cpo).data["authorization_reference"]
    now = format_datetime(clock.now())
    told = {"authorization_reference": reference} if referred else {}
    body = factories.session(start_date_time=now, last_updated=now, **told)
    cpo.put("sessions", "NL", "CPO", "S1", body=body)
    assert verdict(cpo, E2, "SECOND") == "NOT_ALLOWED"
    assert "1 of 1 charges" in Authorization.objects.first().reason
    later = format_datetime(clock.now() + timedelta(seconds=1))
    cpo.patch("sessions", "NL", "CPO", "S1", body={"status": "COMPLETED", "last_updated": later})
    assert verdict(cpo, E2, "SECOND") == "ALLOWED"


@pytest.mark.django_db(transaction=True)
@pytest.mark.long
def test_of_eight_who_ask_at_the_same_moment_for_one_charge_one_is_allowed(cpo: Caller, card: Any) -> None:
    limit(max_charges=1)
    for n in range(8):
        factories.token(uid=f"CARD{n}")

    def one(n: int) -> str:
        try:
            return verdict(cpo, E1, f"CARD{n}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(one, range(8))) == ["ALLOWED"] + ["NOT_ALLOWED"] * 7


# --- budgets ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "days_ago", "allowed"),
    [
        ({"budget": 4}, 0, "ALLOWED"),
        ({"budget": "3.5"}, 0, "NO_CREDIT"),
        ({"budget": "3.5", "budget_currency": "GBP"}, 0, "ALLOWED"),
        ({"budget": "3.5", "budget_period": "DAY"}, 2, "ALLOWED"),
        ({"budget": "3.5", "budget_period": "CONTRACT"}, 200, "NO_CREDIT"),
        ({"budget": "3.5", "budget_period": "CONTRACT", "valid_from": clock.now() - timedelta(days=9)}, 200, "ALLOWED"),
        ({"budget": "3.5", "contract_id": "", "own": True}, 0, "NO_CREDIT"),
    ],
)
def test_a_budget_counts_the_bills_of_its_period_and_currency(
    cpo: Caller, card: Any, fields: dict[str, Any], days_ago: int, allowed: str
) -> None:
    own = {"token": card} if fields.pop("own", False) else {}
    limit(**{"budget_currency": "EUR", **fields}, **own)
    end = clock.now() - timedelta(days=days_ago)
    dates = {"start_date_time": format_datetime(end - timedelta(minutes=30)), "end_date_time": format_datetime(end)}
    admin_pages.cdr(cpo.partner, **dates)
    assert verdict(cpo) == allowed


def test_a_credit_gives_the_money_back_and_a_charge_without_bill_counts(cpo: Caller, card: Any) -> None:
    limit(budget="3.5", budget_currency="EUR")
    now = format_datetime(clock.now())
    charge = {"start_date_time": now, "last_updated": now, "total_cost": {"excl_vat": 3.5}}
    admin_pages.session(cpo.partner, **charge)
    assert verdict(cpo) == "NO_CREDIT"
    admin_pages.cdr(cpo.partner, start_date_time=now, end_date_time=now)
    assert verdict(cpo) == "NO_CREDIT"
    assert "3.50 of 3.50 EUR" in Authorization.objects.first().reason  # once, not as session and bill
    back = {"excl_vat": -3.5, "incl_vat": -4.235}
    admin_pages.cdr(
        cpo.partner, id="D2", credit=True, credit_reference_id="D1", start_date_time=now, end_date_time=now,
        total_cost=back,
    )  # fmt: skip
    assert verdict(cpo) == "ALLOWED"


# --- commands ---------------------------------------------------------------------------------------------------------
def start(app: Caller, **more: Any) -> Answer:
    return app.post("commands", "START_SESSION", body={"token": {"uid": "04AABBCCDD"}, "location_id": "L1", **more})


@pytest.mark.requirement("CMD-19")
def test_a_start_that_a_policy_refuses_is_not_sent_and_its_reason_is_kept(app: Caller, cpo: Caller, card: Any) -> None:
    limit(countries=["DEU"])
    answer = start(app, evse_uid="E1")
    assert answer.status == (200, 2001)
    assert "Fleet: it is for DEU, and the location is in NLD" in answer.message
    row = Authorization.objects.get()
    assert (row.allowed, row.origin, row.location_id, row.evse_uids, row.partner) == (
        "NOT_ALLOWED", "START_SESSION", "L1", ["E1"], cpo.partner,
    )  # fmt: skip
    assert [each["rule"] for each in row.trace if each["outcome"] == "REFUSED"] == ["country"]


def test_a_start_is_kept_with_its_reference_and_counts_as_a_charge(app: Caller, cpo: Caller, card: Any) -> None:
    limit(max_charges=1)
    factories.token(uid="SECOND")
    assert start(app, evse_uid="E1", authorization_reference="MINE").status == (202, 1000)
    row = Authorization.objects.get()
    assert (row.allowed, row.authorization_reference) == ("ALLOWED", "MINE")
    assert verdict(cpo, E1) == "ALLOWED"  # the CPO asks about the token of the command
    assert verdict(cpo, None) == "ALLOWED"
    assert verdict(cpo, E2, "SECOND") == "NOT_ALLOWED"


def test_a_start_that_fails_for_another_reason_leaves_no_permission(app: Caller, cpo: Caller, card: Any) -> None:
    broken = factories.evse(capabilities=["RFID_READER"])
    newer = format_datetime(clock.now())
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location(evses=[broken], last_updated=newer))
    assert start(app, evse_uid="E1").status == (200, 2001)
    assert not Authorization.objects.exists()


# --- queries ----------------------------------------------------------------------------------------------------------
def statements(caller: Caller) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        ask(caller)
    found = [each["sql"] for each in seen]
    first = next(n for n, sql in enumerate(found) if 'FROM "ocpi_tokens_token"' in sql)
    return [sql for sql in found[first:] if "SAVEPOINT" not in sql]


@pytest.mark.requirement("TOK-16")
def test_without_a_policy_two_statements_do_and_with_all_limits_eleven(cpo: Caller, card: Any) -> None:
    statements(cpo)
    assert len(statements(cpo)) == 2
    everything = {
        "countries": ["NLD"], "max_charges": 5, "budget": 100, "budget_currency": "EUR", "price_cap": 1,
        "price_currency": "EUR", "locations": [{"location_id": "L1"}],
    }  # fmt: skip
    limit(**everything).partners.add(cpo.partner)
    for n in range(5):
        admin_pages.session(cpo.partner, id=f"S{n}")
    assert len(statements(cpo)) == 11
    Policy.objects.create(name="card", token=card, **everything)
    assert len(statements(cpo)) == 15
