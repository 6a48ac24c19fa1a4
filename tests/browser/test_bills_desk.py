"""A wrong bill from its charge to its dispute, as finance sees it, at the running demo with the mock CPO."""

import csv
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from django.conf import settings
from pypdf import PdfReader

from .conftest import CHROMIUM, Operator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]
_API = "ocpi/emsp/2.2.1"


class Town(NamedTuple):
    """Both platforms of a demo, and an app that may call ours."""

    emsp: str
    cpo: str
    app: requests.Session

    def get(self, path: str) -> Any:
        return self.app.get(f"{self.emsp}/{_API}/{path}", timeout=10).json().get("data")

    def command(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        sent = self.app.post(f"{self.emsp}/{_API}/commands/{name}", json=body, timeout=10).json().get("data")
        return until(lambda: told if (told := self.get(f"commands/{sent['id']}"))["state"] == "SUCCEEDED" else None)


def until(found: Callable[[], Any], seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.3)
    raise AssertionError("it did not happen in time")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    if known := os.environ.get("DEMO_AT"):  # "http://localhost:8000 http://localhost:8001": one that runs already
        yield _town(*known.split())
        return
    folder, ports = tmp_path_factory.mktemp("demo"), _free_ports()
    command = [sys.executable, "manage.py", "demo", "--fast", "600", "--logs", str(folder)]
    command += ["--emsp-port", str(ports[0]), "--cpo-port", str(ports[1])]
    place = {k: v for k, v in os.environ.items() if k not in {"REDIS_URL", "DJANGO_SETTINGS_MODULE"}}
    place |= {"ENVIRONMENT": "development", "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3"}
    said = folder / "said.txt"
    with said.open("wb") as output:
        demo = subprocess.Popen(command, cwd=settings.BASE_DIR, env=place, stdout=output, stderr=subprocess.STDOUT)
    try:
        until(lambda: demo.poll() is not None or "Both platforms stay up" in said.read_text(), 150)
        assert demo.poll() is None, said.read_text()[-2000:]
        yield _town(*(f"http://localhost:{port}" for port in ports))
    finally:
        demo.terminate()
        demo.wait(30)


def _town(emsp: str, cpo: str) -> Town:
    app = requests.Session()
    app.headers["Authorization"] = "Token test_token_c_123"
    return Town(emsp, cpo, app)


@pytest.fixture(scope="module")
def wrong_bill(town: Town) -> Iterator[str]:
    """The id of a CDR whose dearest part is half as much again."""
    fault = f"{town.cpo}/control/faults/wrong-cost"
    assert requests.put(fault, json={"value": 1.5}, timeout=10).ok
    place = {"location_id": "NLAMS01", "evse_uid": "NLAMS01-05", "connector_id": "1"}
    started = town.command("START_SESSION", {**place, "token": {"uid": "04A1B2C3D4E580"}})
    told = f"commands/{started['id']}"
    session = until(lambda: town.get(told)["session"])
    path = f"sessions/{session['country_code']}/{session['party_id']}/{session['id']}"
    until(lambda: town.get(path)["kwh"] > 3)
    town.command("STOP_SESSION", {"session_id": session["id"]})
    cdrs = f"{town.cpo}/control/cdrs"
    made = until(lambda: [c["cdr"]["id"] for c in requests.get(cdrs, timeout=10).json()
                          if c["cdr"].get("session_id") == session["id"]])  # fmt: skip
    until(lambda: (town.get(f"cdrs/{made[0]}/check") or {}).get("verdict") == "mismatch")
    yield made[0]
    requests.delete(fault, timeout=10)


@pytest.fixture
def finance(browser: Any, town: Town) -> Iterator[Operator]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(10_000)
    someone = Operator(context.new_page(), town.emsp)
    someone.page.goto(f"{town.emsp}/admin/")
    someone.page.fill("#id_username", "demo")
    someone.page.fill("#id_password", "demo")
    someone.page.click("button[type=submit]")
    someone.page.wait_for_url(f"{town.emsp}/admin/")
    yield someone
    context.close()
    assert someone.problems == []


def saved(page: Any, click: Callable[[], Any]) -> bytes:
    with page.expect_download() as download:
        click()
    return Path(download.value.path()).read_bytes()


def test_a_wrong_bill_is_found_disputed_proven_and_exported(finance: Operator, wrong_bill: str) -> None:
    page = finance.open("/admin/ocpi_cdrs/review/")
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

    page = finance.open("/admin/ocpi_cdrs/review/?state=DISPUTED")
    exported = saved(page, lambda: page.get_by_role("link", name="CSV").click()).decode("utf-8-sig")
    row = next(line for line in csv.DictReader(io.StringIO(exported)) if line["cdr_id"] == wrong_bill.upper())
    assert (row["state"], row["reason"]) == ("DISPUTED", "Energy is dearer than the tariff says – Über den Vertrag.")
