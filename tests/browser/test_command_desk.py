"""Commands at the running demo, as an operator gives them: followed live to their result and their session."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from learning.demo import cast
from tests.platforms import Demo, wait

from .conftest import CHROMIUM, Desk

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")

ABLE = {"REMOTE_START_STOP_CAPABLE", "RESERVABLE", "UNLOCK_CAPABLE"}


@pytest.fixture
def bay(shared_demo: Demo) -> Iterator[dict[str, str]]:
    """A free EVSE that can do everything, left free again."""
    found = next(
        {"location_id": place["id"], "evse_uid": evse["uid"], "evse_id": evse["evse_id"]}
        for place in shared_demo.app.get("locations", limit=100) for evse in place["evses"]
        if place["party_id"] == "CPO" and evse["status"] == "AVAILABLE" and set(evse.get("capabilities", [])) >= ABLE
    )  # fmt: skip
    shared_demo.control.put("settings", {"auto_plug": True, "auto_unplug": False})
    yield found
    shared_demo.control.post("unplug", {name: found[name] for name in ("location_id", "evse_uid")})
    wait(lambda: status_of(shared_demo, found) == "AVAILABLE", 60)


def status_of(demo: Demo, bay: dict[str, str]) -> str:
    places = demo.app.get("locations", limit=100)
    ours = (place for place in places if place["party_id"] == "CPO" and place["id"] == bay["location_id"])
    evses = [evse for place in ours for evse in place["evses"]]
    return str(next(evse["status"] for evse in evses if evse["uid"] == bay["evse_uid"]))


def open_evse(desk: Desk, bay: dict[str, str]) -> Any:
    page = desk.open(f"/admin/ocpi_locations/evse/?q={quote(bay['evse_id'])}")
    page.locator("#result_list tbody tr").first.locator("a").first.click()
    page.wait_for_url("**/ocpi_locations/evse/*/change/**")
    return page


def ask(page: Any, button: str, submit: str, **fields: str) -> None:
    """Press a button, fill in its dialog and send it."""
    page.get_by_role("link", name=button).first.click()
    for name, value in fields.items():
        field = page.locator(f"#dialog [name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(index=int(value))
        else:
            field.fill(value)
    before = page.url
    page.locator("#dialog").get_by_role("button", name=submit).click()
    page.wait_for_url(lambda url: url != before and "/ocpi_commands/command/" in url)


def followed(page: Any) -> list[str]:
    """The steps of a command, once the page says by itself that it succeeded."""
    page.locator("[data-live] > div").first.get_by_text("Succeeded", exact=True).wait_for(timeout=60_000)
    return [" ".join(text.split()) for text in page.locator("[data-live] .ocpi-timeline li").all_text_contents()]


def test_a_charge_is_started_at_an_evse_followed_live_and_stopped(desk: Desk, bay: dict[str, str]) -> None:
    page = open_evse(desk, bay)
    ask(page, "Start a charge", "Start", connector="0", token_uid=cast.GOOD_CARD)
    page.evaluate("window.the_same_page = true")
    queued, *_, succeeded = followed(page)
    assert queued.startswith("Queued")
    assert succeeded.startswith("Succeeded")
    session = page.locator("[data-live] a").first
    session.wait_for(timeout=60_000)
    page.locator("[data-live]").get_by_text("Charging", exact=True).wait_for(timeout=60_000)
    assert page.evaluate("window.the_same_page"), "it changed without being loaded again"

    session.click()
    page.wait_for_url("**/ocpi_sessions/session/*/change/**")
    session_url = page.url
    page.locator("svg.ocpi-sequence").wait_for()
    ask(page, "Stop the charge", "Stop it")
    followed(page)

    def completed() -> bool:
        page.goto(session_url)
        return bool(page.locator("#content").get_by_text("Completed", exact=True).count())

    wait(completed, 60)
    assert page.get_by_role("link", name="Stop the charge").count() == 0, "what has ended is not offered to be stopped"


def test_an_evse_is_reserved_and_given_back(desk: Desk, bay: dict[str, str]) -> None:
    page = open_evse(desk, bay)
    # A day: on the fast clock of the demo's CPO, less might be over before it is given back.
    ask(page, "Reserve", "Reserve", token_uid=cast.GOOD_CARD, minutes="1440")
    followed(page)
    wait(lambda: status_of(desk.demo, bay) == "RESERVED", 60)
    page.reload()
    ask(page, "Give the reservation back", "Give it back")
    followed(page)
    assert "CANCEL_RESERVATION" in page.locator("#content").inner_text()
    wait(lambda: status_of(desk.demo, bay) == "AVAILABLE", 60)


def test_a_connector_is_unlocked(desk: Desk, bay: dict[str, str]) -> None:
    page = open_evse(desk, bay)
    ask(page, "Unlock", "Unlock", connector="0")
    assert followed(page)[-1].startswith("Succeeded")
    assert status_of(desk.demo, bay) == "AVAILABLE"


def test_a_blocked_card_starts_nothing_and_the_operator_reads_why(desk: Desk, bay: dict[str, str]) -> None:
    page = open_evse(desk, bay)
    page.get_by_role("link", name="Start a charge").first.click()
    page.fill("#dialog [name=token_uid]", cast.BLOCKED_CARD)
    page.locator("#dialog").get_by_role("button", name="Start").click()
    page.get_by_text("START_SESSION was not sent").wait_for()
    assert status_of(desk.demo, bay) == "AVAILABLE"
