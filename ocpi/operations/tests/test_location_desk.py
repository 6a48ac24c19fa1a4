"""The button on a location's page that asks its CPO for it."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from kombu.exceptions import OperationalError

from ocpi.core import admin as core
from ocpi.locations.models import Location
from ocpi.operations import tasks
from tests import admin_pages, factories
from tests.callers import Caller
from tests.partner_server import PartnerServer


def press(client: Client, row: Location) -> Any:
    url = f"{core.list_page('ocpi_locations.location')}{row.pk}/ask-again/"
    return client.post(url, {"_form_submitted": "on"})


@pytest.mark.requirement("LOC-49")
def test_an_operator_has_a_location_fetched_by_a_worker(
    admin_client: Client, partner_server: PartnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = admin_pages.location(partner_server.registered(name="CPO"))
    assert "Ask again" in admin_pages.page(admin_client, core.page(row))
    queued: list[int] = []
    monkeypatch.setattr(tasks.ask_for_location, "delay", queued.append)
    answer = press(admin_client, row)
    assert answer["HX-Redirect"] == core.page(row)
    assert (queued, partner_server.calls()) == ([row.pk], [])
    partner_server.answer("GET", "locations", data=factories.location(name="Neu", last_updated="2026-03-02T12:00:00Z"))
    tasks.ask_for_location(row.pk)
    row.refresh_from_db()
    assert row.name == "Neu"
    partner_server.answer("GET", "locations", status=500)
    tasks.ask_for_location(row.pk)  # a partner that fails is no failure of the task


def test_a_broker_that_does_not_answer_is_told(
    admin_client: Client, cpo: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(pk: int) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.ask_for_location, "delay", fail)
    row = admin_pages.location(cpo.partner)
    press(admin_client, row)
    assert "nothing was asked" in admin_pages.page(admin_client, core.page(row))


def test_who_may_only_look_has_no_button(client: Client, cpo: Caller, django_user_model: Any) -> None:
    viewer = django_user_model.objects.create_user("viewer", password="viewer-password", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_location"))
    client.force_login(viewer)
    row = admin_pages.location(cpo.partner)
    assert "Ask again" not in admin_pages.page(client, core.page(row))
    assert press(client, row).status_code == 403
