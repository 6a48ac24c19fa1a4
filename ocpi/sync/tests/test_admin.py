"""Pulls, what they left out, and bills that did not come, in the admin."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.protocol.types import parse_datetime
from ocpi.sync import quarantine, services, tasks
from ocpi.sync.admin import progress
from ocpi.sync.models import Agreement, MissingBill, Pull, QuarantinedObject, SessionWatch
from ocpi.sync.taking import Bad
from ocpi.tariffs.models import Tariff
from tests import admin_pages, factories
from tests.callers import Caller
from tests.partner_server import PartnerServer

from .conftest import serve, tariffs

PULLS = core.list_page("ocpi_sync.pull")
LEFT_OUT = core.list_page("ocpi_sync.quarantinedobject")
MISSING = core.list_page("ocpi_sync.missingbill")
SESSIONS = core.list_page("ocpi_sessions.session")
MARK = parse_datetime(factories.LAST_UPDATED)
HELPERS = ["view_pull", "view_quarantinedobject", "view_missingbill"]


def part(client: Client, row: Pull) -> str:
    """What the browser fetches to show how far a pull is."""
    answer = client.get(core.page(row).replace("/change/", "/progress/"))
    assert answer.status_code == 200
    return answer.content.decode()


def press(client: Client, row: Any, button: str) -> Any:
    """Confirm the dialog of a button on an object's page."""
    given = {"_form_submitted": "on", "typed": row.partner.name}
    return client.post(core.page(row).replace("/change/", f"/{button}/"), given)


def button_urls(client: Client, row: Any) -> set[str]:
    return set(re.findall(r'hx-get="[^"]*/(believe|everything|replay)/?"', admin_pages.page(client, core.page(row))))


@pytest.fixture
def looker(client: Client, db: None) -> Client:
    """Someone who may look at everything here, and press nothing."""
    user = User.objects.create_user("looker", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=HELPERS))
    client.force_login(user)
    return client


def left_out(partner: Any, n: int = 1, **changes: Any) -> QuarantinedObject:
    item = factories.cdr(id=f"D{n}", total_energy="10", total_time="1", **changes)
    quarantine.keep(partner=partner, module="cdrs", bad=[Bad(item, ["total_energy: must be a number"])])
    return QuarantinedObject.objects.get(object_id=f"D{n}")


# --- pulls ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "WAITING"),
        ({"finished_at": clock.now()}, "DONE"),
        ({"finished_at": clock.now(), "error": "timeout"}, "FAILED"),
        ({"finished_at": clock.now(), "withheld": 3}, "HELD"),
        ({"error": "timeout", "running_since": clock.now()}, "RUNNING"),
    ],
)
def test_a_pull_says_where_it_stands(fields: dict[str, Any], state: str) -> None:
    assert progress(Pull(**fields))[0] == state


def test_what_was_left_out_is_named(admin_client: Client, cpo: Caller) -> None:
    row = Pull.objects.create(
        partner=cpo.partner, module="cdrs", skipped=1, problems=["D7: total_cost: required"], high_water=MARK
    )
    html = admin_pages.page(admin_client, core.page(row))
    assert "D7: total_cost: required" in html
    assert "2026-03-01 12:00:00" in html
    assert admin_client.get(f"{PULLS}?outcome=skipped").context["cl"].result_count == 1


def test_the_list_costs_the_same_however_long(admin_client: Client, cpo: Caller) -> None:
    admin_pages.assert_cost_is_constant(
        admin_client, PULLS, lambda n: Pull.objects.create(partner=cpo.partner, module=f"m{n}"), at_most=6
    )


def test_a_running_pull_shows_its_progress_and_asks_again_until_it_ends(
    admin_client: Client, partner_server: PartnerServer, partner: Any
) -> None:
    serve(partner_server, tariffs("T1", "T2"), tariffs("T3"), tariffs("T4"), **{"X-Total-Count": "4"})
    seen: list[str] = []

    def look(done: int, total: int | None) -> None:
        seen.append(part(admin_client, Pull.objects.get()))

    services.pull(partner=partner, module="tariffs", progress=look)
    assert ["1 page, 2 objects of 4" in seen[0], "50 %" in seen[0], "75 %" in seen[1]] == [True] * 3
    assert all('hx-trigger="every 2s"' in shown for shown in seen)
    done = part(admin_client, Pull.objects.get())
    assert ("3 pages, 4 objects of 4" in done, "hx-trigger" in done) == (True, False)
    assert part(admin_client, Pull.objects.get()) in admin_pages.page(admin_client, core.page(Pull.objects.get()))


