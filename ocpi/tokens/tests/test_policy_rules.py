"""The rules of authorisation by themselves: facts in, a finding out; no database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ocpi.protocol.tokens import LocationReferences
from ocpi.tokens import policy, rules
from ocpi.tokens.facts import Charge, Facts, Permission, Spot, UnitPrice, charging
from ocpi.tokens.models import Policy, Token
from ocpi.tokens.rules import Outcome

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = LocationReferences(location_id="L1", evse_uids=["E1", "E2"])
L1 = LocationReferences(location_id="L1")
EUR = {"price_cap": Decimal("0.5"), "price_currency": "EUR"}
DEAR = {"E1": UnitPrice(Decimal("0.6"), "EUR")}
BOTH = DEAR | {"E2": UnitPrice(Decimal("0.51"), "EUR")}


def terms(**fields: Any) -> Policy:
    return Policy(name="Fleet", **fields)


def facts(**known: Any) -> Facts:
    return Facts(now=NOW, **known)


@pytest.mark.requirement("TOK-09", "TOK-11", "TOK-12", "TOK-13")
@pytest.mark.parametrize(
    ("rule", "fields", "known", "place", "outcome", "allowed"),
    [
        (rules.validity, {}, {}, None, "NO_LIMIT", "ALLOWED"),
        (rules.validity, {"valid_from": NOW}, {}, None, "PASSED", "ALLOWED"),
        (rules.validity, {"valid_from": NOW + timedelta(seconds=1)}, {}, None, "REFUSED", "NOT_ALLOWED"),
        (rules.validity, {"valid_until": NOW + timedelta(seconds=1)}, {}, None, "PASSED", "ALLOWED"),
        (rules.validity, {"valid_until": NOW}, {}, None, "REFUSED", "EXPIRED"),
        (rules.partner, {}, {"partner": "CPO"}, None, "NO_LIMIT", "ALLOWED"),
        (rules.partner, {}, {"partner": "CPO", "listed": True}, None, "PASSED", "ALLOWED"),
        (rules.partner, {}, {"partner": "CPO", "listed": False}, None, "REFUSED", "NOT_ALLOWED"),
        (rules.partner, {}, {"partner": "CPO", "barred": False}, None, "PASSED", "ALLOWED"),
        (rules.partner, {}, {"partner": "CPO", "listed": True, "barred": True}, None, "REFUSED", "NOT_ALLOWED"),
        (rules.partner, {}, {"listed": False}, None, "NO_PLACE", "ALLOWED"),
        (rules.partner, {}, {"listed": False}, HERE, "REFUSED", "NOT_ALLOWED"),
        (rules.country, {}, {"country": "NLD"}, HERE, "NO_LIMIT", "ALLOWED"),
        (rules.country, {"countries": ["NLD", "DEU"]}, {"country": "DEU"}, HERE, "PASSED", "ALLOWED"),
        (rules.country, {"countries": ["NLD"]}, {"country": "FRA"}, HERE, "REFUSED", "NOT_ALLOWED"),
        (rules.country, {"countries": ["NLD"]}, {}, HERE, "REFUSED", "NOT_ALLOWED"),
        (rules.country, {"countries": ["NLD"]}, {}, None, "NO_PLACE", "ALLOWED"),
        (rules.places, {}, {}, None, "NO_LIMIT", "ALLOWED"),
        (rules.places, {"locations": [{"location_id": "l1"}]}, {}, HERE, "PASSED", "ALLOWED"),
        (rules.places, {"locations": [{"location_id": "L2"}]}, {}, HERE, "REFUSED", "NOT_ALLOWED"),
        (rules.places, {"locations": [{"location_id": "L1", "evse_uids": ["E3"]}]}, {}, HERE, "REFUSED", "NOT_ALLOWED"),
        (rules.places, {"locations": [{"location_id": "L1"}]}, {}, None, "NO_PLACE", "ALLOWED"),
        (rules.charges, {}, {"charging": 9}, None, "NO_LIMIT", "ALLOWED"),
        (rules.charges, {"max_charges": 2}, {"charging": 1}, None, "PASSED", "ALLOWED"),
        (rules.charges, {"max_charges": 2}, {"charging": 2}, None, "REFUSED", "NOT_ALLOWED"),
        (rules.charges, {"max_charges": 0}, {}, None, "REFUSED", "NOT_ALLOWED"),
        (rules.budget, {}, {"spent": Decimal(9)}, None, "NO_LIMIT", "ALLOWED"),
        (rules.budget, {"budget": Decimal(50)}, {"spent": Decimal("49.99")}, None, "PASSED", "ALLOWED"),
        (rules.budget, {"budget": Decimal(50)}, {"spent": Decimal(50)}, None, "REFUSED", "NO_CREDIT"),
        (rules.price, {}, {"prices": DEAR}, HERE, "NO_LIMIT", "ALLOWED"),
        (rules.price, EUR, {}, None, "NO_PLACE", "ALLOWED"),
        (rules.price, EUR, {}, HERE, "NO_LIMIT", "ALLOWED"),
        (rules.price, EUR, {"prices": {"E1": UnitPrice(Decimal(9), "GBP")}}, HERE, "NO_LIMIT", "ALLOWED"),
        (rules.price, EUR, {"prices": {"E1": UnitPrice(Decimal("0.5"), "EUR")}}, HERE, "PASSED", "ALLOWED"),
        (rules.price, EUR, {"prices": BOTH}, HERE, "REFUSED", "NOT_ALLOWED"),
    ],
)  # fmt: skip
def test_each_rule(
    rule: rules.Rule, fields: dict, known: dict, place: LocationReferences | None, outcome: str, allowed: str
) -> None:
    found = rule(terms(**fields), facts(**known), place)
    assert (found.outcome, found.allowed) == (outcome, allowed)
    assert found.sentence


@pytest.mark.requirement("TOK-12")
@pytest.mark.parametrize(("asked", "left"), [(HERE, ["E2"]), (L1, ["E2", "E3"])])
def test_a_price_cap_leaves_the_evses_that_cost_no_more(asked: LocationReferences, left: list[str]) -> None:
    known = facts(evse_uids=["E1", "E2", "E3"], prices=DEAR | {"E2": UnitPrice(Decimal("0.4"), "EUR")})
    decision = policy.decide(token(), asked, [(terms(**EUR), known)])
    assert decision.allowed == "ALLOWED"
    assert decision.place is not None
    assert decision.place.evse_uids == left


def token(**fields: Any) -> Token:
    return Token(status="ACTIVE", **fields)


@pytest.mark.requirement("TOK-12")
def test_a_place_must_satisfy_every_rule_at_once() -> None:
    own = token(allowed_locations=[{"location_id": "L1", "evse_uids": ["E1"]}])
    cap = (terms(**EUR), facts(prices=DEAR))
    decision = policy.decide(own, HERE, [cap])
    assert (decision.allowed, decision.place) == ("NOT_ALLOWED", None)
    assert decision.reason == "no EVSE here satisfies every rule"


def test_all_rules_of_all_policies_are_asked_and_the_first_that_refuses_answers() -> None:
    late = terms(valid_until=NOW, budget=Decimal(1), budget_currency="EUR")
    decision = policy.decide(token(), L1, [(terms(), facts()), (late, facts(spent=Decimal(2)))])
    assert (decision.allowed, decision.reason) == ("EXPIRED", "Fleet: it ended on 2026-03-01 12:00 UTC")
    assert [found.outcome for found in decision.trace].count(Outcome.REFUSED) == 2
    assert len(decision.trace) == 2 + 2 * len(rules.RULES)
    assert decision.as_json()[-2] == {
        "rule": "budget", "outcome": "REFUSED", "policy": "Fleet",
        "sentence": "2.00 of 1.00 EUR for a month are spent",
        "facts": {"budget": "1", "spent": "2", "currency": "EUR", "period": "MONTH"},
    }  # fmt: skip


@pytest.mark.requirement("TOK-09", "TOK-11")
def test_a_refusal_is_told_even_where_the_place_is_missing() -> None:
    bound = (terms(locations=[{"location_id": "L1"}]), facts())
    assert policy.decide(token(), None, [bound]).allowed == "NO_PLACE"
    assert policy.decide(Token(status="BLOCKED"), None, [bound]).allowed == "BLOCKED"


def permission(location_id: str = "L2", token_id: int = 1, reference: str = "R1", **more: Any) -> Permission:
    return Permission(Spot(token_id, location_id, **more), reference, NOW)


def charge(location_id: str = "L2", token_id: int = 1, reference: str = "", late: int = 30, **more: Any) -> Charge:
    return Charge(
        Spot(token_id, location_id, ("E1",)), reference, NOW + timedelta(seconds=late), more.get("open", True)
    )


@pytest.mark.parametrize(
    ("permissions", "charges", "others"),
    [
        ([], [], 0),
        ([permission()], [], 1),
        ([permission("L1")], [], 0),
        ([permission("")], [], 0),
        ([permission("L1", evse_uids=("E2",))], [], 1),
        ([permission("L1", token_id=2)], [], 1),
        ([], [charge()], 1),
        ([], [charge("L1")], 0),
        ([], [charge(open=False)], 0),
        ([permission()], [charge(reference="R1")], 1),
        ([permission()], [charge(reference="R1", open=False)], 0),
        ([permission()], [charge()], 1),
        ([permission()], [charge(late=-600)], 2),
        ([permission()], [charge("L3")], 2),
        ([permission(), permission("L3", reference="R2")], [], 2),
    ],
)
def test_who_counts_as_charging_elsewhere(
    permissions: list[Permission], charges: list[Charge], others: int
) -> None:  # fmt: skip
    assert charging(Spot(1, "L1", ("E1",)), permissions, charges) == others
