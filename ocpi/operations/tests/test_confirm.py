"""What is dangerous wants the name of what it is done to; what was done is told with its reason."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client, RequestFactory

from ocpi.core import admin as core
from ocpi.core import confirm
from ocpi.partners.models import Partner, PartnerToken
from tests import admin_pages, factories
from tests.callers import Caller


def press(client: Client, row: Any, button: str, **given: str) -> Any:
    return client.post(core.page(row).replace("change/", f"{button}/"), {"_form_submitted": "on", **given})


@pytest.mark.parametrize("typed", ["", "cpo", "Another", "CPO 12"])
@pytest.mark.parametrize("button", ["suspend", "rotate", "reset"])
def test_without_its_very_name_nothing_happens_to_a_partner(
    button: str, typed: str, admin_client: Client, cpo: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[int] = []
    monkeypatch.setattr("ocpi.credentials.tasks.rotate.delay", queued.append)
    Partner.objects.update(name="CPO 1")
    answer = press(admin_client, cpo.partner, button, typed=typed)
    assert "HX-Redirect" not in answer
    assert "CPO 1" in answer.content.decode()
    cpo.partner.refresh_from_db()
    assert (cpo.partner.status, queued, LogEntry.objects.count()) == ("REGISTERED", [], 0)


def test_what_was_done_is_told_with_its_reason(admin_client: Client, cpo: Caller) -> None:
    Partner.objects.update(name="Fast & Sons")
    answer = press(admin_client, cpo.partner, "suspend", typed=" Fast  & Sons ", why="they bill twice")
    assert answer["HX-Redirect"] == core.page(cpo.partner)
    assert LogEntry.objects.get().change_message == "suspended: they bill twice"


def test_what_did_not_happen_is_not_told(admin_client: Client, cpo: Caller) -> None:
    press(admin_client, cpo.partner, "resume")
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("key", ["0", "x", "9" * 30])
def test_a_button_of_no_row_opens_and_accepts_no_name(key: str, admin_client: Client, cpo: Caller) -> None:
    url = core.page(cpo.partner).replace(f"/{cpo.partner.pk}/change/", f"/{key}/suspend/")
    assert admin_client.get(url).status_code == 200
    assert "HX-Redirect" not in admin_client.post(url, {"_form_submitted": "on", "typed": ""})


def test_a_name_is_typed_before_something_is_deleted(admin_client: Client, db: None) -> None:
    row = factories.api_client(name="Wrong App")
    url = core.page(row).replace("change/", "delete/")
    assert "Type its name: Wrong App" in admin_pages.page(admin_client, url)
    answer = admin_client.post(url, {"post": "yes", "typed": "Other App"}, follow=True)
    assert "Nothing was deleted" in answer.content.decode()
    row.refresh_from_db()
    admin_client.post(url, {"post": "yes", "typed": "Wrong App"})
    assert not type(row).objects.exists()


def test_nothing_is_deleted_by_the_dozen(admin_client: Client, db: None) -> None:
    row = factories.api_client()
    url = core.list_page("ocpi_partners.apiclient")
    assert "delete_selected" not in admin_pages.page(admin_client, url)
    admin_client.post(url, {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"})
    assert type(row).objects.exists()


def test_what_is_done_to_many_is_asked_with_their_number(admin_client: Client, cpo: Caller) -> None:
    review = admin_pages.story(cpo.partner)["review"]
    url = core.list_page("ocpi_cdrs.review")
    html = admin_client.post(url, {"action": "accept_many", "_selected_action": review.pk}).content.decode()
    assert "Accept these bills?" in html
    assert "1 bill under review; those whose state" in html
    assert "Do it" in html
    review.refresh_from_db()
    assert review.state == "OPEN"


def test_how_many_they_are_is_typed(rf: RequestFactory) -> None:
    def form(typed: str) -> confirm.CountForm:
        return confirm.CountForm(rf.post("/"), 250, data={"typed": typed, "_form_submitted": "on"})

    assert form("250").is_valid()
    assert not form("25").is_valid()
    assert "type how many they are: 250" in str(form("").fields["typed"].label)


def test_no_list_counts_each_choice_of_its_filters(admin_client: Client, cpo: Caller) -> None:
    admin_pages.exchange(cpo.partner)
    assert "_facets" not in admin_pages.page(admin_client, core.list_page("ocpi_journal.exchange"))


def test_what_goes_with_a_deletion_is_counted_and_the_object_is_not_among_it(admin_client: Client) -> None:
    row = Partner.objects.create(name="New")
    url = core.page(row).replace("change/", "delete/")
    assert "Nothing else goes with it." in admin_pages.page(admin_client, url)
    PartnerToken.objects.create(partner=row, digest="d")
    html = admin_pages.page(admin_client, url)
    assert "<li>partner tokens: 1</li>" in html
    assert "<li>New</li>" not in html


def test_what_is_refused_says_why_and_whom_to_ask(admin_client: Client, cpo: Caller) -> None:
    answer = admin_client.get(core.page(cpo.partner).replace("change/", "delete/"))
    assert answer.status_code == 403
    assert "ask an administrator" in answer.content.decode()
