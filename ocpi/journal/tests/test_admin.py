"""Messages in the admin: found by flow and by outcome, bodies readable."""

import shlex
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.journal import changes, curl
from ocpi.journal.admin import messages_about, short
from ocpi.journal.filters import MODULES
from ocpi.journal.models import FAILED, Exchange
from ocpi.protocol.versions import ModuleID
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


def test_text_in_a_body_finds_the_newest_messages(admin_client: Client, cpo: Caller, monkeypatch: Any) -> None:
    old, new = (admin_pages.exchange(cpo.partner, request_body='{"evse_uid":"SEARCHED"}') for _ in range(2))
    admin_pages.exchange(cpo.partner, request_body="{}")
    assert found(admin_client, "q=searched") == {old.pk, new.pk}
    monkeypatch.setattr("ocpi.journal.admin._SEARCHED", 2)
    assert found(admin_client, "q=searched") == {new.pk}
    assert found(admin_client, "q=se") == set()


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("direction__exact=IN", {"direction": "IN"}),
        ("module=chargingprofiles", {"module": "chargingprofiles"}),
        ("module=hubclientinfo", {"module": "hubclientinfo"}),
        ("http=5xx", {"http_status": 502}),
        ("http=none", {"http_status": None}),
        ("ocpi=2003 unknown location", {"status_code": 2003}),
        ("ocpi=4xxx hub errors", {"status_code": 4001}),
        ("took=5", {"duration_ms": 5001}),
        ("started_at=1h&took=1", {"duration_ms": 1001}),
    ],
)
def test_a_filter_finds_the_one_and_leaves_out_the_rest(
    query: str, fields: dict[str, Any], admin_client: Client, cpo: Caller
) -> None:
    row = admin_pages.exchange(cpo.partner, **fields)
    admin_pages.exchange(cpo.partner, duration_ms=1000)
    if "started_at" in query:
        admin_pages.exchange(cpo.partner, **fields, started_at=clock.now() - timedelta(hours=2))
    assert found(admin_client, query) == {row.pk}


def test_every_module_can_be_filtered_by() -> None:
    assert set(ModuleID) <= set(MODULES)


def test_an_id_is_looked_for_before_any_text(admin_client: Client, cpo: Caller) -> None:
    row = admin_pages.exchange(cpo.partner, request_id="r-1")
    admin_pages.exchange(cpo.partner, request_body='"r-1"')
    assert found(admin_client, "q=r-1") == {row.pk}


# --- what a push changed ----------------------------------------------------------------------------------------------
URL = "/ocpi/emsp/2.2.1/locations/NL/CPO/L1"


def push(cpo: Caller, method: str, body: str, **fields: Any) -> Exchange:
    return admin_pages.exchange(cpo.partner, direction="IN", method=method, url=URL, request_body=body, **fields)


def changed(row: Exchange) -> list[tuple[str, Any, Any]]:
    return [tuple(change) for change in changes.of(row)]


def test_a_patch_is_compared_with_what_stood_before_it(cpo: Caller) -> None:
    push(cpo, "PUT", '{"name":"A","evses":[{"uid":"E1","status":"AVAILABLE"}]}')
    push(cpo, "PATCH", '{"name":"B"}')
    push(cpo, "PATCH", '{"name":"refused"}', http_status=200, status_code=2001)
    row = push(cpo, "PATCH", '{"name":"C","evses":[{"uid":"E1","status":"CHARGING"}]}')
    push(cpo, "PATCH", '{"name":"later"}')
    assert changed(row) == [("name", "B", "C"), ("evses.0.status", "AVAILABLE", "CHARGING")]


def test_a_put_also_takes_away(cpo: Caller) -> None:
    push(cpo, "PUT", '{"name":"A","city":"Utrecht"}')
    assert changed(push(cpo, "PUT", '{"name":"A"}')) == [("city", "Utrecht", None)]


@pytest.mark.parametrize(
    ("method", "body", "fields"),
    [
        ("PATCH", '{"name":"C"}', {"status_code": 2001}),
        ("PATCH", "(12 bytes that are not JSON)", {}),
        ("PATCH", "[1]", {}),
        ("GET", "", {}),
    ],
)
def test_what_changed_nothing_shows_nothing(method: str, body: str, fields: Any, cpo: Caller) -> None:
    push(cpo, "PUT", '{"name":"A"}')
    assert changed(push(cpo, method, body, **fields)) == []


def test_without_a_whole_object_before_it_nothing_is_claimed(cpo: Caller) -> None:
    push(cpo, "PATCH", '{"name":"B"}')
    assert changed(push(cpo, "PATCH", '{"name":"C"}')) == []


def test_the_page_shows_changes_for_pushes_only(admin_client: Client, cpo: Caller) -> None:
    push(cpo, "PUT", '{"name":"A"}')
    row = push(cpo, "PATCH", '{"name":"B"}')
    assert "What it changed" in admin_pages.page(admin_client, core.page(row))
    assert "What it changed" not in admin_pages.page(admin_client, core.page(admin_pages.exchange(cpo.partner)))


# --- to be tried again ------------------------------------------------------------------------------------------------
def test_a_message_can_be_tried_again_as_a_command_line(cpo: Caller) -> None:
    row = push(
        cpo, "PATCH", '{"name":"L\'Isle"}',
        request_headers={"Authorization": "•••", "OCPI-from-party-id": "CPO", "Host": "x", "X-Request-ID": "r"},
    )  # fmt: skip
    words = shlex.split(curl.as_curl(row).replace("\\\n", " "))
    assert words == [
        "curl", "-i", "-X", "PATCH", f"http://emsp.test{URL}", "-H", "Authorization: Token $TOKEN",
        "-H", "OCPI-from-party-id: CPO", "--data-raw", '{"name":"L\'Isle"}',
    ]  # fmt: skip
    assert not curl.is_masked(row)


def test_a_masked_message_says_that_it_is(admin_client: Client, cpo: Caller) -> None:
    row = push(cpo, "PUT", '{"uid":"•••CCDD"}')
    assert "must be filled in" in admin_pages.page(admin_client, core.page(row))


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
