"""Lists are searched by whole values, each in its index; what stands behind a key is looked up before."""

from typing import Any

import pytest
from django.contrib.admin import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ocpi.commands.models import Command
from ocpi.tokens.models import Authorization
from tests import admin_pages, factories


@pytest.fixture
def story(db: None) -> dict[str, Any]:
    return admin_pages.story(factories.partner(name="CPO"))


def found(client: Client, url: str, text: str) -> tuple[int, str]:
    """How many rows the list finds, and the SQL of its last query."""
    with CaptureQueriesContext(connection) as seen:
        rows = client.get(url, {"q": text}).context_data["cl"].result_count
    return rows, " ".join(query["sql"] for query in seen.captured_queries if " LIKE " in query["sql"])


@pytest.mark.parametrize("text", ["04AABBCC0001", " 04aabbcc0001 "])
def test_a_command_is_found_by_its_token_in_any_spelling(story: Any, admin_client: Client, text: str) -> None:
    assert found(admin_client, "/admin/ocpi_commands/command/", text) == (1, "")


def test_what_is_asked_of_the_large_table_joins_no_other(story: Any, rf: Any, admin_user: Any) -> None:
    for model in (Command, Authorization):
        request = rf.get("/", {"q": "x"})
        request.user = admin_user
        rows, more = site._registry[model].get_search_results(request, model.objects.all(), "04AABBCC0001")
        assert " JOIN " not in str(rows.query)
        assert {row.token for row in rows} == {story["token"]}
        assert not more


def test_a_part_of_a_value_finds_nothing_there(story: Any, admin_client: Client) -> None:
    assert found(admin_client, "/admin/ocpi_sessions/session/", "S")[0] == 0
    assert found(admin_client, "/admin/ocpi_sessions/session/", "S1")[0] == 1


def test_lists_that_are_searched_by_parts_still_are(story: Any, admin_client: Client) -> None:
    assert found(admin_client, "/admin/ocpi_partners/partner/", "CP")[0] == 1
