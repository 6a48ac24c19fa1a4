"""CDRs in the admin."""

import pytest
from django.test import Client

from ocpi.core import admin as core
from tests import admin_pages
from tests.callers import Caller

CDRS = core.list_page("ocpi_cdrs.cdr")


def test_a_bill_leads_to_session_and_token_and_shows_its_costs(admin_client: Client, cpo: Caller) -> None:
    story = admin_pages.story(cpo.partner)
    html = admin_pages.page(admin_client, core.page(story["cdr"]))
    for kind in ("session", "token", "partner"):
        assert f'href="{core.page(story[kind])}"' in html, kind
    assert "3.50 EUR" in html
    assert "4.24 EUR" in html or "4.23 EUR" in html
    assert "10 kWh" in html


@pytest.mark.requirement("CDR-11")
def test_a_credit_and_the_bill_that_it_takes_back_lead_to_each_other(admin_client: Client, cpo: Caller) -> None:
    bill = admin_pages.cdr(cpo.partner)
    credit = admin_pages.cdr(cpo.partner, id="D1-C", credit=True, credit_reference_id="D1")
    assert f'href="{core.page(bill)}"' in admin_pages.page(admin_client, core.page(credit))
    assert f'href="{core.page(credit)}"' in admin_pages.page(admin_client, core.page(bill))


@pytest.mark.requirement("CDR-13")
def test_a_credit_for_a_bill_that_we_do_not_have_says_so(admin_client: Client, cpo: Caller) -> None:
    credit = admin_pages.cdr(cpo.partner, id="D1-C", credit=True, credit_reference_id="D404")
    assert "D404 (unknown)" in admin_pages.page(admin_client, core.page(credit))


def test_bills_without_their_session_can_be_listed(admin_client: Client, cpo: Caller) -> None:
    admin_pages.story(cpo.partner)
    admin_pages.cdr(cpo.partner, id="LOST", session_id="S404")
    found = admin_client.get(f"{CDRS}?with_session=no").context["cl"].result_list
    assert [row.cdr_id for row in found] == ["LOST"]


def test_the_list_costs_the_same_however_long(admin_client: Client, cpo: Caller) -> None:
    admin_pages.session(cpo.partner)
    admin_pages.assert_cost_is_constant(
        admin_client, CDRS, lambda n: admin_pages.cdr(cpo.partner, id=f"D{n}"), at_most=6
    )
