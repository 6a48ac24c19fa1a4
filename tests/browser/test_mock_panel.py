"""The panel of the mock CPO in a real browser: every fault is there by name, and its switch works."""

from collections.abc import Iterator
from typing import Any

import pytest

from mock_cpo.config import Config
from mock_cpo.faults import FAULTS
from mock_cpo.tests.conftest import Cpo, free_port, serve

from .conftest import CHROMIUM

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")


@pytest.fixture(params=["CPO", "hub"])
def mock(request: Any) -> Iterator[Cpo]:
    hub = request.param == "hub"
    yield from serve(Config(port=free_port(), hub=hub, party="HUB" if hub else "CPO"))


def test_every_fault_is_on_the_panel_and_can_be_switched(mock: Cpo, browser: Any) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(mock.url)
    page.locator("#faults label").nth(len(FAULTS) - 1).wait_for()
    names = page.locator("#faults label b").all_inner_texts()
    assert names == [fault.name for fault in FAULTS]

    row = page.locator("#faults label", has=page.get_by_text("wrong-cost", exact=True))
    row.locator("input[type=text]").fill("3")
    row.locator("input[type=checkbox]").check()
    mock.wait_until(lambda: mock.control("GET", "/state")["faults"] == ["wrong-cost"])
    [switched] = [each for each in mock.control("GET", "/faults") if each["enabled"]]
    assert (switched["name"], switched["value"]) == ("wrong-cost", 3)
    page.click("#no-faults")
    mock.wait_until(lambda: mock.control("GET", "/state")["faults"] == [])
    page.close()
    assert complaints == []
