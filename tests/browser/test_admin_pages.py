"""The admin in a real browser: pages draw without errors, ask no other host, and buttons do what they say."""

import pytest

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.partners.models import Partner
from ocpi.sync.models import Pull
from ocpi.tokens.models import Token
from tests import admin_pages, factories

from .conftest import CHROMIUM, PAINTED, Operator

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")

# What has to be scrolled sideways at 1280 pixels.
TOO_WIDE = """() => [...document.querySelectorAll('html, #content *')].filter(each =>
    each.scrollWidth > each.clientWidth + 1 && (each === document.documentElement ||
    ['auto', 'scroll'].includes(getComputedStyle(each).overflowX))).map(each => each.className)"""


def test_the_overview_shows_figures_and_draws_its_chart(operator: Operator, partner: Partner) -> None:
    admin_pages.story(partner)
    page = operator.open("/admin/")
    assert page.locator('[data-figure="Charging now"] .ocpi-figure').inner_text() == "1"
    page.wait_for_function(PAINTED)
    page.click('[data-figure="Charging now"] a')
    page.locator("#result_list").get_by_text("S1", exact=True).wait_for()


@pytest.mark.timeout(480)  # two pages of each kind
def test_lists_and_pages_open_without_a_single_complaint(operator: Operator, partner: Partner) -> None:
    story = admin_pages.story(partner)
    kinds = ["partner", "location", "evse", "token", "session", "cdr", "command", "exchange", "tariff", "pull"]
    wide: dict[str, list[str]] = {}
    for number, kind in enumerate([*kinds, "left_out", "missing_bill", "agreement"]):
        operator.page.emulate_media(color_scheme=("light", "dark")[number % 2])
        operator.open(core.list_page(story[kind]._meta.label_lower))
        assert operator.page.locator("#result_list tbody tr").count() >= 1, kind
        wide[f"list of {kind}"] = operator.page.evaluate(TOO_WIDE)
        operator.open(core.page(story[kind]))
        assert operator.page.locator("#content").inner_text().strip(), kind
        wide[kind] = operator.page.evaluate(TOO_WIDE)
    assert {page: parts for page, parts in wide.items() if parts} == {}


def test_icons_of_the_sidebar_are_drawn_and_not_spelled_out(operator: Operator) -> None:
    """An icon that the bundled font does not have would show as a word, wider than an icon."""
    operator.page.evaluate("document.fonts.ready")
    icons = operator.page.locator("#nav-sidebar-apps .material-symbols-outlined")
    assert icons.count() > 12
    for n in range(icons.count()):
        too_wide = icons.nth(n).evaluate("icon => icon.scrollWidth > icon.clientWidth + 2")
        assert not too_wide, icons.nth(n).inner_text()


def test_a_session_leads_to_its_command_and_the_timeline(operator: Operator, partner: Partner) -> None:
    story = admin_pages.story(partner)
    page = operator.open(core.page(story["session"]))
    page.get_by_role("link", name=str(story["command"])).click()
    page.locator(".ocpi-timeline li").first.wait_for()
    assert page.locator(".ocpi-timeline li").count() == len(story["command"].steps)


def test_filters_open_and_narrow_the_list(operator: Operator, partner: Partner) -> None:
    admin_pages.story(partner)
    page = operator.open(core.list_page("ocpi_sessions.session"))
    page.locator("a", has_text="Filters").first.click()
    page.get_by_role("link", name="Completed", exact=True).click()
    page.wait_for_url("**/?status=COMPLETED")
    page.get_by_text("No results found").wait_for()


def test_the_map_leads_from_a_point_to_its_station(operator: Operator, partner: Partner) -> None:
    place = admin_pages.location(partner)
    page = operator.open("/admin/map/")
    page.get_by_text("1 station here, 2 of 2 EVSEs free").wait_for()
    assert page.locator("#map canvas").count() == 1, "the bundled outlines of countries"
    page.get_by_role("button", name="Stationsplein: 2 of 2 EVSEs free").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Open the station").click()
    page.wait_for_url(f"**{core.page(place)}")


