"""The bench itself: that every model has rows in it, that it opens every kind of page, and that it tells slow ones."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from ocpi.operations import roles
from ocpi.partners.models import Partner
from ocpi.sessions.models import Session
from tests import admin_pages, factories
from tests.performance.admin import measure, pages, report, statements
from tests.performance.admin.fill import FILLINGS, LEFT_OUT, every_model, fill
from tests.performance.admin.sizes import FULL, counts


# --- filling ----------------------------------------------------------------------------------------------------------
def test_every_model_is_filled_or_left_out_for_a_reason() -> None:
    assert {model._meta.label for model in every_model()} == {*FILLINGS, *LEFT_OUT}
    assert not set(FILLINGS) & set(LEFT_OUT)


@pytest.mark.parametrize("name", FILLINGS)
def test_a_filling_says_what_every_column_holds(name: str) -> None:
    assert FILLINGS[name].statement(apps.get_model(name), counts()).startswith("INSERT INTO")


def test_a_column_that_nobody_fills_is_named() -> None:
    filling = statements.Filling("somewhere", {"session_id": "'S' || i"})
    with pytest.raises(LookupError, match="says nothing of it"):
        filling.statement(Session, counts())


def test_a_filling_for_a_column_that_is_gone_is_told() -> None:
    with pytest.raises(LookupError, match="no columns"):
        statements.Filling("somewhere", {"colour": "'red'"}).statement(Session, counts())


def test_json_holds_sql_where_it_is_wanted() -> None:
    wire = {"id": statements.Text("'S' || i"), "kwh": statements.Number("kwh"), "names": ["O'Neil", None]}
    expected = """('{"id": "' || ('S' || i) || '", "kwh": ' || (kwh) || ', "names": ["O''Neil", null]}')"""
    assert statements.as_text(wire) == expected


def test_the_sizes_are_those_that_the_desk_must_hold() -> None:
    held = {"locations": 20_000, "evses": 60_000, "connectors": 120_000, "tokens": 1_000_000, "sessions": 2_000_000,
            "cdrs": 2_000_000, "exchanges": 2_000_000}  # fmt: skip
    assert held.items() <= FULL.items()
    assert FULL["partners"] >= 20
    assert counts(0.001)["sessions"] == 2_000
    assert counts(0.001)["partners"] == FULL["partners"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="it is filled by PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_a_filled_database_is_kept_until_something_changes() -> None:
    roles.grant(apps, roles.GRANTS)  # another test may have emptied what migrations made
    try:
        made = {name: rows for name, rows, _ in fill(0.001)}
        assert made["ocpi_sessions.Session"] == 2_000
        assert made["ocpi_cdrs.CDR"] == 2_000
        assert all(made.values()), made
        assert list(fill(0.001)) == []
        assert [name for name, _, _ in fill(0.001, frozenset({"ocpi_cdrs.Finding"}))] == ["ocpi_cdrs.Finding"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_filled")


# --- pages ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def story(db: None) -> dict[str, Any]:
    return admin_pages.story(factories.partner(name="CPO"))


def test_each_registered_list_is_opened(story: dict[str, Any]) -> None:
    plain = {page.group for page in pages.first() if page.what == "plain"}
    assert plain == {pages.name_of(model_admin) for model_admin in site._registry.values()}


def test_a_list_is_filtered_sorted_and_searched_in_every_way(story: dict[str, Any], admin_client: Client) -> None:
    timed = list(measure.every(admin_client, limit=60, rounds=1, only="hub parties"))
    asked = {each.page.what for each in timed}
    assert {"plain", "status: connected", "by state", "by state, descending", "search CPO", "change first"} <= asked
    assert {each.status for each in timed} == {200}
    assert all(each.queries and each.seconds for each in timed)


def test_pages_of_their_own_are_opened_too(story: dict[str, Any]) -> None:
    own = {page.what for page in pages.own_pages()}
    assert {"page map", "page bills-month", "page ocpi_cdrs_review_dispute", "page ocpi_cdrs_cdr_export"} <= own


def test_links_are_followed_once_for_each_kind() -> None:
    html = '<a href="/admin/ocpi_cdrs/cdr/?partner=7&amp;verdict=x">bills</a> <a href="https://elsewhere.test/">x</a>'
    (url,) = pages.links(html)
    assert url == "/admin/ocpi_cdrs/cdr/?partner=7&verdict=x"
    assert pages.Page("", "", url).shape == pages.Page("", "", "/admin/ocpi_cdrs/cdr/?verdict=y&partner=9").shape
    one, other = (pages.Page("", "", f"/admin/ocpi_cdrs/cdr/{pk}/change/").shape for pk in (7, 8))
    assert one == other


def test_nothing_is_kept_of_what_a_page_does(db: None, admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page = pages.Page("home", "", "/admin/")
    monkeypatch.setattr(admin_client, "get", lambda url: factories.partner(name="of a page") and HttpResponse())
    measure.ask(admin_client, page)
    assert not Partner.objects.exists()


def test_slow_and_broken_pages_are_named() -> None:
    fast, slow, broken = (
        measure.Timed(pages.Page("sessions", what, f"/{what}/"), 5, status, 0.1, (0.1, f"SELECT {what}"), [seconds])
        for what, status, seconds in (("fast", 200, 0.2), ("slow", 200, 1.5), ("broken", 500, 0.1))
    )
    told = "\n".join(report.slow([fast, slow, broken], limit=1))
    assert "SELECT slow" in told
    assert "SELECT broken" in told
    assert "SELECT fast" not in told
    assert list(report.table([fast, slow]))[2] == "| sessions | 2 | 5 | 1,500 | 1,500 | slow |"
