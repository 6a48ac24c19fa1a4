"""Sessions in the admin: what belongs to them is one click away."""

from django.test import Client

from ocpi.core import admin as core
from ocpi.sessions.models import Session
from tests import admin_pages, factories
from tests.callers import Caller

SESSIONS = core.list_page("ocpi_sessions.session")


def found(client: Client, query: str) -> list[str]:
    return [row.session_id for row in client.get(f"{SESSIONS}?{query}").context["cl"].result_list]


def test_a_session_leads_to_place_token_command_bill_and_messages(admin_client: Client, cpo: Caller) -> None:
    story = admin_pages.story(cpo.partner)
    html = admin_pages.page(admin_client, core.page(story["session"]))
    for kind in ("location", "evse", "token", "command", "cdr", "partner"):
        assert f'href="{core.page(story[kind])}"' in html, kind
    assert "about=%2Fsessions%2FNL%2FCPO%2FS1" in html


def test_charging_periods_are_a_table(admin_client: Client, cpo: Caller) -> None:
    periods = [factories.period(), factories.period("2026-03-01T10:15:00Z", 2.5)]
    row = admin_pages.session(cpo.partner, charging_periods=periods)
    html = admin_pages.page(admin_client, core.page(row))
    assert "2026-03-01 10:15:00" in html
    assert "2.5 kWh" in html


def test_a_long_session_shows_its_periods_in_pages(admin_client: Client, cpo: Caller) -> None:
    periods = [factories.period(f"2026-03-01T10:{n:02d}:00Z") for n in range(60)]
    row = admin_pages.session(cpo.partner, charging_periods=periods)
    html = admin_pages.page(admin_client, core.page(row))
    assert "2026-03-01 10:49:00" in html
    assert "2026-03-01 10:50:00" not in html


def test_a_session_of_an_unknown_place_and_card_is_shown_as_such(admin_client: Client, cpo: Caller) -> None:
    row = admin_pages.session(cpo.partner, location_id="NOWHERE")
    html = admin_pages.page(admin_client, core.page(row))
    assert "NOWHERE (unknown)" in html
    assert "NL-EMS-C0001 (unknown)" in html
    assert found(admin_client, "known=no") == ["S1"]


def test_sessions_are_found_by_id_card_place_and_reference(admin_client: Client, cpo: Caller) -> None:
    story = admin_pages.story(cpo.partner)
    admin_pages.session(cpo.partner, id="OTHER", location_id="L404")
    reference = story["session"].authorization_reference
    for query in ("q=s1", "q=04aabbcc0001", f"q={reference}", f"at={story['location'].pk}"):
        assert found(admin_client, query) == ["S1"], query
    assert found(admin_client, "at=nonsense") == []


def test_the_list_does_not_fetch_payloads(admin_client: Client, cpo: Caller) -> None:
    admin_pages.session(cpo.partner)
    rows = admin_client.get(SESSIONS).context["cl"].result_list
    assert rows[0].get_deferred_fields() == {"payload"}
    assert Session.objects.count() == 1


def test_the_list_costs_the_same_however_long(admin_client: Client, cpo: Caller) -> None:
    def add(n: int) -> None:
        admin_pages.location(cpo.partner, id=f"L{n}")
        admin_pages.session(cpo.partner, id=f"S{n}", location_id=f"L{n}")

    admin_pages.assert_cost_is_constant(admin_client, SESSIONS, add, at_most=6)
