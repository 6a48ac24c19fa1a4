"""Every reason leads to the list behind it."""

import re
from pathlib import Path

import pytest
from django.test import Client

from ocpi.alerts import lights, reasons
from ocpi.alerts.links import LISTS, behind
from ocpi.alerts.models import LightChange
from ocpi.core import admin as core
from ocpi.partners.models import Partner
from tests import admin_pages
from tests.callers import Caller

CODES = sorted(
    set(re.findall(r'Reason\(\s*"([A-Z_]+)"', Path(reasons.__file__).read_text())) | {"ERRORS_OUT", "ERRORS_IN"}
)


@pytest.mark.parametrize("code", CODES)
def test_the_page_behind_a_reason_opens_and_is_about_this_partner(code: str, admin_client: Client, cpo: Caller) -> None:
    url = behind(code, cpo.partner)
    assert str(cpo.partner.pk) in url
    answer = admin_client.get(url)
    assert answer.status_code == 200, "a filter that a list does not know is redirected"


def test_no_list_is_behind_a_code_that_nobody_gives() -> None:
    assert set(LISTS) <= set(CODES)


def test_the_partners_page_tells_light_and_reasons(admin_client: Client, cpo: Caller) -> None:
    assert "not looked at yet" in admin_pages.page(admin_client, core.page(cpo.partner))
    Partner.objects.update(last_error="HTTP 502 from their proxy")
    lights.look()
    html = admin_pages.page(admin_client, core.page(cpo.partner))
    assert "the last handshake or rotation: HTTP 502 from their proxy" in html
    assert behind("HANDSHAKE_FAILED", cpo.partner).replace("&", "&amp;") in html
    listed = admin_pages.page(admin_client, core.list_page("ocpi_partners.partner", light__colour="AMBER"))
    assert "HTTP 502 from their proxy" in listed


def test_the_changes_of_light_are_listed(admin_client: Client, cpo: Caller) -> None:
    lights.look()
    Partner.objects.update(last_error="HTTP 502")
    lights.look()
    url = core.list_page("ocpi_alerts.lightchange", partner__id__exact=cpo.partner.pk, after="AMBER")
    rows = admin_client.get(url).context["cl"].result_list
    assert [(row.before, row.after) for row in rows] == [("GREEN", "AMBER")]
    assert "HTTP 502" in admin_pages.page(admin_client, core.page(LightChange.objects.latest("pk")))


def test_the_list_of_changes_costs_the_same_however_long_it_is(admin_client: Client, cpo: Caller) -> None:
    def change(n: int) -> None:
        LightChange.objects.create(partner=cpo.partner, at=cpo.partner.created_at, before="GREEN", after="RED")

    admin_pages.assert_cost_is_constant(admin_client, core.list_page("ocpi_alerts.lightchange"), change, 9)