@pytest.mark.parametrize(
    ("fields", "text", "live"),
    [
        ({"due_at": clock.now() - timedelta(minutes=1)}, "has not begun", True),
        ({"due_at": clock.now() + timedelta(hours=5), "finished_at": clock.now()}, "finished", False),
        ({"next_url": "http://cpo.test/2", "pages": 2, "due_at": clock.now() + timedelta(hours=1)},
         "broke off after page 2, and goes on there", False),
        ({"running_since": clock.now() - timedelta(hours=1), "beat_at": clock.now() - timedelta(minutes=11)},
         "its worker died", True),
        ({"running_since": clock.now(), "began_at": clock.now(), "total": 3, "received": 900, "pages": 9},
         "9 pages, 900 objects<", True),
    ],
)  # fmt: skip
def test_progress_in_words(admin_client: Client, cpo: Caller, fields: dict[str, Any], text: str, live: bool) -> None:
    shown = part(admin_client, Pull.objects.create(partner=cpo.partner, module="cdrs", **fields))
    assert text in shown
    assert ("hx-trigger" in shown) is live


def test_progress_is_for_those_who_may_see_pulls(client: Client, looker: Client, cpo: Caller) -> None:
    row = Pull.objects.create(partner=cpo.partner, module="cdrs")
    part(looker, row)
    User.objects.get().user_permissions.clear()
    url = core.page(row).replace("/change/", "/progress/")
    assert looker.get(url).status_code == 404
    assert Client().get(url).status_code == 302


@pytest.mark.requirement("PAG-26")
def test_an_operator_believes_a_list_that_was_not_believed(
    admin_client: Client, partner_server: PartnerServer, partner: Any
) -> None:
    serve(partner_server, tariffs("T1", "T2"))
    row = services.pull(partner=partner, module="tariffs")
    assert button_urls(admin_client, row) == {"everything"}
    serve(partner_server, [])
    row = services.pull(partner=partner, module="tariffs", full=True)
    assert admin_client.get(f"{PULLS}?outcome=held").context["cl"].result_count == 1
    assert button_urls(admin_client, row) == {"believe", "everything"}
    believe = core.page(row).replace("/change/", "/believe/")
    assert "HX-Redirect" not in admin_client.post(believe, {"_form_submitted": "on", "typed": "Another"}).headers
    assert press(admin_client, row, "believe").headers["HX-Redirect"] == core.page(row)
    tasks.pull(partner.pk, "tariffs")
    assert not Tariff.objects.exists()
    assert button_urls(admin_client, row) == {"everything"}


