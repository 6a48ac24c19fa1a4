"""Cards from their import to their block, and a driver who is refused with the reason, at the running demo."""

from typing import Any

import pytest

from tests.platforms import Demo, wait

from .conftest import CHROMIUM, Desk

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")

CARDS = ("04DE5C00000180", "04DE5C00000280", "04DE5C00000380")
OF_THE_POLICY = "04DE5C00000480"
CONTRACT = "NL-EMS-CDESK0001-X"
TABLE = "Card UID;Contract;Whitelist;Status\n" + "".join(f"{uid};{CONTRACT};never;active\n" for uid in CARDS)
BAD = f";{CONTRACT};never;active\n"


@pytest.fixture
def place(shared_demo: Demo) -> dict[str, str]:
    """Where somebody charged before."""
    known = [session for session in shared_demo.app.get("sessions", limit=100) if session["party_id"] == "CPO"][-1]
    return {name: known[name] for name in ("location_id", "evse_uid", "connector_id")}


def held(demo: Demo, uid: str) -> dict[str, Any]:
    """The card as the CPO has it."""
    return next((row["token"] for row in demo.control.get("tokens", uid=uid)), {})


def asked(demo: Demo, place: dict[str, str], uid: str) -> str:
    """What the eMSP answers when this card is held to the charger."""
    tapped = demo.control.post("tap", {**place, "token_uid": uid, "authorize_only": True})
    return str(tapped["authorization"]["allowed"])


def import_cards(desk: Desk) -> None:
    page = desk.open("/admin/ocpi_tokens/token/")
    page.get_by_role("link", name="Import").click()
    page.set_input_files("#id_file", {"name": "cards.csv", "mimeType": "text/csv", "buffer": (TABLE + BAD).encode()})
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_text("The first lines, as they are read").wait_for()
    page.get_by_role("button", name="Check every line").click()
    page.get_by_text("4 lines; nothing is written yet").wait_for(timeout=60_000)
    assert "UID: is missing" in page.locator("#content").inner_text()
    assert not held(desk.demo, CARDS[0])
    page.get_by_role("link", name="Write them").first.click()
    page.locator("#dialog button[type=submit]").click()
    page.get_by_text("3 written").wait_for(timeout=60_000)


def block_the_first_two(desk: Desk) -> None:
    page = desk.open(f"/admin/ocpi_tokens/token/?q={CONTRACT}")
    for uid in CARDS[:2]:
        page.locator("#result_list tr", has_text=uid).locator("input.action-select").check()
    page.locator("select[name=action]").select_option("block")
    page.get_by_role("button", name="Run").click()
    page.get_by_text("2 tokens; they may not charge any more").wait_for()
    page.fill("#id_why", "lost on the train")
    page.get_by_role("button", name="Do it").click()
    page.get_by_text("2 written").wait_for()


def issue(desk: Desk, uid: str) -> None:
    """A card whose every charge is asked for: a CPO asks nobody where we named the card in a command just before."""
    page = desk.open("/admin/ocpi_tokens/token/add/")
    page.fill("#id_uid", uid)
    page.fill("#id_contract_id", "NL-EMS-CDESK0002-X")
    page.fill("#id_issuer", "Open eMSP")
    page.locator("select[name=whitelist]").select_option("NEVER")
    page.get_by_role("button", name="Save", exact=True).click()
    wait(lambda: held(desk.demo, uid).get("whitelist") == "NEVER", 30)


def test_cards_are_imported_with_a_preview_and_blocked_as_a_list(desk: Desk, place: dict[str, str]) -> None:
    demo = desk.demo
    import_cards(desk)
    wait(lambda: all(held(demo, uid).get("valid") for uid in CARDS), 30)
    block_the_first_two(desk)
    wait(lambda: [held(demo, uid)["valid"] for uid in CARDS] == [False, False, True], 30)
    assert [asked(demo, place, uid) for uid in CARDS] == ["BLOCKED", "BLOCKED", "ALLOWED"]
    page = desk.open(f"/admin/ocpi_tokens/token/?q={CARDS[0]}")
    page.locator("#result_list").get_by_text(CARDS[0]).first.click()
    page.get_by_text("At partners").first.click()
    page.get_by_text("delivered", exact=True).first.wait_for()


def test_a_driver_is_refused_by_a_policy_and_the_desk_tells_why(desk: Desk, place: dict[str, str]) -> None:
    demo, uid = desk.demo, OF_THE_POLICY
    issue(desk, uid)
    page = desk.open("/admin/ocpi_tokens/policy/add/")
    page.fill("#id_name", "Only in Finland")
    page.fill("#id_token", uid)
    page.fill("#id_countries", "FI")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#result_list").get_by_text("Only in Finland").wait_for()
    try:
        assert asked(demo, place, uid) == "NOT_ALLOWED"
        page = desk.open(f"/admin/ocpi_tokens/authorization/?outcome=refused&q={uid}")
        page.locator("#result_list tbody a").first.click()
        why = page.locator("table", has_text="what it saw")
        why.get_by_text("it is for FIN, and the location is in").wait_for()
        assert why.locator("tr", has_text="country").get_by_text("refused").count() == 1

        query = f"token={uid}&location_id={place['location_id']}&evse_uids={place['evse_uid']}"
        page = desk.open(f"/admin/ocpi_tokens/authorization/try/?{query}")
        assert "it is for FIN" in page.locator("#answer").inner_text()
    finally:
        page = desk.open("/admin/ocpi_tokens/policy/")
        page.locator("#result_list").get_by_role("link", name="Only in Finland").click()
        page.fill("#id_countries", "")
        page.locator("label[for=id_active], #id_active").last.uncheck()
        page.get_by_role("button", name="Save", exact=True).click()
        page.locator("#result_list").get_by_text("switched off").first.wait_for()
    assert asked(demo, place, uid) == "ALLOWED"
