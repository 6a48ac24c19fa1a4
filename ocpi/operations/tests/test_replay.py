"""A received push is taken in once more: through the real view, as its partner, without harm."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from ocpi.core import admin as core
from ocpi.journal import replay, writer
from ocpi.journal.models import Exchange
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from tests import admin_pages, factories
from tests.callers import Caller


@pytest.fixture(autouse=True)
def _journal(settings: Any) -> None:
    settings.JOURNAL_ENABLED = True


def pushed(cpo: Caller, method: str = "PUT", *path: str, **changes: Any) -> Exchange:
    """What the journal keeps of a real push."""
    body = factories.location(**changes) if method == "PUT" else changes
    answer = cpo.request(method, *(path or ("locations", "NL", "CPO", "L1")), body=body)
    assert answer.status[1] == 1000, answer.body
    writer.flush()
    return Exchange.objects.latest("pk")


def press(client: Client, row: Exchange, **given: str) -> Any:
    return client.post(core.page(row).replace("/change/", "/replay/"), {"_form_submitted": "on", **given})


def test_what_was_lost_on_our_side_comes_back(admin_client: Client, cpo: Caller) -> None:
    row = pushed(cpo)
    Location.objects.all().delete()
    assert press(admin_client, row, why="lost")["HX-Redirect"] == core.page(row)
    assert Location.objects.get().payload["name"] == "Stationsplein"
    assert LogEntry.objects.get().change_message.startswith("replayed, answered 201 / 1000")
    assert LogEntry.objects.get().change_message.endswith(": lost")
    assert "Replayed; our answer: 201 / 1000" in admin_pages.page(admin_client, core.page(row))


def test_a_replay_is_an_exchange_of_the_same_flow_and_no_sign_of_life(admin_client: Client, cpo: Caller) -> None:
    row = pushed(cpo)
    Partner.objects.update(last_seen_at=None)
    press(admin_client, row)
    writer.flush()
    again = Exchange.objects.latest("pk")
    assert again.pk != row.pk
    assert (again.partner, again.correlation_id, again.method) == (row.partner, row.correlation_id, "PUT")
    assert again.request_id != row.request_id
    assert again.request_headers["User-Agent"] == f"replay of message {row.pk}"
    assert Partner.objects.get().last_seen_at is None


def test_what_is_newer_here_stays(admin_client: Client, cpo: Caller) -> None:
    old = pushed(cpo)
    pushed(cpo, name="Renamed", last_updated="2026-03-02T12:00:00Z")
    press(admin_client, old)
    assert Location.objects.get().payload["name"] == "Renamed"


def test_a_replay_twice_is_as_once(admin_client: Client, cpo: Caller) -> None:
    pushed(cpo)
    row = pushed(cpo, "PATCH", name="Patched", last_updated="2026-03-02T12:00:00Z")
    for _ in range(2):
        press(admin_client, row)
    assert Location.objects.get().payload["name"] == "Patched"
    assert LogEntry.objects.filter(change_message="replayed, answered 200 / 1000").count() == 2


def test_an_id_with_a_slash_finds_its_object_again(admin_client: Client, cpo: Caller) -> None:
    row = pushed(cpo, "PUT", "locations", "NL", "CPO", "A/1", id="A/1")
    Location.objects.all().delete()
    press(admin_client, row)
    assert Location.objects.get().location_id == "A/1"


def test_what_we_would_refuse_today_is_told(admin_client: Client, cpo: Caller) -> None:
    row = pushed(cpo)
    Exchange.objects.filter(pk=row.pk).update(request_body='{"id":"L1"}')
    press(admin_client, row)
    assert " / 2001 " in LogEntry.objects.get().change_message


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"request_body": '{"cdr_token":{"uid":"•••CCDD"}}'}, "what identifies a driver was not kept"),
        ({"request_body": "(12 bytes that are not JSON)"}, "not kept whole"),
        ({"request_body": '{"a":"' + "x" * 65536}, "not kept whole"),
        ({"direction": "OUT"}, "only a partner's PUT or PATCH"),
        ({"method": "GET"}, "only a partner's PUT or PATCH"),
        ({"module": "credentials"}, "only a partner's PUT or PATCH"),
        ({"partner": None}, "only a partner's PUT or PATCH"),
    ],
)
def test_what_cannot_be_replayed_says_why_and_offers_no_button(
    fields: dict[str, Any], why: str, admin_client: Client, cpo: Caller
) -> None:
    row = pushed(cpo)
    Location.objects.all().delete()
    Exchange.objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
    assert why in replay.refusal(row)
    assert "/replay/" not in admin_pages.page(admin_client, core.page(row))
    press(admin_client, row)
    assert not Location.objects.exists()
    assert "Not replayed" in admin_pages.page(admin_client, core.page(row))


def test_nothing_comes_in_for_a_suspended_partner(admin_client: Client, cpo: Caller) -> None:
    row = pushed(cpo)
    Location.objects.all().delete()
    Partner.objects.update(status="SUSPENDED")
    press(admin_client, row)
    assert not Location.objects.exists()


def test_who_may_only_look_does_not_replay(client: Client, cpo: Caller) -> None:
    row = pushed(cpo)
    Location.objects.all().delete()
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_exchange"))
    client.force_login(looker)
    assert press(client, row).status_code == 403
    assert not Location.objects.exists()


def test_no_header_of_a_caller_makes_a_replay(cpo: Caller) -> None:
    """Who the replay is for is set in the process alone."""
    stranger = Caller(token="nobody")
    answer = stranger.put("locations", "NL", "CPO", "L1", body=factories.location(), **{"Ocpi-Replayed-For": "1"})
    assert answer.status == (401, 2001)
