"""Messages at the running demo, as an operator reads them: found, opened, compared, copied, drawn and replayed."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.platforms import Demo, charge, wait

from .conftest import CHROMIUM, Desk

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")

LIST = "/admin/ocpi_journal/exchange/"
TABLE = "#result_list tbody tr"


@pytest.fixture
def session_id(shared_demo: Demo) -> str:
    """A charge that has just been made, with all its messages."""
    return str(charge(shared_demo.app, shared_demo.control)["session_id"])


def narrow(page: Any, *names: str) -> None:
    """Open the filters and choose some, one after the other."""
    for name in names:
        page.locator("a", has_text="Filters").first.click()
        page.get_by_role("link", name=name, exact=True).first.click()
        page.wait_for_load_state("networkidle")


def test_a_patch_is_found_by_its_session_and_shows_what_it_changed(desk: Desk, session_id: str) -> None:
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = desk.open(LIST)
    narrow(page, "in", "sessions", "2xx")
    page.fill("#searchbar", session_id)
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")
    rows = page.locator(TABLE, has_text="PATCH")
    rows.first.wait_for()
    assert page.locator(TABLE).count() == page.locator(TABLE, has_text="/sessions/").count()
    rows.first.locator("a").first.click()

    sides = page.locator(".ocpi-sides > section")
    sides.nth(1).wait_for()
    request, answer = (sides.nth(n).bounding_box() for n in (0, 1))
    assert request["y"] == answer["y"]
    assert request["x"] + request["width"] <= answer["x"]
    assert '"kwh"' in sides.nth(0).inner_text()
    assert '"status_code": 1000' in sides.nth(1).inner_text()
    changed = page.locator("tr", has=page.get_by_text("kwh", exact=True)).locator("td")
    before, after = (float(changed.locator(tag).inner_text()) for tag in ("del", "ins"))
    assert 0 <= before < after

    page.get_by_text("To be tried again by hand").first.click()
    page.locator("[data-copy=curl]").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl -i -X PATCH")
    assert session_id in copied
    assert "Token $TOKEN" in copied


def test_all_that_was_exchanged_about_a_charge_is_one_diagram(desk: Desk, session_id: str) -> None:
    page = desk.open(f"/admin/ocpi_sessions/session/?q={quote(session_id)}")
    page.locator(TABLE).first.locator("a").first.click()
    diagram = page.locator("svg.ocpi-sequence")
    diagram.wait_for()
    drawn = diagram.text_content()
    for step in ("START_SESSION", "PUT", "PATCH", "cdrs"):
        assert step in drawn, step
    diagram.locator("a").first.click()
    page.wait_for_url("**/ocpi_journal/exchange/*/change/**")
    page.locator(".ocpi-sides > section").first.wait_for()


def test_a_received_push_is_replayed_and_told_in_the_history(desk: Desk) -> None:
    place = next(place for place in desk.demo.app.get("locations", limit=100) if place["party_id"] == "CPO")
    desk.demo.control.post("push/locations", {"location_id": place["id"]})
    page = desk.open(LIST)
    about = f"/locations/{place['country_code']}/{place['party_id']}/{place['id']}"

    def arrived() -> bool:
        desk.open(f"{LIST}?direction__exact=IN&module=locations&about={quote(about)}&started_at=1h")
        return bool(page.locator(TABLE, has_text="PUT").count())

    wait(arrived, 60)
    page.locator(TABLE, has_text="PUT").first.locator("a").first.click()
    page.get_by_role("link", name="Replay").click()
    page.get_by_text("Take this push in once more?").wait_for()
    page.fill("#id_why", "the map showed it as gone")
    page.locator("#dialog button[type=submit]").click()
    page.get_by_text("Replayed; our answer: 200 / 1000").wait_for()
    page.get_by_role("link", name="History").first.click()
    page.get_by_text("replayed, answered 200 / 1000").first.wait_for()
    assert "the map showed it as gone" in page.locator("#content").inner_text()
    assert desk.demo.app.get("/".join(["locations", *about.split("/")[2:]]))["id"] == place["id"]
