"""A partner is connected through the wizard, both ways, at the running demo: with a second mock CPO as a process."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from learning.demo.callers import Control, answers
from learning.demo.errors import DemoFailed
from tests.platforms import ROOT, wait
from tests.ports import free_port

from .conftest import CHROMIUM, Desk

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")
TOKEN_A = "the-token-a-of-another-cpo"


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Control]:
    """A mock CPO, DE-ABC, that nobody has connected yet."""
    port = free_port()
    command = [sys.executable, "-m", "mock_cpo", "--port", str(port), "--country", "DE", "--party", "ABC",
               "--token-a", TOKEN_A]  # fmt: skip
    with (tmp_path / "cpo.txt").open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        control = Control(f"http://127.0.0.1:{port}")
        wait(lambda: answers(f"{control.base_url}/health"), 60)
        yield control
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture
def name(desk: Desk) -> Iterator[str]:
    """A partner's name of this test alone; who was connected under it is suspended again: the demo is shared."""
    name = f"ABC {uuid4().hex[:8]}"
    yield name
    page = desk.open("/admin/connect/")
    page.get_by_role("link", name=name).first.click()
    page.get_by_role("link", name="Its page").click()
    page.wait_for_url("**/change/")
    asked = {
        "_form_submitted": "on", "typed": name,
        "csrfmiddlewaretoken": page.locator("[name=csrfmiddlewaretoken]").first.input_value(),
    }  # fmt: skip
    answer = page.request.post(page.url.replace("change/", "suspend/"), form=asked, headers={"Referer": page.url})
    assert answer.headers["hx-redirect"]


def reach(page: Any, state: str, timeout: int = 60_000) -> Any:
    """Wait until the handshake is there; nobody reloads the page."""
    page.locator(f"#handshake[data-state={state}]").wait_for(timeout=timeout)
    return page


def step(page: Any, key: str, state: str) -> Any:
    found = page.locator(f"[data-step={key}][data-state={state}]")
    found.wait_for()
    return found


def everything_is_pulled(page: Any) -> None:
    for module in ("tariffs", "locations", "sessions", "cdrs"):
        page.locator(f"[data-pull={module}][data-done=yes]").wait_for(timeout=60_000)
    assert "of 38" in page.locator("[data-pull=tariffs]").inner_text()


def test_we_start_fail_with_a_wrong_token_mend_it_and_are_connected(desk: Desk, stranger: Control, name: str) -> None:
    page = desk.open("/admin/ocpi_partners/partner/")
    page.get_by_role("link", name="Connect a partner").last.click()
    page.get_by_role("link", name="They gave us a token A").click()
    page.fill("#id_name", name)
    page.fill("#id_versions_url", stranger.get("health")["versions_url"])
    page.fill("#id_token_a", "not-the-token-a")
    page.get_by_role("button", name="Connect", exact=True).click()

    reach(page, "FAILED")
    assert page.locator("[data-cause=TOKEN]").inner_text().startswith("They do not accept the token A.")
    assert "HTTP 401" in page.locator("[data-cause=TOKEN]").inner_text()
    message = step(page, "versions", "FAILED").locator("details")
    message.locator("summary").click()
    assert "2001" in message.inner_text()
    assert step(page, "credentials", "AHEAD").locator("details").count() == 0

    page.locator("#handshake[data-live=no]").wait_for()
    page.fill("#connect-again [name=token_a]", TOKEN_A)
    page.get_by_role("button", name="Try again").click()
    reach(page, "CONNECTED")
    for key in ("versions", "details", "credentials", "callback"):
        step(page, key, "DONE").locator("details").first.wait_for()  # the journal follows within a second
    step(page, "stored", "DONE")
    everything_is_pulled(page)
    assert "CPO DE-ABC" in page.locator("#handshake").inner_text()
    assert TOKEN_A not in page.content()

    address = page.url
    step(page, "credentials", "DONE").locator("summary").click()
    step(page, "credentials", "DONE").get_by_role("link", name="The whole message").click()
    page.get_by_text("The whole flow").first.wait_for()
    assert TOKEN_A not in page.content()
    page.go_back()
    assert page.url == address

    page.get_by_role("link", name="Its settings").click()
    page.fill("#id_agreed-bill_hours", "24")
    page.get_by_role("button", name="Save").click()
    page.get_by_text(f"The settings of {name} are saved.").wait_for()
    assert [row["state"] for row in stranger.get("registrations")] == ["REGISTERED"]


def test_they_start_with_a_wrong_token_then_with_ours(desk: Desk, stranger: Control, name: str) -> None:
    page = desk.open("/admin/connect/")
    page.get_by_role("link", name="Make a token A for them").click()
    page.fill("#id_name", name)
    page.get_by_role("button", name="Make the token A").click()
    reach(page, "WAITING")
    token_a = page.locator("#token-a").inner_text()
    versions_url = page.locator("[data-copied=url]").inner_text()

    with pytest.raises(DemoFailed, match="401"):
        stranger.post("register", {"versions_url": versions_url, "token": "a-typing-error"})
    page.locator("[data-knocks]").wait_for()
    assert "401" in page.locator("[data-knocks]").inner_text()

    stranger.post("register", {"versions_url": versions_url, "token": token_a})
    reach(page, "CONNECTED")
    for key in ("versions", "details", "credentials", "reading"):
        step(page, key, "DONE").locator("details").first.wait_for()  # the journal follows within a second
    assert not page.locator("#token-a").is_visible()
    everything_is_pulled(page)
    page.reload()
    assert page.locator("#token-a").count() == 0
    assert token_a not in page.content()


def test_a_token_a_that_was_cancelled_opens_nothing(desk: Desk, stranger: Control) -> None:
    page = desk.open("/admin/connect/theirs/")
    page.fill("#id_name", f"Nobody {uuid4().hex[:8]}")
    page.get_by_role("button", name="Make the token A").click()
    reach(page, "WAITING")
    token_a = page.locator("#token-a").inner_text()
    versions_url = page.locator("[data-copied=url]").inner_text()
    page.get_by_role("button", name="Cancel").click()
    reach(page, "CANCELLED")
    with pytest.raises(DemoFailed, match="401"):
        stranger.post("register", {"versions_url": versions_url, "token": token_a})