def test_the_map_is_walked_by_keyboard_and_its_legend_is_in_sight(operator: Operator, partner: Partner) -> None:
    for name in ("L1", "L2"):
        admin_pages.location(partner, id=name)
    page = operator.open("/admin/map/?zoom=5")
    page.locator(".map-legend").wait_for()
    assert page.locator(".map-legend").evaluate("e => e.getBoundingClientRect().bottom <= innerHeight")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#content"), "the first stop leads past the sidebar"
    page.get_by_role("button", name="2 stations: 4 of 4 EVSEs free").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('zoom=7')")
    assert page.evaluate("() => document.activeElement.id") == "map"


def test_the_view_of_the_map_is_a_link(operator: Operator, partner: Partner) -> None:
    admin_pages.location(partner)
    page = operator.open("/admin/map/?lat=52.1&lon=5.1&zoom=12&min_power_kw=50&open_now=on")
    page.get_by_text("0 stations here").wait_for()
    assert page.locator("[name=min_power_kw]").input_value() == "50"
    page.locator("[name=min_power_kw]").select_option("")
    page.get_by_text("1 station here").wait_for()
    assert "zoom=12" in page.url
    assert "min_power_kw" not in page.url


def test_a_diagram_leads_to_its_messages_and_can_be_copied(operator: Operator, partner: Partner) -> None:
    story = admin_pages.story(partner)
    operator.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = operator.open(core.page(story["command"]))
    page.get_by_role("button", name="Mermaid").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("sequenceDiagram")
    page.locator("svg.ocpi-sequence a").first.click()
    page.wait_for_url("**/ocpi_journal/exchange/*/change/")


def test_a_token_is_blocked_after_a_question(operator: Operator, partner: Partner) -> None:
    token = factories.token()
    page = operator.open(core.page(token))
    page.get_by_role("link", name="Block", exact=False).first.click()
    page.get_by_role("button", name="Block it").click()
    page.get_by_text("is blocked now; partners are being told.").wait_for()
    assert Token.objects.get().status == "BLOCKED"


def test_a_new_partner_is_told_its_token_once(operator: Operator) -> None:
    page = operator.open(core.list_page("ocpi_partners.partner") + "add/")
    page.fill("#id_name", "Fastlane")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The registration token (token A) of Fastlane").wait_for()
    page.reload()
    assert page.get_by_text("token A").count() == 0


def test_a_mistake_in_a_token_is_shown_beside_its_field(operator: Operator) -> None:
    page = operator.open(core.list_page("ocpi_tokens.token") + "add/")
    page.fill("#id_uid", "04AABBCCDD")
    page.fill("#id_contract_id", "NL-EMS-C0001")
    page.fill("#id_allowed_locations", "[7]")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".errorlist", has_text="object").wait_for()
    assert not Token.objects.exists()


def test_a_pull_shows_how_far_it_is_by_itself(operator: Operator, partner: Partner) -> None:
    now = clock.now()
    row = Pull.objects.create(partner=partner, module="cdrs", running_since=now, began_at=now, beat_at=now)
    Pull.objects.update(pages=1, received=100, total=400)
    page = operator.open(core.page(row))
    page.get_by_text("1 page, 100 objects of 400").wait_for()
    page.evaluate("window.the_same_page = true")
    Pull.objects.update(pages=3, received=300)
    page.get_by_text("3 pages, 300 objects of 400").wait_for()
    Pull.objects.update(pages=4, received=400, running_since=None, finished_at=now)
    page.get_by_text("4 pages, 400 objects of 400").wait_for()
    assert page.get_by_text("complete", exact=True).count() == 1
    assert page.locator("[hx-trigger='every 2s']").count() == 0
    assert page.evaluate("window.the_same_page")
