"""What is worth an alert, and that it is raised once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from ocpi.alerts import lights, occasions, tasks
from ocpi.alerts.models import Alert, Delivery, Light, Mark, Recipient
from ocpi.commands.models import Command
from ocpi.core import clock
from ocpi.partners.models import Outage, Partner
from tests import admin_pages, factories
from tests.callers import Caller

pytestmark = pytest.mark.django_db


def recipient(name: str = "Desk", **fields: Any) -> Recipient:
    given = {"address": f"{name.lower()}@emsp.test", "events": ["light", "command", "bill"], **fields}
    return Recipient.objects.create(name=name, **given)


def pause(partner: Partner) -> None:
    now = clock.now()
    Outage.objects.update_or_create(partner=partner, defaults={"failures": 5, "paused_at": now, "probe_at": now})


def titles() -> list[str]:
    return list(Alert.objects.order_by("pk").values_list("title", flat=True))


def held(minutes: float) -> None:
    """A look, and so long ago that the lights changed."""
    lights.look()
    Light.objects.update(since=clock.now() - timedelta(minutes=minutes))


class TestLights:
    def test_one_that_has_held_is_told_once(self, cpo: Caller) -> None:
        recipient()
        pause(cpo.partner)
        held(1)
        assert occasions.raise_due() == 0
        held(2.1)
        assert (occasions.raise_due(), occasions.raise_due()) == (1, 0)
        assert titles() == ["CPO is red"]
        assert "our calls have been paused" in Alert.objects.get().text
        assert Delivery.objects.count() == 1

    def test_what_flickers_is_no_news(self, cpo: Caller) -> None:
        pause(cpo.partner)
        lights.look()
        occasions.raise_due()
        Outage.objects.all().delete()
        held(60)
        occasions.raise_due()
        assert titles() == []

    def test_that_it_is_better_is_told_as_well_and_later(self, cpo: Caller) -> None:
        pause(cpo.partner)
        held(3)
        occasions.raise_due()
        Outage.objects.all().delete()
        held(3)
        assert occasions.raise_due() == 0
        held(6)
        assert occasions.raise_due() == 1
        assert titles() == ["CPO is red", "CPO is green"]

    def test_the_same_trouble_a_second_time_is_news(self, cpo: Caller) -> None:
        for _ in range(2):
            pause(cpo.partner)
            held(3)
            occasions.raise_due()
            Outage.objects.all().delete()
            held(6)
            occasions.raise_due()
        assert titles() == ["CPO is red", "CPO is green"] * 2

    def test_who_suspends_a_partner_is_not_told_so(self, cpo: Caller) -> None:
        held(10)
        Partner.objects.update(status="SUSPENDED")
        held(10)
        occasions.raise_due()
        Partner.objects.update(status="REGISTERED")
        held(10)
        assert (occasions.raise_due(), titles()) == (0, [])

    def test_each_hears_of_its_partners_only(self, cpo: Caller, cp2: Caller) -> None:
        chosen = recipient("Chosen")
        chosen.partners.add(cp2.partner)
        recipient("Bills", events=["bill"])
        recipient("Off", active=False)
        recipient("All")
        pause(cpo.partner)
        pause(cp2.partner)
        held(3)
        occasions.raise_due()
        told = set(Delivery.objects.values_list("recipient__name", "alert__title"))
        assert told == {("Chosen", "CP2 is red"), ("All", "CPO is red"), ("All", "CP2 is red")}


class TestCommands:
    @pytest.fixture
    def command(self, cpo: Caller) -> Command:
        return admin_pages.story(cpo.partner)["command"]

    def test_one_without_a_result_is_told_once(self, command: Command) -> None:
        recipient()
        assert occasions.raise_due() == 0
        Command.objects.update(state="TIMED_OUT")
        assert (occasions.raise_due(), occasions.raise_due()) == (1, 0)
        alert = Alert.objects.get(event="command")
        assert alert.title == "START_SESSION at E1 of CPO got no result"
        assert [row.recipient.name for row in alert.deliveries.all()] == ["Desk"]

    def test_an_old_one_is_nobodys_news(self, command: Command) -> None:
        Command.objects.update(state="UNKNOWN", created_at=clock.now() - timedelta(hours=25))
        assert occasions.raise_due() == 0

    def test_a_learner_s_is_none(self, command: Command, cpo: Caller) -> None:
        Command.objects.update(state="UNKNOWN")
        Partner.objects.update(sandbox=True)
        assert occasions.raise_due() == 0


class TestBills:
    def bill(self, caller: Caller, id: str, cost: float, **changes: Any) -> None:
        admin_pages.cdr(caller.partner, id=id, total_cost={"excl_vat": cost}, **changes)

    def test_new_ones_over_the_amount_are_told_once(self, cpo: Caller) -> None:
        self.bill(cpo, "BEFORE", 500)
        recipient(bill_over=Decimal(100), bill_currency="EUR")
        assert occasions.raise_due() == 0, "what was there before anyone asked"
        for id, cost in (("A", 100), ("B", 100.01), ("C", 250)):
            self.bill(cpo, id, cost)
        assert (occasions.raise_due(), occasions.raise_due()) == (2, 0)
        assert titles() == ["CPO billed 100.01 EUR for one charge", "CPO billed 250.00 EUR for one charge"]

    def test_amounts_of_another_currency_do_not_compare(self, cpo: Caller) -> None:
        recipient(bill_over=Decimal(100), bill_currency="EUR")
        occasions.raise_due()
        self.bill(cpo, "SEK", 900, currency="SEK")
        assert occasions.raise_due() == 0

    def test_each_recipient_has_an_amount_of_its_own(self, cpo: Caller, cp2: Caller) -> None:
        recipient("Low", bill_over=Decimal(10), bill_currency="EUR")
        recipient("High", bill_over=Decimal(100), bill_currency="EUR")
        other = recipient("Other", bill_over=Decimal(10), bill_currency="EUR")
        other.partners.add(cp2.partner)
        occasions.raise_due()
        self.bill(cpo, "A", 50)
        self.bill(cpo, "B", 500)
        occasions.raise_due()
        told = set(Delivery.objects.values_list("recipient__name", "alert__data__cdr"))
        assert told == {("Low", "A"), ("Low", "B"), ("High", "B")}
        assert Alert.objects.count() == 2

    def test_who_asks_later_hears_of_later_bills(self, cpo: Caller) -> None:
        recipient("First", bill_over=Decimal(10), bill_currency="EUR")
        occasions.raise_due()
        self.bill(cpo, "A", 50)
        occasions.raise_due()
        recipient("Second", bill_over=Decimal(10), bill_currency="EUR")
        occasions.raise_due()
        assert set(Delivery.objects.values_list("recipient__name", flat=True)) == {"First"}

    def test_one_that_was_committed_late_is_found(self, cpo: Caller) -> None:
        recipient(bill_over=Decimal(10), bill_currency="EUR")
        occasions.raise_due()
        self.bill(cpo, "A", 50)
        Mark.objects.update(last=Mark.objects.get().last + 2)  # one that began later was faster
        assert occasions.raise_due() == 1


def test_nobody_needs_to_listen(cpo: Caller) -> None:
    pause(cpo.partner)
    held(3)
    assert occasions.raise_due() == 1
    assert not Delivery.objects.exists()


def test_old_alerts_are_forgotten(cpo: Caller, settings: Any) -> None:
    pause(cpo.partner)
    held(3)
    occasions.raise_due()
    tasks.forget_old()
    assert Alert.objects.exists()
    Alert.objects.update(at=clock.now() - timedelta(days=settings.JOURNAL_RETENTION_DAYS + 1))
    tasks.forget_old()
    assert not Alert.objects.exists()


def test_a_round_costs_the_same_however_many_there_are(cpo: Caller, django_assert_max_num_queries: Any) -> None:
    for n in range(5):
        recipient(f"R{n}", bill_over=Decimal(10), bill_currency="EUR")
        partner = factories.partner(name=f"P{n}", party=("NL", f"P{n:02d}"), token=f"token {n}")
        pause(partner)
    occasions.raise_due()
    held(3)
    with django_assert_max_num_queries(40):
        assert occasions.raise_due() == 5
