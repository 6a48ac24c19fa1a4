"""Recipients are entered, checked, tried out, and their secret is shown once."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from ocpi.alerts.models import Alert, Delivery, Recipient
from ocpi.core import admin as core
from ocpi.core import secrets
from tests import admin_pages
from tests.callers import Caller

LIST = core.list_page("ocpi_alerts.recipient")


def add(client: Client, **fields: Any) -> Any:
    given = {"name": "Desk", "active": "on", "kind": "EMAIL", "address": "desk@emsp.test", "events": ["light"],
             "bill_over": "", "bill_currency": "", **fields}  # fmt: skip
    return client.post(f"{LIST}add/", given, follow=True)


def test_a_mailbox_is_entered(admin_client: Client, cpo: Caller) -> None:
    add(admin_client, events=["light", "bill"], partners=[cpo.partner.pk], bill_over="250", bill_currency="eur")
    row = Recipient.objects.get()
    assert (row.events, row.bill_over, row.bill_currency) == (["light", "bill"], Decimal(250), "EUR")
    assert list(row.partners.all()) == [cpo.partner]
    html = admin_pages.page(admin_client, LIST)
    assert "the light of a partner changes, a bill is over an amount (250.00 EUR)" in html
    assert "desk@emsp.test" in html


def test_a_secret_of_a_url_is_shown_once(admin_client: Client) -> None:
    html = add(admin_client, kind="WEBHOOK", address="https://hooks.example.com/emsp").content.decode()
    row = Recipient.objects.get()
    found = re.search(r"([A-Za-z0-9]{48})</strong>", html)
    assert found is not None
    assert secrets.decrypt(row.secret) == found[1]
    again = admin_pages.page(admin_client, core.page(row))
    assert found[1] not in again
    assert row.secret not in again


def test_a_new_secret_replaces_the_old_one(admin_client: Client) -> None:
    add(admin_client, kind="WEBHOOK", address="https://hooks.example.com/emsp")
    before = Recipient.objects.get()
    admin_client.post(core.page(before).replace("change/", "new-secret/"), {"_form_submitted": "on"})
    assert secrets.decrypt(Recipient.objects.get().secret) not in {"", secrets.decrypt(before.secret)}


@pytest.mark.parametrize(("fields", "told"), [
    ({"address": "nobody"}, "this is no e-mail address"),
    ({"kind": "WEBHOOK", "address": "ftp://example.com"}, "not an absolute http(s) URL"),
    ({"kind": "WEBHOOK", "address": "https://user:pw@example.com"}, "user name or password"),
    ({"events": []}, "This field is required"),
    ({"events": ["bill"]}, "amounts of different currencies do not compare"),
    ({"events": ["bill"], "bill_over": "5"}, "amounts of different currencies do not compare"),
    ({"events": ["test"]}, "is not one of the available choices"),
])  # fmt: skip
def test_what_cannot_work_is_refused(admin_client: Client, fields: dict[str, Any], told: str) -> None:
    assert told in add(admin_client, **fields).content.decode()
    assert not Recipient.objects.exists()


@pytest.mark.parametrize(
    "url", ["http://hooks.example.com/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.8/"]
)
def test_in_production_no_url_leads_into_our_own_network(admin_client: Client, url: str, settings: Any) -> None:
    settings.OCPI_ALLOW_PRIVATE_URLS = False
    assert "this URL is not called" in add(admin_client, kind="WEBHOOK", address=url).content.decode()
    assert not Recipient.objects.exists()


def test_a_learner_s_sandbox_is_none_to_choose(admin_client: Client, cpo: Caller) -> None:
    cpo.partner.sandbox = True
    cpo.partner.save()
    assert "Select a valid choice" in add(admin_client, partners=[cpo.partner.pk]).content.decode()


def test_a_test_is_put_into_the_outbox(admin_client: Client) -> None:
    add(admin_client)
    row = Recipient.objects.get()
    admin_client.post(core.page(row).replace("change/", "send-test/"), {"_form_submitted": "on"})
    delivery = Delivery.objects.get()
    assert (delivery.recipient, delivery.state, delivery.alert.event) == (row, "WAITING", "test")
    html = admin_pages.page(admin_client, core.page(row))
    assert "A test is on its way to desk@emsp.test." in html
    assert "Test: alerts reach this address" in html
    assert core.page(row) == delivery.alert.path


def test_buttons_are_there_where_they_make_sense(admin_client: Client) -> None:
    add(admin_client)
    row = Recipient.objects.get()
    html = admin_pages.page(admin_client, core.page(row))
    assert "Send a test" in html
    assert "New secret" not in html
    Recipient.objects.update(active=False)
    assert "Send a test" not in admin_pages.page(admin_client, core.page(row))


def test_who_may_only_look_sends_nothing(client: Client, admin_client: Client) -> None:
    add(admin_client)
    row = Recipient.objects.get()
    helper = User.objects.create_user("helper", is_staff=True)
    helper.user_permissions.add(
        Permission.objects.get(content_type__app_label="ocpi_alerts", codename="view_recipient")
    )
    client.force_login(helper)
    assert "Send a test" not in admin_pages.page(client, core.page(row))
    for name in ("send-test", "new-secret"):
        url = core.page(row).replace("change/", f"{name}/")
        assert client.post(url, {"_form_submitted": "on"}).status_code == 403
    assert not Alert.objects.exists()


def test_an_alert_tells_what_became_of_it(admin_client: Client, cpo: Caller) -> None:
    alert = admin_pages.story(cpo.partner)["alert"]
    Delivery.objects.update(state="FAILED", attempts=8, error="the receiver did not answer with 2xx")
    html = admin_pages.page(admin_client, core.page(alert))
    assert alert.deliveries.get().recipient.name in html
    assert "the receiver did not answer with 2xx" in html
    assert 'href="/admin/"' in html


@pytest.mark.parametrize("name", ["ocpi_alerts.recipient", "ocpi_alerts.alert"])
def test_lists_cost_the_same_however_long(name: str, admin_client: Client, cpo: Caller) -> None:
    def fill(n: int) -> None:
        row = Recipient.objects.create(name=f"R{n}", address="desk@emsp.test")
        row.partners.add(cpo.partner)
        alert = Alert.objects.create(key=f"k{n}", event="light", title="red", path="/", partner=cpo.partner)
        Delivery.objects.create(alert=alert, recipient=row)

    admin_pages.assert_cost_is_constant(admin_client, core.list_page(name), fill, 9)


def test_what_goes_with_a_recipient_is_counted(admin_client: Client, django_assert_max_num_queries: Any) -> None:
    recipient = Recipient.objects.create(name="Desk", address="desk@emsp.test", events=["light"])
    alerts = Alert.objects.bulk_create(Alert(key=f"{n}", event="light", title="light", path="/") for n in range(30))
    Delivery.objects.bulk_create(Delivery(alert=alert, recipient=recipient) for alert in alerts)
    url = core.page(recipient).replace("change/", "delete/")
    admin_client.get(url)
    with django_assert_max_num_queries(8):
        html = admin_pages.page(admin_client, url)
    assert "deliveries: 30" in html
    admin_client.post(url, {"post": "yes", "typed": "Desk"})
    assert not Recipient.objects.exists()
    assert not Delivery.objects.exists()
