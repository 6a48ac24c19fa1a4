"""A real browser, where there is one, and someone who is logged in to the admin."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from learning.demo import cast
from ocpi.partners.models import Partner
from tests import factories
from tests.platforms import Demo

CHROMIUM = Path(shutil.which("chromium") or shutil.which("google-chrome") or "/usr/bin/chromium")
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# A chart is drawn with the next frame, whenever that is.
PAINTED = """() => { const canvas = document.querySelector('canvas.chart'); return canvas && canvas.getContext('2d')
    .getImageData(0, 0, canvas.width || 1, canvas.height || 1).data.some(value => value); }"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's sync API keeps an event loop in this thread; Django would refuse to touch the database in it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def partner(browser: Any, transactional_db: None) -> Partner:
    return factories.partner(name="CPO")


class Operator:
    """Someone who is logged in; remembers everything that went wrong in the browser."""

    def __init__(self, page: Any, base: str) -> None:
        self.page, self.base = page, base
        self.problems: list[str] = []
        page.on("console", lambda m: self._note(m.type in {"error", "warning"}, f"console: {m.text}"))
        page.on("pageerror", lambda error: self._note(True, f"script: {error}"))
        page.on("request", lambda request: self._note(self._foreign(request.url), f"asked {request.url}"))
        page.on("response", lambda answer: self._note(answer.status >= 400, f"{answer.status} {answer.url}"))

    def _note(self, wrong: bool, what: str) -> None:
        if wrong:
            self.problems.append(what)

    def _foreign(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != urlsplit(self.base).netloc

    def log_in(self, name: str = "admin", password: str = "password") -> None:
        self.page.goto(f"{self.base}/admin/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", password)
        self.page.click("button[type=submit]")
        self.page.wait_for_url(f"{self.base}/admin/")

    def open(self, path: str) -> Any:
        self.page.goto(self.base + path)
        self.page.wait_for_load_state("networkidle")
        return self.page


@pytest.fixture
def operator(browser: Any, partner: Partner, live_server: Any, admin_user: Any) -> Iterator[Operator]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    someone = Operator(context.new_page(), live_server.url)
    someone.log_in()
    yield someone
    context.close()
    assert someone.problems == []


class Desk(Operator):
    """An operator of the running demo: a real eMSP process and a real mock CPO (`demo.app`, `demo.control`)."""

    def __init__(self, page: Any, demo: Demo) -> None:
        super().__init__(page, demo.emsp_url)
        self.demo = demo


class Learner(Desk):
    """Somebody who learns at the running demo: no login, only the cookie that the first lesson brings."""


@pytest.fixture
def learner(browser: Any, shared_demo: Demo) -> Iterator[Learner]:
    """Leaves its lesson at the end, so that its world is gone. Whatever goes wrong in the browser fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    someone = Learner(context.new_page(), shared_demo)
    yield someone
    leave = someone.page.get_by_role("button", name="Leave this lesson")
    if leave.count():
        leave.click()
        someone.page.wait_for_url("**/learn/")
    context.close()
    assert someone.problems == []


@pytest.fixture
def desk(browser: Any, shared_demo: Demo) -> Iterator[Desk]:
    """Logged in to the admin of the demo that all tests of this process share: switch off again what you switch on.

    The demo has a database of its own: what a test needs is made through pages, `demo.app` and `demo.control`, and
    looked at there. Whatever goes wrong in the browser fails the test at its end.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    someone = Desk(context.new_page(), shared_demo)
    someone.log_in(*cast.LOGIN)
    yield someone
    context.close()
    assert someone.problems == []
