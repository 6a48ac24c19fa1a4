"""The admin's first page: right figures, each leading to its list, in few queries."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from ocpi import __version__
from ocpi.alerts import lights
from ocpi.cdrs import days, reviews
from ocpi.cdrs.models import CDR
from ocpi.commands.models import Command
from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.partners.models import Outage, Partner
from ocpi.protocol.types import format_datetime
from ocpi.sync import quarantine
from ocpi.sync.models import MissingBill, Pull, QuarantinedObject, SessionWatch
from ocpi.sync.taking import Bad
from ocpi.tokens.models import TokenPush
from tests import admin_pages, factories
from tests.callers import Caller

pytestmark = pytest.mark.usefixtures("one_moment")


def overview(client: Client) -> dict[str, tuple[str, str]]:
    """Title → (value, note) of each tile."""
    answer = client.get(reverse("admin:index"))
    return {figure.title: (figure.value, figure.note) for figure in answer.context["figures"]}


def bill(partner: Any, id: str, days: float = 0, **changes: Any) -> None:
    end = clock.now() - timedelta(days=days)
    at = {"end_date_time": format_datetime(end), "last_updated": format_datetime(end)}
    admin_pages.cdr(partner, id=id, start_date_time=format_datetime(end - timedelta(hours=1)), **at, **changes)


def test_an_empty_platform_shows_zeros(admin_client: Client) -> None:
    figures = overview(admin_client)
    assert figures["Partners"] == ("0", "none in trouble")
    assert figures["Stations"] == ("0", "0 EVSEs, 0 not working")
    assert figures["Energy, 24 h"][0] == "0 kWh"


def test_figures_say_what_is_in_the_database(admin_client: Client, cpo: Caller) -> None:
    admin_pages.story(cpo.partner)
    figures = overview(admin_client)
    assert figures["Partners"] == ("1", "none in trouble")
    assert figures["Stations"] == ("1", "2 EVSEs, 0 not working")
    assert figures["Charging now"] == ("1", "0 pending or reserved")
    assert figures["Energy, 24 h"][0] == "10 kWh"
    assert figures["Cost, 24 h"] == ("3.50 EUR", "excl. VAT")
    assert figures["CDRs, 24 h"] == ("1", "all with their session")
    assert figures["Token pushes waiting"] == ("1", "none given up")
    assert figures["Commands unanswered"] == ("0", "in 24 h; 1 still waiting")


def test_trouble_is_counted(admin_client: Client, cpo: Caller) -> None:
    story = admin_pages.story(cpo.partner)
    cpo.partner.last_error = "no answer"
    cpo.partner.save()
    Command.objects.update(state="TIMED_OUT")
    TokenPush.objects.update(state="FAILED")
    story["evse"].status = "OUTOFORDER"
    story["evse"].save()
    lights.look()
    figures = overview(admin_client)
    assert figures["Partners"][1] == "1 in trouble"
    assert figures["Commands unanswered"][0] == "1"
    assert figures["Token pushes waiting"] == ("0", "1 given up")
    assert figures["Stations"][1] == "2 EVSEs, 1 not working"


def test_what_synchronisation_could_not_mend_is_counted(admin_client: Client, cpo: Caller) -> None:
    now = clock.now()
    for n in range(1, 6):
        charge = admin_pages.session(cpo.partner, id=f"S{n}", kwh=20, status="COMPLETED" if n < 4 else "ACTIVE")
        if n < 4:
            reported = now if n < 3 else None
            MissingBill.objects.create(session=charge, partner=cpo.partner, found_at=now, reported_at=reported)
        else:
            SessionWatch.objects.create(
                session=charge, last_news=charge.last_updated, stale_since=now, escalated_at=now if n == 4 else None
            )
    Pull.objects.create(partner=cpo.partner, module="tariffs", withheld=7)
    quarantine.keep(partner=cpo.partner, module="cdrs", bad=[Bad({"id": 5}, ["id: must be a string"])])
    pushed = {"direction": "IN", "method": "PUT", "status_code": 2001}
    admin_pages.exchange(cpo.partner, **pushed)
    admin_pages.exchange(cpo.partner, **pushed, started_at=now - timedelta(days=2))
    admin_pages.exchange(None, **pushed)
    admin_pages.exchange(cpo.partner, **pushed | {"direction": "OUT"})
    figures = overview(admin_client)
    assert figures["Missing bills"] == ("2", "40 kWh; 1 looked for")
    assert figures["Charges without news"] == ("2", "1 for long")
    assert figures["Objects left out"] == ("1", "1 not believed")
    assert figures["Pushes refused, 24 h"] == ("1", "invalid, and answered so")
    for figure in admin_client.get(reverse("admin:index")).context["figures"]:
        if figure.title in {"Missing bills", "Charges without news", "Objects left out", "Pushes refused, 24 h"}:
            assert str(admin_client.get(figure.url).context["cl"].result_count) == figure.value, figure.title


@pytest.mark.requirement("CDR-12")
def test_a_credit_takes_back_energy_and_cost(admin_client: Client, cpo: Caller) -> None:
    bill(cpo.partner, "D1")
    bill(cpo.partner, "D1-C", credit=True, credit_reference_id="D1", total_cost={"excl_vat": -3.5})
    bill(cpo.partner, "D2", total_energy=7, total_cost={"excl_vat": 2})
    figures = overview(admin_client)
    assert (figures["Energy, 24 h"][0], figures["Cost, 24 h"][0]) == ("7 kWh", "2.00 EUR")


def test_currencies_are_not_added_up(admin_client: Client, cpo: Caller) -> None:
    bill(cpo.partner, "D1")
    bill(cpo.partner, "D2", currency="GBP", total_cost={"excl_vat": 2})
    assert overview(admin_client)["Cost, 24 h"] == ("3.50 EUR", "and 2.00 GBP")


def charts(client: Client) -> dict[str, dict[str, list[float]]]:
    """Title → name of the partner → a bar for each day."""
    days.count()
    found = client.get(reverse("admin:index")).context["charts"]
    sets = {chart["title"]: json.loads(chart["data"])["datasets"] for chart in found}
    return {title: {each["label"]: each["data"] for each in bars} for title, bars in sets.items()}


def test_a_chart_has_a_bar_for_each_of_thirty_days_and_each_partner(
    admin_client: Client, cpo: Caller, cp2: Caller
) -> None:
    bill(cpo.partner, "D1")
    bill(cpo.partner, "D2", days=3, total_energy=4)
    bill(cpo.partner, "D3", days=40)
    bill(cp2.partner, "D4", total_energy=7)
    energy = charts(admin_client)["Energy per day"]
    assert set(energy) == {"CPO", "CP2"}
    assert (len(energy["CPO"]), sum(energy["CPO"]), energy["CPO"][-1], energy["CPO"][-4]) == (30, 14, 10, 4)
    assert sum(energy["CP2"]) == 7


def test_each_currency_has_a_chart_of_its_own(admin_client: Client, cpo: Caller) -> None:
    bill(cpo.partner, "D1")
    bill(cpo.partner, "D2")
    bill(cpo.partner, "D3", currency="GBP", total_cost={"excl_vat": 2})
    found = charts(admin_client)
    assert list(found) == ["Energy per day", "Cost per day, EUR excl. VAT", "Cost per day, GBP excl. VAT"]
    assert found["Cost per day, EUR excl. VAT"]["CPO"][-1] == 7
    assert found["Cost per day, GBP excl. VAT"]["CPO"][-1] == 2


def test_a_currency_too_many_is_named_instead_of_added(admin_client: Client, cpo: Caller) -> None:
    for n, currency in enumerate(("EUR", "EUR", "EUR", "EUR", "GBP", "GBP", "GBP", "CHF", "CHF", "SEK")):
        bill(cpo.partner, f"D{n}", currency=currency, total_cost={"excl_vat": 1})
    assert len(charts(admin_client)) == 4
    answer = admin_client.get(reverse("admin:index"))
    assert answer.context["other_currencies"] == "SEK"
    assert answer.context["by_partner"][0]["cost"] == "4.00 EUR, 3.00 GBP, 2.00 CHF, 1.00 SEK"


def test_many_partners_share_one_colour(admin_client: Client, cpo: Caller) -> None:
    bill(cpo.partner, "D0", total_energy=1)
    for n in range(1, 12):
        partner = factories.partner(name=f"P{n}", party=("NL", f"P{n:02d}"), token=f"token {n}")
        bill(partner, f"D{n}", total_energy=100 * n)
    energy = charts(admin_client)["Energy per day"]
    assert list(energy) == ["P11", "P10", "P9", "P8", "P7", "P6", "others"]
    assert sum(energy["others"]) == 1501
    assert admin_client.get(reverse("admin:index")).context["other_partners"] == 2


def test_the_table_of_partners_leads_to_their_bills(admin_client: Client, cpo: Caller, cp2: Caller) -> None:
    bill(cpo.partner, "D1")
    bill(cpo.partner, "D2", days=2)
    bill(cpo.partner, "D3", days=45)
    bill(cp2.partner, "D4")
    days.count()
    line = admin_client.get(reverse("admin:index")).context["by_partner"][0]
    assert (line["name"], line["bills"], line["energy"], line["cost"]) == ("CPO", "2", "20 kWh", "7.00 EUR")
    assert admin_client.get(line["url"]).context["cl"].result_count == 2


def test_partners_in_trouble_are_listed_with_their_reasons(admin_client: Client, cpo: Caller, cp2: Caller) -> None:
    Partner.objects.filter(pk=cp2.partner.pk).update(last_error="no answer")
    Outage.objects.create(partner=cpo.partner, failures=5, paused_at=clock.now(), probe_at=clock.now(), reason="gone")
    lights.look()
    answer = admin_client.get(reverse("admin:index"))
    rows = answer.context["troubled"]
    assert ["CPO" in row["partner"] for row in rows] == [True, False]
    assert re.search(r"our calls have been paused for \d+ seconds?: gone", answer.content.decode())
    for row in rows:
        for url, _ in row["reasons"]:
            admin_pages.page(admin_client, url)
    assert overview(admin_client)["Partners"] == ("2", "2 in trouble")


def test_bills_that_wait_for_a_decision(admin_client: Client, cpo: Caller) -> None:
    assert overview(admin_client)["Bills to review"] == ("0", "nothing waits for a decision")
    for n, currency in enumerate(("EUR", "EUR", "GBP")):
        bill(cpo.partner, f"D{n}", currency=currency)
        reviews.open_for(CDR.objects.get(cdr_id=f"D{n}"))
    assert overview(admin_client)["Bills to review"] == ("3", "7.00 EUR, 3.50 GBP at stake")


def test_stations_of_which_nothing_is_heard(admin_client: Client, cpo: Caller) -> None:
    admin_pages.location(cpo.partner, id="L1")
    old = admin_pages.location(cpo.partner, id="L2")
    type(old).objects.filter(pk=old.pk).update(changed_at=clock.now() - timedelta(days=8))
    assert overview(admin_client)["Stale stations"] == ("1", "nothing heard of them for 7 days")
    listed = admin_client.get(core.list_page("ocpi_locations.location", stale="yes"))
    assert [row.location_id for row in listed.context["cl"].result_list] == ["L2"]


def test_the_queue_is_as_old_as_its_oldest_piece_of_work(admin_client: Client, cpo: Caller) -> None:
    assert overview(admin_client)["Queue"] == ("0 s", "nothing waits")
    factories.token()
    now = clock.now()
    TokenPush.objects.update(next_try_at=now + timedelta(minutes=5))
    assert overview(admin_client)["Queue"][0] == "0 s", "what is not due does not wait"
    TokenPush.objects.update(next_try_at=now - timedelta(seconds=20))
    assert overview(admin_client)["Queue"][1] == "a token push has waited so long"
    Pull.objects.create(partner=cpo.partner, module="cdrs", due_at=now - timedelta(minutes=20))
    assert overview(admin_client)["Queue"] == ("20 min", "a pull has waited so long")
    bill(cpo.partner, "D1")
    CDR.objects.update(received_at=now - timedelta(hours=1), verdict="waiting")
    assert overview(admin_client)["Queue"] == ("1 h 00 min", "a CDR to be checked has waited so long")
    figures = admin_client.get(reverse("admin:index")).context["figures"]
    assert next(figure.tone for figure in figures if figure.title == "Queue") == "danger"


def test_failed_exchanges_of_the_last_day_are_listed(admin_client: Client, cpo: Caller) -> None:
    admin_pages.exchange(cpo.partner, url="http://cpo.test/fine")
    admin_pages.exchange(cpo.partner, url="http://cpo.test/refused", status_code=2001)
    admin_pages.exchange(cpo.partner, url="http://cpo.test/silent", http_status=None, status_code=None, error="timeout")
    old = clock.now() - timedelta(days=2)
    admin_pages.exchange(cpo.partner, url="http://cpo.test/old", http_status=500, started_at=old)
    rows = admin_client.get(reverse("admin:index")).context["failures"]
    assert {row["request"] for row in rows} == {"POST /refused", "POST /silent"}


def test_every_link_of_the_overview_opens(admin_client: Client, cpo: Caller) -> None:
    admin_pages.story(cpo.partner)
    admin_pages.exchange(cpo.partner, http_status=500)
    html = admin_pages.page(admin_client, reverse("admin:index"))
    body = html[html.index("ocpi-figures") :]
    links = {unescape(href) for href in re.findall(r'href="(/admin/ocpi_[^"]+)"', body)}
    assert len(links) > 12
    for url in links:
        admin_pages.page(admin_client, url)


def test_a_tile_and_the_list_behind_it_agree(admin_client: Client, cpo: Caller, cp2: Caller) -> None:
    admin_pages.story(cpo.partner)
    admin_pages.session(cpo.partner, id="S9", status="COMPLETED")
    bill(cpo.partner, "OLD", days=2)
    QuarantinedObject.objects.update(closed_at=clock.now())
    cp2.partner.last_error = "no answer"
    cp2.partner.save()
    lights.look()
    for figure in admin_client.get(reverse("admin:index")).context["figures"]:
        if figure.value.isdigit():
            assert str(admin_client.get(figure.url).context["cl"].result_count) == figure.value, figure.title
    trouble = admin_client.get(reverse("admin:ocpi_partners_partner_changelist") + "?trouble=yes")
    assert [row.name for row in trouble.context["cl"].result_list] == ["CP2"]


def test_the_overview_takes_at_most_twenty_six_queries_however_much_there_is(
    admin_client: Client, cpo: Caller, django_assert_max_num_queries: Any
) -> None:
    for n in range(1, 6):
        admin_pages.story(cpo.partner, n)
        admin_pages.exchange(cpo.partner, http_status=500)
    days.count()
    lights.look()
    with django_assert_max_num_queries(26):
        admin_client.get(reverse("admin:index"))


def test_a_helper_sees_only_figures_of_lists_that_it_may_see(client: Client, cpo: Caller) -> None:
    factories.token()
    helper = User.objects.create_user("helper", is_staff=True)
    helper.user_permissions.add(
        Permission.objects.get(content_type__app_label="ocpi_sessions", codename="view_session")
    )
    client.force_login(helper)
    assert set(overview(client)) == {"Charging now", "Charges without news"}


def test_the_version_stands_at_the_foot(admin_client: Client) -> None:
    assert f"Open eMSP {__version__} · OCPI 2.2.1" in admin_client.get("/admin/").content.decode()
