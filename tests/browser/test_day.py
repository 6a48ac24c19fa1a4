"""A day at the desk, at the running demo: a driver who calls is helped from the map on, a wrong bill is disputed."""

import json
from pathlib import Path
from typing import Any

import pytest

from learning.demo import cast
from ocpi.partners.development import DEMO_CPO
from tests.platforms import wait

from .conftest import CHROMIUM, Desk
from .test_command_desk import ask, bay, followed  # noqa: F401  a fixture among them

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")


def from_the_map(desk: Desk, bay: dict[str, str]) -> Any:  # noqa: F811
    """The page of the EVSE, reached with the keyboard alone from the map on."""
    place = next(p for p in desk.demo.app.get("locations", limit=100) if p["id"] == bay["location_id"])
    at = place["coordinates"]
    page = desk.open(f"/admin/map/?lat={at['latitude']}&lon={at['longitude']}&zoom=17")
    page.locator("#map[data-ready]").wait_for()
    # Another partner may send the same station: the two are one point until the map shows those of one partner.
    page.locator("#map-filters [name=partner]").select_option(label=DEMO_CPO)
    page.get_by_role("button", name=place["name"]).first.focus()
    page.keyboard.press("Enter")
    page.locator(".map-popup").get_by_text(f"From {DEMO_CPO}").wait_for()
    page.locator("#map-filters [name=open_now]").check()  # what is still shown stays open
    page.wait_for_url("**open_now=on**")
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Open the station").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/ocpi_locations/location/*/change/")
    page.get_by_role("link", name=bay["evse_id"], exact=True).click()
    page.wait_for_url("**/ocpi_locations/evse/*/change/**")
    return page


def charge(desk: Desk, bay: dict[str, str]) -> None:  # noqa: F811
    """Started from the map, followed until energy flows, stopped on the session's page."""
    page = from_the_map(desk, bay)
    ask(page, "Start a charge", "Start", connector="0", token_uid=cast.GOOD_CARD)
    followed(page)
    page.locator("[data-live]").get_by_text("Charging", exact=True).wait_for(timeout=60_000)
    page.locator("[data-live]").get_by_text("kWh").wait_for()
    page.locator("[data-live] a").first.click()
    page.wait_for_url("**/ocpi_sessions/session/*/change/**")
    ask(page, "Stop the charge", "Stop it")
    followed(page)


def switch_on(desk: Desk, fault: str, value: str) -> None:
    """On the panel of the mock CPO, as its operator would."""
    panel = desk.page.context.new_page()
    panel.goto(desk.demo.control.base_url.removesuffix("/control"))
    panel.fill("#find-fault", fault)
    line = panel.locator("#faults label", has=panel.get_by_text(fault, exact=True))
    line.locator("input[type=text]").fill(value)
    line.locator("input[type=checkbox]").check()
    wait(lambda: [row["name"] for row in desk.demo.control.get("faults") if row["enabled"]] == [fault], 30)
    panel.close()


def test_a_caller_is_helped_from_the_map_on_and_a_wrong_bill_is_disputed(desk: Desk, bay: dict[str, str]) -> None:  # noqa: F811
    earlier = {session["id"] for session in desk.demo.app.get("sessions", limit=100)}

    def bills() -> list[str]:
        """Those of earlier charges may still be on their way."""
        return [bill["id"] for bill in desk.demo.app.get("cdrs", limit=100) if bill.get("session_id") not in earlier]

    switch_on(desk, "wrong-cost", "1.5")
    try:
        charge(desk, bay)
        wait(lambda: bool(bills()), 60)
    finally:
        desk.demo.control.delete("faults/wrong-cost")
    [bill] = bills()
    wait(lambda: desk.demo.app.get(f"cdrs/{bill}/check")["verdict"] == "mismatch", 60)

    page = desk.open("/admin/")
    page.locator('[data-figure="Bills to review"] a').first.click()
    page.locator("#result_list").get_by_text(bill.upper()).first.click()
    page.get_by_text("Theirs beside ours").first.wait_for()
    page.get_by_role("link", name="Dispute").first.click()
    page.locator("#id_reason:focus").wait_for()
    page.keyboard.type("Dearer than the tariff says.")
    page.keyboard.press("Enter")
    page.locator("#content").get_by_text("disputed", exact=True).first.wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON, for machines").click()
    pack = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert (pack["bills"][0]["state"], pack["bills"][0]["reason"]) == ("DISPUTED", "Dearer than the tariff says.")


def test_a_dialog_takes_the_focus_keeps_it_and_gives_it_back(desk: Desk, bay: dict[str, str]) -> None:  # noqa: F811
    page = from_the_map(desk, bay)
    page.get_by_role("link", name="Start a charge").first.focus()
    page.keyboard.press("Enter")
    page.locator("#dialog [name=connector]:focus").wait_for()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.closest('#dialog') !== null")
    page.keyboard.press("Escape")
    page.locator("a:focus", has_text="Start a charge").wait_for()