def test_everything_is_pulled_at_the_press_of_a_button(
    admin_client: Client, cpo: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[Any] = []
    monkeypatch.setattr(tasks.pull, "delay", lambda *args, **kwargs: handed.append((*args, kwargs)))
    row = Pull.objects.create(partner=cpo.partner, module="cdrs", due_at=clock.now() + timedelta(hours=1))
    press(admin_client, row, "everything")
    assert handed == [(cpo.partner.pk, "cdrs", {"full": True})]
    assert "hx-trigger" in part(admin_client, row)

    def no_broker(*args: Any, **kwargs: Any) -> None:
        raise OSError

    monkeypatch.setattr(tasks.pull, "delay", no_broker)
    press(admin_client, row, "everything")
    assert "nothing was queued" in admin_pages.page(admin_client, core.page(row))


@pytest.mark.parametrize("button", ["believe", "everything", "replay"])
def test_whoever_may_only_look_presses_nothing(looker: Client, cpo: Caller, button: str) -> None:
    pull = Pull.objects.create(partner=cpo.partner, module="cdrs", withheld=5)
    row = left_out(cpo.partner) if button == "replay" else pull
    assert button_urls(looker, row) == set()
    assert press(looker, row, button).status_code == 403
    pull.refresh_from_db()
    assert (pull.believe, QuarantinedObject.objects.exclude(closed_at=None).count()) == (False, 0)


# --- what was left out ------------------------------------------------------------------------------------------------
def test_what_was_left_out_is_filtered_by_state_module_and_field(admin_client: Client, cpo: Caller) -> None:
    left_out(cpo.partner, 1)
    quarantine.release(partner=cpo.partner, module="cdrs", good={("NL", "CPO", "D1")})
    row = left_out(cpo.partner, 2)

    def found(query: str) -> list[str]:
        return [shown.object_id for shown in admin_client.get(f"{LEFT_OUT}?{query}").context["cl"].result_list]

    assert (found("state=OPEN"), found("state=CLOSED")) == (["D2"], ["D1"])
    assert (found("module=cdrs&state=OPEN"), found("module=tariffs")) == (["D2"], [])
    assert (len(found("at=total_energy")), found("at=currency"), found("q=d2")) == (2, [], ["D2"])
    html = admin_pages.page(admin_client, core.page(row))
    assert "must be a number" in html
    assert "NL-EMS-C0001" not in html


def test_a_replay_stores_the_object_or_says_why_not(admin_client: Client, cpo: Caller) -> None:
    row = left_out(cpo.partner)
    assert button_urls(admin_client, row) == {"replay"}
    press(admin_client, row, "replay")
    assert "Still not: total_energy" in admin_pages.page(admin_client, core.page(row))
    cpo.partner.string_numbers = True
    cpo.partner.save()
    press(admin_client, row, "replay")
    row.refresh_from_db()
    assert row.closed_by == "REPLAYED"
    assert button_urls(admin_client, row) == set()


def test_many_are_replayed_at_once(admin_client: Client, cpo: Caller) -> None:
    cpo.partner.string_numbers = True
    cpo.partner.save()
    rows = [left_out(cpo.partner, 1), left_out(cpo.partner, 2), left_out(cpo.partner, 3, currency="EURO")]
    chosen = {"action": "replay_selected", "_selected_action": [row.pk for row in rows]}
    html = admin_client.post(LEFT_OUT, chosen, follow=True).content.decode()
    assert "2 of 3 are stored now" in html
    assert [row.object_id for row in QuarantinedObject.objects.filter(closed_at=None)] == ["D3"]


def test_the_list_of_what_was_left_out_costs_the_same_however_long(admin_client: Client, cpo: Caller) -> None:
    admin_pages.assert_cost_is_constant(admin_client, LEFT_OUT, lambda n: left_out(cpo.partner, n), at_most=6)
    rows = admin_client.get(LEFT_OUT).context["cl"].result_list
    assert rows[0].get_deferred_fields() == {"sealed", "shown"}


# --- bills and silent charges -----------------------------------------------------------------------------------------
def miss(partner: Any, n: int, **fields: Any) -> MissingBill:
    charge = admin_pages.session(partner, id=f"S{n}", status="COMPLETED", kwh=12.5, total_cost={"excl_vat": 6})
    return MissingBill.objects.create(session=charge, partner=partner, found_at=clock.now(), **fields)


def test_missing_bills_are_listed_with_what_they_are_about(admin_client: Client, cpo: Caller, cp2: Caller) -> None:
    now = clock.now()
    miss(cpo.partner, 1, reported_at=now, tries=2)
    miss(cpo.partner, 2)
    miss(cpo.partner, 3, closed_at=now, cdr=admin_pages.cdr(cpo.partner, session_id="S3"))

    def found(query: str) -> list[str]:
        rows = admin_client.get(f"{MISSING}?{query}").context["cl"].result_list
        return [row.session.session_id for row in rows]

    assert (found("state=REPORTED"), found("state=LOOKING"), found("state=CAME")) == (["S1"], ["S2"], ["S3"])
    assert (len(found(f"partner__id__exact={cpo.partner.pk}")), found(f"partner__id__exact={cp2.partner.pk}")) == (
        3,
        [],
    )
    html = admin_pages.page(admin_client, f"{MISSING}?state=REPORTED")
    assert "12.500 kWh" in html
    assert "6.00 EUR" in html
    assert core.page(MissingBill.objects.get(session__session_id="S1").session) in admin_pages.page(
        admin_client, core.page(MissingBill.objects.get(session__session_id="S1"))
    )


def test_the_list_of_missing_bills_costs_the_same_however_long(admin_client: Client, cpo: Caller) -> None:
    admin_pages.assert_cost_is_constant(admin_client, MISSING, lambda n: miss(cpo.partner, n), at_most=6)


@pytest.mark.requirement("SES-39")
def test_a_silent_charge_is_marked_in_the_list_and_on_its_page(admin_client: Client, cpo: Caller) -> None:
    for n in (1, 2, 3):
        charge = admin_pages.session(cpo.partner, id=f"S{n}")
        if n > 1:
            escalated = clock.now() if n == 3 else None
            SessionWatch.objects.create(
                session=charge, last_news=charge.last_updated, stale_since=clock.now(), escalated_at=escalated
            )

    def found(query: str) -> list[str]:
        return sorted(row.session_id for row in admin_client.get(f"{SESSIONS}?{query}").context["cl"].result_list)

    assert (found("news=none"), found("news=escalated")) == (["S2", "S3"], ["S3"])
    labels = re.findall(r">\s*(Charging[^<]*?)\s*<", admin_pages.page(admin_client, SESSIONS))
    assert {"Charging, stale", "Charging, silent for long", "Charging"} <= set(labels)
    assert "silent for long: none since" in admin_pages.page(admin_client, core.page(charge))
    moved = charge.last_updated + timedelta(minutes=1)
    type(charge).objects.filter(pk=charge.pk).update(last_updated=moved)
    assert found("news=none") == ["S2"]
    assert "silent for long" not in admin_pages.page(admin_client, core.page(charge))


def test_the_page_of_a_charge_says_that_its_bill_is_missing(admin_client: Client, cpo: Caller) -> None:
    row = miss(cpo.partner, 1)
    assert core.page(row) in admin_pages.page(admin_client, core.page(row.session))


def test_what_was_agreed_with_a_partner_is_entered_by_hand(admin_client: Client, cpo: Caller) -> None:
    url = core.list_page("ocpi_sync.agreement")
    entered = {"partner": cpo.partner.pk, "vanish_percent": "10", "bill_hours": "", "silent_minutes": "45"}
    assert (
        "less than or equal to 100"
        in admin_client.post(f"{url}add/", entered | {"vanish_percent": 101}).content.decode()
    )
    assert admin_client.post(f"{url}add/", entered).status_code == 302
    row = Agreement.objects.get()
    assert (row.vanish_percent, row.bill_hours, row.silent_minutes) == (10, None, 45)
