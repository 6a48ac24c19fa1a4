"""The panel of the mock CPO in a real browser: every fault is there by name, and its switch works."""

from collections.abc import Iterator
from typing import Any

import pytest

from mock_cpo.config import Config
from mock_cpo.faults import FAULTS
from mock_cpo.tests.conftest import Cpo, serve
from tests.ports import free_port

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
    assert row.locator("input[type=text]").input_value() == "3"
    [switched] = [each for each in mock.control("GET", "/faults") if each["enabled"]]
    assert (switched["name"], switched["value"]) == ("wrong-cost", 3)
    page.click("#no-faults")
    mock.wait_until(lambda: mock.control("GET", "/state")["faults"] == [])
    page.close()
    assert complaints == []


def test_a_fault_is_found_and_what_is_typed_stays(browser: Any) -> None:
    cpo = next(served := serve(Config(port=free_port())))
    page = browser.new_page()
    page.goto(cpo.url)
    page.locator("#faults label").nth(len(FAULTS) - 1).wait_for()
    page.fill("#find-fault", "cost")
    row = page.locator("#faults label:visible", has=page.get_by_text("wrong-cost", exact=True))
    row.locator("input[type=text]").fill("7")
    row.locator("input[type=checkbox]").focus()
    page.wait_for_timeout(2500)  # the panel looks again meanwhile
    assert page.locator("#faults label:visible").count() < 5
    assert row.locator("input[type=text]").input_value() == "7"
    assert row.locator("input[type=checkbox]").evaluate("box => box === document.activeElement")
    page.close()
    served.close()
