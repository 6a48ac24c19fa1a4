"""The partner page and the alerts in a real browser, at a running demo."""

import pytest

from ocpi.core import admin as core
from tests.platforms import wait

from .conftest import CHROMIUM, PAINTED, Desk

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")


def test_an_operator_sees_how_a_partner_is_and_tests_the_connection(desk: Desk) -> None:
    page = desk.open(core.list_page("ocpi_partners.partner"))
    page.locator("#result_list").get_by_role("link", name="Demo CPO").click()
    page.get_by_text("they answered us").wait_for()
    assert page.locator("table", has_text="we call them").locator("tbody tr").count() == 4
    assert page.locator("table", has_text="left out").get_by_role("link", name="locations").is_visible()
    page.get_by_role("link", name="Test connection").click()
    page.locator("#dialog button[type=submit]").click()
    page.get_by_text("Demo CPO answered in").wait_for()
    page.get_by_role("link", name="Its message").click()
    page.wait_for_url("**/ocpi_journal/exchange/**")

    def written() -> bool:
        """The journal is written behind the traffic, and its list does not change by itself."""
        page.reload()
        return bool(page.locator("#result_list").get_by_text("/ocpi/cpo/versions").count())

    wait(written, 30)


def test_unregistering_wants_the_name_and_does_nothing_without(desk: Desk) -> None:
    page = desk.open(core.list_page("ocpi_partners.partner"))
    page.locator("#result_list").get_by_role("link", name="Demo CPO").click()
    page.locator("li > a", has_text="More").click()
    page.get_by_text("Unregister", exact=True).click()
    page.locator("input[name=typed]").fill("Another CPO")
    page.locator("#dialog button[type=submit]").click()
    page.get_by_text("this is not the partner's name").wait_for()
    page.reload()
    assert page.locator("#content").get_by_text("registered", exact=True).first.is_visible()


def test_a_recipient_is_entered_tried_and_taken_away(desk: Desk) -> None:
    page = desk.open(core.list_page("ocpi_alerts.recipient") + "add/")
    page.fill("#id_name", "Night desk")
    page.fill("#id_address", "night@emsp.test")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("link", name="Send a test").click()
    page.locator("#dialog button[type=submit]").click()
    page.get_by_text("A test is on its way to night@emsp.test.").wait_for()

    def sent() -> bool:
        page.reload()
        page.get_by_text("Sent and waiting").first.click()
        return bool(page.get_by_text("sent", exact=True).count())

    wait(sent, 60)
    page.get_by_text("Test: alerts reach this address").wait_for()
    assert page.get_by_text("sent", exact=True).first.is_visible()
    page.get_by_role("link", name="Delete recipient of alerts").click()
    page.locator("input[name=typed]").fill("Night desk")
    page.get_by_role("button", name="Delete it").click()
    page.wait_for_url(f"**{core.list_page('ocpi_alerts.recipient')}")
    assert page.get_by_text("night@emsp.test").count() == 0


def test_the_overview_draws_a_month_and_its_figures_lead_somewhere(desk: Desk) -> None:
    page = desk.open("/admin/")
    page.get_by_text("Energy per day, last 30 days").wait_for()
    page.wait_for_function(PAINTED)
    for title in ("Bills to review", "Stale stations", "Queue"):
        page.locator(f'[data-figure="{title}"] a').first.click()
        page.wait_for_load_state("networkidle")
        assert page.locator("#changelist").is_visible(), title
        page.go_back()
