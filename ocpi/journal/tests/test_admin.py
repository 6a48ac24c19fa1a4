"""Messages in the admin: found by flow and by outcome, bodies readable."""

from datetime import timedelta

import pytest
from django.test import Client

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.journal.admin import FAILED, messages_about, short
from ocpi.journal.models import Exchange
from tests import admin_pages
from tests.callers import Caller

MESSAGES = core.list_page("ocpi_journal.exchange")


def found(client: Client, query: str) -> set[int]:
    return {row.pk for row in client.get(f"{MESSAGES}?{query}").context["cl"].result_list}


@pytest.mark.parametrize(
    ("fields", "failed"),
    [
        ({}, False),
        ({"http_status": 201, "status_code": None}, False),
        ({"status_code": 2001}, True),
        ({"http_status": 404}, True),
        ({"http_status": None, "status_code": None, "error": "timeout"}, True),
        ({"error": "not JSON"}, True),
        ({"status_code": 3000}, True),
    ],
)
def test_the_filter_and_the_row_agree_on_what_failed(fields: dict, failed: bool, cpo: Caller) -> None:
    row = admin_pages.exchange(cpo.partner, **fields)
    assert (row.failed, Exchange.objects.filter(FAILED).exists()) == (failed, failed)


def test_a_message_shows_the_whole_flow_and_its_partner(admin_client: Client, cpo: Caller) -> None:
    first, other = (admin_pages.exchange(cpo.partner, correlation_id="one") for _ in range(2))
    stranger = admin_pages.exchange(cpo.partner, correlation_id="two")
    html = admin_pages.page(admin_client, core.page(first))
    assert core.page(other) in html
    assert core.page(cpo.partner) in html
    assert core.page(stranger) not in html


def test_bodies_are_set_as_readable_json_and_what_is_none_as_text(admin_client: Client, cpo: Caller) -> None:
    row = admin_pages.exchange(cpo.partner, request_body='{"a":[1]}', response_body="(12 bytes that are not JSON)")
    html = admin_pages.page(admin_client, core.page(row))
    assert "{\n  &quot;a&quot;: [\n" in html
    assert "(12 bytes that are not JSON)" in html


def test_the_correlation_id_finds_a_flow(admin_client: Client, cpo: Caller) -> None:
    rows = {admin_pages.exchange(cpo.partner, correlation_id="one").pk for _ in range(2)}
    admin_pages.exchange(cpo.partner, correlation_id="two")
    assert found(admin_client, "q=one") == rows


def test_messages_about_one_object_leave_out_its_neighbours(admin_client: Client, cpo: Caller) -> None:
    base = "/ocpi/emsp/2.2.1/sessions/NL/CPO"
    own = {admin_pages.exchange(cpo.partner, url=f"{base}/{end}").pk for end in ("S1", "s1/", "S1?x=y")}
    admin_pages.exchange(cpo.partner, url=f"{base}/S12")
    admin_pages.exchange(cpo.partner, url=f"{base}/S1", started_at=clock.now() - timedelta(days=9))
    html = messages_about(
        cpo.partner, "sessions", "NL", "CPO", "S1", since=clock.now() - timedelta(days=1), until=None, text="x"
    )
    query = html.split("?", 1)[1].split('"')[0].replace("&amp;", "&")
    assert found(admin_client, query) == own


def test_a_long_url_shows_its_end() -> None:
    assert short("https://cpo.test/ocpi/tokens/NL/EMS/1") == "/ocpi/tokens/NL/EMS/1"
    assert short("/ocpi/emsp/2.2.1/sessions/NL/CPO/S1") == "/sessions/NL/CPO/S1"
    assert short("/" + "x" * 200).startswith("…")


def test_the_list_costs_the_same_however_long(admin_client: Client, cpo: Caller) -> None:
    admin_pages.assert_cost_is_constant(
        admin_client, MESSAGES, lambda n: admin_pages.exchange(cpo.partner, correlation_id=str(n)), at_most=7
    )
