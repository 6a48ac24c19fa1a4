"""Pulls in the admin."""

from typing import Any

import pytest
from django.test import Client

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.sync.admin import progress
from ocpi.sync.models import Pull
from tests import admin_pages
from tests.callers import Caller

PULLS = core.list_page("ocpi_sync.pull")


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "WAITING"),
        ({"finished_at": clock.now()}, "DONE"),
        ({"finished_at": clock.now(), "error": "timeout"}, "FAILED"),
        ({"error": "timeout", "running_since": clock.now()}, "RUNNING"),
    ],
)
def test_a_pull_says_where_it_stands(fields: dict[str, Any], state: str) -> None:
    assert progress(Pull(**fields))[0] == state


def test_what_was_left_out_is_named(admin_client: Client, cpo: Caller) -> None:
    row = Pull.objects.create(partner=cpo.partner, module="cdrs", skipped=1, problems=["D7: total_cost: required"])
    assert "D7: total_cost: required" in admin_pages.page(admin_client, core.page(row))
    assert admin_client.get(f"{PULLS}?outcome=skipped").context["cl"].result_count == 1


def test_the_list_costs_the_same_however_long(admin_client: Client, cpo: Caller) -> None:
    admin_pages.assert_cost_is_constant(
        admin_client, PULLS, lambda n: Pull.objects.create(partner=cpo.partner, module=f"m{n}"), at_most=6
    )
