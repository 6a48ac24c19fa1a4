"""A wrong bill from its charge to its dispute, as finance sees it, at the running demo with the mock CPO."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from tests.platforms import Demo, charge, wait

from .conftest import CHROMIUM, Desk

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")


@pytest.fixture
def wrong_bill(shared_demo: Demo) -> Iterator[str]:
    """The id of a CDR whose dearest part is half as much again."""
    app, control = shared_demo.app, shared_demo.control
    control.put("faults/wrong-cost", {"value": 1.5})
    bill = charge(app, control)["id"]
    wait(lambda: app.get(f"cdrs/{bill}/check")["verdict"] == "mismatch", 60)
    yield bill
    control.delete("faults/wrong-cost")


def saved(page: Any, click: Callable[[], Any]) -> bytes:
    with page.expect_download() as download:
        click()
    return Path(download.value.path()).read_bytes()


def test_a_wrong_bill_is_found_disputed_proven_and_exported(desk: Desk, wrong_bill: str) -> None:
    page = desk.open("/admin/ocpi_cdrs/review/")
    page.locator("#result_list").get_by_text(wrong_bill.upper()).first.click()
    page.get_by_text("Theirs beside ours").first.wait_for()
    assert "the CPO bills" in page.locator("#content").inner_text()

    page.get_by_role("link", name="Dispute").first.click()
    page.fill("#id_reason", "Energy is dearer than the tariff says – Über den Vertrag.")
    page.locator("#dialog button[type=submit]").click()
    page.locator("#content").get_by_text("disputed", exact=True).first.wait_for()

    def from_files(name: str) -> bytes:
        return saved(page, lambda: page.get_by_role("link", name=name).click())

    letter = from_files("PDF, for people")
    assert letter.startswith(b"%PDF")
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(letter)).pages)
    assert "Über den Vertrag" in text
    assert wrong_bill[:18].casefold() in text.casefold()
    pack = json.loads(from_files("JSON, for machines"))
    assert pack["bills"][0]["state"] == "DISPUTED"
    assert "04A1B2C3D4E580" not in json.dumps(pack)
    assert pack["bills"][0]["parts"]["messages"]

    page = desk.open("/admin/ocpi_cdrs/review/?state=DISPUTED")
    exported = saved(page, lambda: page.get_by_role("link", name="CSV").click()).decode("utf-8-sig")
    row = next(line for line in csv.DictReader(io.StringIO(exported)) if line["cdr_id"] == wrong_bill.upper())
    assert (row["state"], row["reason"]) == ("DISPUTED", "Energy is dearer than the tariff says – Über den Vertrag.")
