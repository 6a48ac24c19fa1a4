"""What becomes of a bill: each act once, with its line of history."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User

from ocpi.cdrs import checks, reviews
from ocpi.cdrs.models import CDR, Review, WantedTariff
from ocpi.core import admin as core
from tests import admin_pages, factories
from tests.callers import Caller

DEAR = {"excl_vat": 9, "incl_vat": 10.89}


@pytest.fixture
def finance(db: None) -> User:
    return User.objects.create_user("finance")


def checked(cpo: Caller, **changes: Any) -> CDR:
    row = admin_pages.cdr(cpo.partner, **changes)
    checks.recheck(row.pk)
    row.refresh_from_db()
    return row


@pytest.fixture
def world(cpo: Caller) -> Caller:
    """Nothing is odd about a bill of 3.50 EUR here."""
    factories.token()
    admin_pages.location(cpo.partner)
    admin_pages.session(cpo.partner, kwh=10, status="COMPLETED", end_date_time="2026-03-01T11:00:00Z")
    return cpo


@pytest.fixture
def review(world: Caller) -> Review:
    return checked(world, total_cost=DEAR).review


def history(row: Review) -> list[str]:
    return list(row.events.values_list("act", flat=True))


def state(row: Review) -> str:
    row.refresh_from_db()
    return row.state


def test_every_state_has_a_colour() -> None:
    assert set(Review.State.values) <= set(core.TONES["review"])
    assert {state for act in reviews.ACTS.values() for state in {*act.before, act.after} - {""}} == set(Review.State)


def test_a_bill_that_passes_needs_no_review(world: Caller) -> None:
    row = checked(world)
    assert (row.verdict, list(row.findings.exclude(severity="info"))) == ("match", [])
    assert not Review.objects.exists()


def test_a_wrong_bill_waits_with_what_is_at_stake(review: Review) -> None:
    assert (review.state, review.at_stake, review.currency) == ("OPEN", Decimal("5.5"), "EUR")
    assert review.finding == "total_cost_differs"
    assert history(review) == ["open"]


def test_a_bill_is_accepted_once(review: Review, finance: User) -> None:
    assert reviews.accept([review.pk], by=finance, note="small") == [review.pk]
    assert reviews.accept([review.pk], by=finance) == []
    assert reviews.dispute([review.pk], by=finance, reason="too late") == []
    assert (state(review), review.decided_by) == ("ACCEPTED", finance)
    event = review.events.last()
    assert (event.act, event.by, event.note, event.before, event.after) == (
        "accept", finance, "small", "OPEN", "ACCEPTED",
    )  # fmt: skip
    assert history(review) == ["open", "accept"]


def test_a_dispute_claims_what_is_at_stake_or_what_one_says(review: Review, finance: User) -> None:
    reviews.dispute([review.pk], by=finance, reason="wrong price")
    assert (state(review), review.claimed, review.reason) == ("DISPUTED", Decimal("5.5"), "wrong price")
    reviews.reopen([review.pk], by=finance)
    assert (state(review), review.claimed, review.reason, review.decided_at) == ("OPEN", None, "", None)
    reviews.dispute([review.pk], by=finance, reason="wrong price", amount=Decimal(2))
    assert (state(review), review.claimed) == ("DISPUTED", 2)


@pytest.mark.parametrize(("amount", "reason"), [(0, "x"), (-1, "x"), (11, "x"), (Decimal(10) ** 15, "x"), (1, " ")])
def test_a_claim_that_cannot_be_is_refused(amount: Any, reason: str, review: Review, finance: User) -> None:
    with pytest.raises(reviews.ReviewError):
        reviews.dispute([review.pk], by=finance, reason=reason, amount=Decimal(amount))
    assert (state(review), history(review)) == ("OPEN", ["open"])


def test_many_are_decided_at_once_and_each_tells_it(world: Caller, finance: User) -> None:
    rows = [checked(world, id=f"D{n}", session_id="", total_cost=DEAR).review.pk for n in range(3)]
    reviews.accept(rows[:1], by=finance)
    assert reviews.accept(rows, by=finance) == rows[1:]
    assert reviews.assign(rows, by=finance, assignee=finance) == rows
    assert Review.objects.filter(assignee=finance).count() == 3


def test_a_note_changes_nothing_else(review: Review, finance: User) -> None:
    reviews.add_note([review.pk], by=finance, note="they call back on Monday")
    assert (state(review), history(review)) == ("OPEN", ["open", "note"])
    with pytest.raises(reviews.ReviewError):
        reviews.add_note([review.pk], by=finance, note="  ")


def credit(world: Caller, **changes: Any) -> CDR:
    taken = {"excl_vat": -9, "incl_vat": -10.89}
    return admin_pages.cdr(
        world.partner, **{"id": "D1-C", "credit": True, "credit_reference_id": "D1", "total_cost": taken, **changes}
    )


def test_the_credit_of_a_disputed_bill_ends_the_dispute(world: Caller, review: Review, finance: User) -> None:
    reviews.dispute([review.pk], by=finance, reason="wrong price")
    row = credit(world)
    assert (state(review), review.credit_cdr) == ("CREDITED", row)
    assert review.events.last().by is None
    reviews.reopen([review.pk], by=finance)
    checks.recheck(review.cdr_id)
    assert state(review) == "OPEN"  # what an operator opened again stays open


def test_a_second_credit_is_not_taken_for_the_first(world: Caller, review: Review, finance: User) -> None:
    first = credit(world, id="D1-C2")
    reviews.reopen([review.pk], by=finance)
    first.delete()
    second = credit(world, id="D1-C")
    assert (state(review), review.credit_cdr) == ("CREDITED", second)


def test_a_credit_that_came_before_its_bill_counts_too(world: Caller) -> None:
    row = credit(world)
    review = checked(world, total_cost=DEAR).review
    assert (state(review), review.credit_cdr) == ("CREDITED", row)


def test_a_credit_of_another_amount_is_noted_once_and_ends_nothing(world: Caller, review: Review) -> None:
    credit(world, total_cost={"excl_vat": -5, "incl_vat": -6})
    checks.recheck(review.cdr_id)
    assert (state(review), history(review)) == ("OPEN", ["open", "note"])


def test_a_credit_by_hand_must_be_one_of_this_bill(world: Caller, review: Review, finance: User) -> None:
    credit(world, credit_reference_id="D9")
    with pytest.raises(reviews.ReviewError):
        reviews.credit(review.pk, by=finance, cdr_id="D1-C")
    assert reviews.credit(review.pk, by=finance, note="credit note 17 by mail") == [review.pk]
    assert (state(review), review.credit_cdr) == ("CREDITED", None)


def test_a_later_check_that_finds_nothing_clears_what_nobody_decided(review: Review, finance: User) -> None:
    reviews.consider(review.cdr, [])
    assert state(review) == "CLEARED"
    reviews.consider(review.cdr, [reviews.pricing.Finding("late", "error", "It is late.", Decimal(-30))])
    assert (state(review), review.finding, review.at_stake) == ("OPEN", "late", 30)
    reviews.accept([review.pk], by=finance)
    reviews.consider(review.cdr, [])
    assert state(review) == "ACCEPTED"


def test_a_bill_that_passed_can_be_put_under_review_and_stays_there(world: Caller, finance: User) -> None:
    row = checked(world)
    review = reviews.open_for(row, by=finance)
    assert reviews.open_for(row, by=finance) == review
    checks.recheck(row.pk)
    assert (state(review), history(review)) == ("OPEN", ["open"])


# --- a tariff that comes after the bill -------------------------------------------------------------------------------
def test_a_bill_is_checked_again_once_when_its_tariff_arrives(world: Caller) -> None:
    row = checked(world, tariffs=[], charging_periods=[factories.period(kwh=10, tariff_id="T7")])
    assert (row.verdict, row.review.state) == ("unpriceable", "OPEN")
    assert checks.wait_again() == 0
    admin_pages.tariff(world.partner, id="T8")
    assert checks.wait_again() == 0  # another tariff
    admin_pages.tariff(world.partner, id="T7", last_updated="2026-02-01T00:00:00Z")
    assert checks.wait_again() == 1
    checks.check(row.pk)
    row.refresh_from_db()
    assert (row.verdict, checks.wait_again(), WantedTariff.objects.count()) == ("match", 0, 0)


def test_a_tariff_that_does_not_help_is_tried_once_for_each_version(world: Caller) -> None:
    past = {"id": "T7", "end_date_time": "2026-01-01T00:00:00Z"}
    row = checked(world, tariffs=[], charging_periods=[factories.period(kwh=10, tariff_id="T7"), {
        "start_date_time": "2026-03-01T10:30:00Z", "dimensions": [{"type": "ENERGY", "volume": 1}], "tariff_id": "T9",
    }])  # fmt: skip
    admin_pages.tariff(world.partner, **past)
    assert checks.wait_again() == 1
    checks.check(row.pk)
    row.refresh_from_db()
    assert (row.verdict, checks.wait_again()) == ("unpriceable", 0)


def test_another_partners_tariff_of_this_name_wakes_nothing(world: Caller) -> None:
    checked(world, tariffs=[], charging_periods=[factories.period(kwh=10, tariff_id="T7")])
    other = factories.partner(name="Other", token="token-of-other")
    admin_pages.tariffs.put(
        partner=other, party=admin_pages.PARTY,
        tariff=admin_pages.tariff_wire.Tariff.from_wire(factories.tariff(id="T7")),
    )  # fmt: skip
    assert checks.wait_again() == 0
