"""The wizard's pages: what they ask, show and do. The handshake itself: ocpi/credentials/tests/test_handshakes.py."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.credentials import handshakes
from ocpi.credentials.models import Handshake
from ocpi.journal import writer
from ocpi.operations import connect_page, connect_steps
from ocpi.partners import services as partners
from ocpi.partners.models import Partner
from ocpi.sync.models import Agreement, Pull
from tests import admin_pages, factories
from tests.callers import Caller
from tests.partner_server import PartnerServer

TOKEN_A = "token-a-that-they-gave-us"


@pytest.fixture(autouse=True)
def _journal(settings: Any) -> None:
    settings.JOURNAL_ENABLED = True


@pytest.fixture
def newcomer(db: None) -> Partner:
    return partners.enter(name="Newcomer")


def page_of(client: Client, row: Handshake) -> str:
    writer.flush()
    return admin_pages.page(client, reverse("connect-handshake", args=[row.pk]))


def press(client: Client, row: Handshake, name: str, **fields: Any) -> Any:
    answer = client.post(reverse(f"connect-{name}", args=[row.pk]), fields)
    row.refresh_from_db()
    return answer


def ours(client: Client, server: PartnerServer, **changes: Any) -> Any:
    asked = {"name": "New CPO", "versions_url": server.versions_url, "token_a": TOKEN_A} | changes
    return client.post(reverse("connect-ours"), asked)


def steps_of(row: Handshake) -> dict[str, tuple[str, int]]:
    writer.flush()
    row.refresh_from_db()
    return {step.key: (step.state, len(step.messages)) for step in connect_steps.steps(row)}


# --- we start ---------------------------------------------------------------------------------------------------------
def test_a_new_partner_is_connected_with_what_they_gave_us(admin_client: Client, partner_server: PartnerServer) -> None:
    answer = ours(admin_client, partner_server)
    row = Handshake.objects.get()
    assert answer["Location"] == reverse("connect-handshake", args=[row.pk])
    assert (row.partner.name, row.state, row.created_by.username) == ("New CPO", "QUEUED", "admin")
    assert 'data-live="yes"' in page_of(admin_client, row)
    handshakes.run(row.pk)
    assert steps_of(row) == {
        "versions": ("DONE", 1), "details": ("DONE", 1), "credentials": ("DONE", 1), "callback": ("ABSENT", 0),
        "stored": ("DONE", 0),
    }  # fmt: skip
    html = page_of(admin_client, row)
    assert "CPO NL-CPO" in html
    assert reverse("connect-settings", args=[row.pk]) in html
    assert TOKEN_A not in html


def test_a_wrong_token_is_told_mended_and_tried_again(admin_client: Client, partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "versions", times=1, status=401, status_code=2001)
    ours(admin_client, partner_server, token_a="wrong-token")
    row = Handshake.objects.get()
    handshakes.run(row.pk)
    assert steps_of(row)["versions"] == ("FAILED", 1)
    html = page_of(admin_client, row)
    assert "They do not accept the token A." in html
    assert "letter by letter" in html
    assert "wrong-token" not in html
    press(admin_client, row, "again", versions_url=row.versions_url, token_a=TOKEN_A)
    handshakes.run(row.pk)
    assert steps_of(row)["stored"] == ("DONE", 0)
    assert steps_of(row)["versions"] == ("DONE", 1)  # of this try


def test_a_partner_that_was_entered_before_is_taken(
    admin_client: Client, partner_server: PartnerServer, newcomer: Partner
) -> None:
    html = admin_pages.page(admin_client, f"{reverse('connect-ours')}?partner={newcomer.pk}")
    assert f'value="{newcomer.pk}" selected' in html
    ours(admin_client, partner_server, partner=newcomer.pk, name="", plain_auth="on")
    row = Handshake.objects.get()
    assert row.partner == newcomer
    assert row.partner.sends_plain_auth


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "give the new partner a name"),
        ({"name": "Newcomer"}, "there is a partner of this name"),
        ({"versions_url": "cpo.test/versions"}, "not an absolute http(s) URL"),
        ({"token_a": "two words"}, "no spaces"),
    ],
)
def test_what_cannot_be_tried_is_said_at_once(
    admin_client: Client, partner_server: PartnerServer, newcomer: Partner, wrong: Any, told: str
) -> None:
    answer = ours(admin_client, partner_server, **wrong)
    assert told in answer.content.decode()
    assert TOKEN_A not in answer.content.decode()
    assert not Handshake.objects.exists()


def test_a_second_handshake_with_one_partner_is_refused(
    admin_client: Client, partner_server: PartnerServer, newcomer: Partner
) -> None:
    handshakes.invite(partner=newcomer)
    answer = ours(admin_client, partner_server, partner=newcomer.pk, name="")
    assert "is open already" in answer.content.decode()


# --- they start -------------------------------------------------------------------------------------------------------
def token_on(html: str) -> str:
    return html.split('id="token-a">')[1].split("<")[0] if 'id="token-a">' in html else ""


def invite(client: Client, **fields: Any) -> tuple[Handshake, str]:
    client.post(reverse("connect-theirs"), {"name": "New CPO", **fields})
    row = Handshake.objects.get()
    return row, token_on(page_of(client, row))


def test_the_token_a_is_shown_once_with_our_versions_url(admin_client: Client, settings: Any) -> None:
    row, token_a = invite(admin_client)
    assert len(token_a) >= 32
    html = page_of(admin_client, row)
    assert token_a not in html
    assert settings.OCPI_VERSIONS_URL in html
    assert token_a not in str(list(admin_client.session.items()))


def test_the_page_of_the_token_is_kept_by_no_cache(admin_client: Client) -> None:
    admin_client.post(reverse("connect-theirs"), {"name": "New CPO"})
    answer = admin_client.get(reverse("connect-handshake", args=[Handshake.objects.get().pk]))
    assert "no-store" in answer["Cache-Control"]


def test_each_of_their_requests_is_shown_as_it_comes(admin_client: Client, partner_server: PartnerServer) -> None:
    row, token_a = invite(admin_client)
    them = Caller(token=token_a, partner=row.partner)
    assert steps_of(row)["versions"] == ("AHEAD", 0)
    them.get("/ocpi/versions")
    assert steps_of(row)["versions"] == ("DONE", 1)
    them.get("/ocpi/emsp/2.2.1")
    assert steps_of(row)["details"] == ("DONE", 1)
    them.post("credentials", body=partner_server.credentials)
    assert steps_of(row) == {
        "versions": ("DONE", 1), "details": ("DONE", 1), "credentials": ("DONE", 1), "reading": ("DONE", 2),
        "stored": ("DONE", 0),
    }  # fmt: skip


def test_a_wrong_token_of_theirs_is_shown_and_those_of_others_before_are_not(admin_client: Client, db: None) -> None:
    Caller(token="somebody").get("/ocpi/versions")
    writer.flush()
    row, _ = invite(admin_client)
    assert "data-knocks" not in page_of(admin_client, row)
    Caller(token="a-typing-error").get("/ocpi/versions")
    html = page_of(admin_client, row)
    assert 'data-knocks="1"' in html
    assert "401 / 2001" in html
    assert "a-typing-error" not in html


def test_a_token_without_base64_is_told_and_can_be_allowed(admin_client: Client, partner_server: PartnerServer) -> None:
    row, token_a = invite(admin_client)
    them = Caller(token=token_a, partner=row.partner, plain=True)
    them.get("/ocpi/versions")
    assert "They show the token A without Base64." in page_of(admin_client, row)
    press(admin_client, row, "plain")
    assert them.get("/ocpi/versions").status == (200, 1000)


def test_what_is_wrong_with_their_platform_is_told(admin_client: Client, partner_server: PartnerServer) -> None:
    row, token_a = invite(admin_client)
    partner_server.answer("GET", "versions", times=1, status=401, status_code=2001)
    Caller(token=token_a, partner=row.partner).post("credentials", body=partner_server.credentials)
    assert steps_of(row)["reading"] == ("FAILED", 1)
    html = page_of(admin_client, row)
    assert "does not accept the token that stands in their own Credentials" in html
    assert "may try again" in html


def test_a_lost_token_a_is_replaced_and_shown_once(admin_client: Client) -> None:
    row, first = invite(admin_client)
    press(admin_client, row, "renew")
    second = token_on(page_of(admin_client, row))
    assert second not in {"", first}
    assert Caller(token=first).get("/ocpi/versions").status[0] == 401
    assert Caller(token=second).get("/ocpi/versions").status[0] == 200


def test_cancelling_ends_the_token_a(admin_client: Client) -> None:
    row, token_a = invite(admin_client)
    press(admin_client, row, "cancel")
    assert row.state == "CANCELLED"
    assert Caller(token=token_a).get("/ocpi/versions").status[0] == 401
    assert "The token A is worth nothing any more" in page_of(admin_client, row)
    press(admin_client, row, "cancel")
    assert "is cancelled" in page_of(admin_client, row)


# --- followed live ----------------------------------------------------------------------------------------------------
def test_what_has_not_changed_is_not_sent_again(admin_client: Client) -> None:
    row, token_a = invite(admin_client)
    url = reverse("connect-live", args=[row.pk])
    seen = admin_client.get(url).content.decode().split("?seen=")[1].split('"')[0]
    assert admin_client.get(f"{url}?seen={seen}").status_code == 204
    Caller(token=token_a, partner=row.partner).get("/ocpi/versions")
    writer.flush()
    assert admin_client.get(f"{url}?seen={seen}").status_code == 200


def test_the_page_goes_quiet_when_nothing_can_come(admin_client: Client, partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "versions", status=401)
    ours(admin_client, partner_server)
    row = Handshake.objects.get()
    handshakes.run(row.pk)
    assert 'data-live="yes"' in page_of(admin_client, row)  # the last message may still be on its way to the journal
    Handshake.objects.update(ended_at=clock.now() - connect_page._SETTLES)
    assert 'data-live="no"' in page_of(admin_client, row)


def test_first_pulls_are_followed(admin_client: Client, partner_server: PartnerServer) -> None:
    ours(admin_client, partner_server)
    row = Handshake.objects.get()
    handshakes.run(row.pk)
    row.refresh_from_db()
    began = clock.now()
    Pull.objects.create(partner=row.partner, module="locations", began_at=began, running_since=began, received=50,
                        total=200)  # fmt: skip
    Pull.objects.create(partner=row.partner, module="tariffs", began_at=began, error="HTTP 500", received=0)
    found = {each["module"]: each for each in connect_page.first_pulls(row)}
    assert (found["locations"]["percent"], found["locations"]["text"]) == (25, "50 of 200")
    assert (found["locations"]["done"], found["tariffs"]["done"], found["cdrs"]["done"]) == (False, True, False)
    html = page_of(admin_client, row)
    assert "HTTP 500" in html
    assert 'value="25"' in html


def test_pulls_begin_when_a_followed_handshake_has_ended(
    partner_server: PartnerServer, newcomer: Partner, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    queued: list[bool] = []
    monkeypatch.setattr("ocpi.operations.tasks.pull_due.delay", lambda: queued.append(True))
    row = handshakes.start(partner=newcomer, versions_url=partner_server.versions_url, token_a=TOKEN_A)
    with django_capture_on_commit_callbacks(execute=True):
        handshakes.run(row.pk)
    assert queued == [True]


# --- who else has the party -------------------------------------------------------------------------------------------
def test_a_party_that_another_partner_has_is_a_question(
    admin_client: Client, partner_server: PartnerServer, cpo: Caller
) -> None:
    ours(admin_client, partner_server)
    row = Handshake.objects.get()
    handshakes.run(row.pk)
    html = page_of(admin_client, row)
    assert "Is NL-CPO the same company here and there?" in html
    assert f"commands go to {cpo.partner.name}" in html
    assert core.page(cpo.partner) in html


def test_a_party_behind_a_hub_is_no_question(admin_client: Client, partner_server: PartnerServer, hub: Caller) -> None:
    hub.partner.hub_parties.create(role="CPO", country_code="NL", party_id="CPO", status="CONNECTED")
    ours(admin_client, partner_server)
    row = Handshake.objects.get()
    handshakes.run(row.pk)
    assert "is also behind the hub Hub" in page_of(admin_client, row)


# --- its settings -----------------------------------------------------------------------------------------------------
def test_flags_tolerance_and_intervals_are_set_at_the_end(admin_client: Client, newcomer: Partner) -> None:
    row, _ = handshakes.invite(partner=newcomer)
    url = reverse("connect-settings", args=[row.pk])
    assert "What we overlook in their messages" in admin_pages.page(admin_client, url)
    asked = {"talk-addressing": "PARTY", "talk-lacks": ["RESERVE_NOW"], "overlooked-string_numbers": "on",
             "agreed-bill_hours": "24"}  # fmt: skip
    assert admin_client.post(url, asked)["Location"] == core.page(newcomer)
    newcomer.refresh_from_db()
    assert (newcomer.string_numbers, newcomer.lacks, newcomer.wants_slash) == (True, ["RESERVE_NOW"], False)
    assert Agreement.objects.get().bill_hours == 24
    assert admin_client.post(url, asked | {"agreed-bill_hours": "many"}).status_code == 200


# --- ways in, and who may ---------------------------------------------------------------------------------------------
def test_the_wizard_is_offered_from_the_list_and_from_who_is_not_connected(
    admin_client: Client, newcomer: Partner, cpo: Caller
) -> None:
    assert "Connect a partner" in admin_pages.page(admin_client, core.list_page("ocpi_partners.partner"))
    button = core.page(newcomer).replace("change/", "connect-it/")
    assert button in admin_pages.page(admin_client, core.page(newcomer))
    assert core.page(cpo.partner).replace("change/", "connect-it/") not in admin_pages.page(
        admin_client, core.page(cpo.partner)
    )
    assert admin_client.get(button)["Location"] == f"{reverse('connect')}?partner={newcomer.pk}"
    assert f"?partner={newcomer.pk}" in admin_pages.page(admin_client, f"{reverse('connect')}?partner={newcomer.pk}")


def test_handshakes_are_listed(admin_client: Client) -> None:
    def fill(n: int) -> None:
        row, _ = handshakes.invite(partner=factories.PartnerFactory(name=f"CPO {n}", status="NEW", token_out=""))
        if n % 2:
            handshakes.cancel(row=row)

    admin_pages.assert_cost_is_constant(admin_client, reverse("connect"), fill, at_most=8)


def test_the_page_of_a_handshake_takes_few_queries(admin_client: Client, partner_server: PartnerServer) -> None:
    ours(admin_client, partner_server)
    row = Handshake.objects.get()
    handshakes.run(row.pk)
    page_of(admin_client, row)
    assert admin_pages.queries(admin_client, reverse("connect-live", args=[row.pk])) <= 16


@pytest.mark.parametrize("name", ["connect", "connect-ours", "connect-theirs"])
def test_who_may_not_register_partners_sees_none_of_it(client: Client, db: None, name: str) -> None:
    user = User.objects.create_user("viewer", password="x", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_partner"))
    client.force_login(user)
    assert client.get(reverse(name)).status_code == 403
    assert "Connect a partner" not in admin_pages.page(client, core.list_page("ocpi_partners.partner"))


def test_acts_are_for_those_who_may(client: Client, newcomer: Partner) -> None:
    row, _ = handshakes.invite(partner=newcomer)
    client.force_login(User.objects.create_user("viewer", password="x", is_staff=True))
    for name in ("again", "renew", "plain", "cancel"):
        assert press(client, row, name).status_code == 403
    assert row.state == "WAITING"
    client.force_login(User.objects.create_superuser("root"))
    assert client.get(reverse("connect-cancel", args=[row.pk])).status_code == 405


def test_what_was_done_stands_in_the_partners_history(admin_client: Client) -> None:
    row, token_a = invite(admin_client)
    press(admin_client, row, "renew")
    press(admin_client, row, "plain")
    press(admin_client, row, "cancel")
    told = list(LogEntry.objects.filter(object_id=row.partner_id).values_list("change_message", flat=True))
    assert [text.split(":")[0] for text in reversed(told)] == [
        "began a handshake", "was shown a new token A", "switched to tokens without Base64", "cancelled the handshake",
    ]  # fmt: skip
    assert token_a not in str(told)


def test_a_learners_handshake_is_nobodys_business(admin_client: Client, newcomer: Partner) -> None:
    row, _ = handshakes.invite(partner=newcomer)
    Partner.objects.update(sandbox=True)
    assert admin_client.get(reverse("connect-handshake", args=[row.pk])).status_code == 404
    assert "Newcomer" not in admin_pages.page(admin_client, reverse("connect"))


@pytest.mark.parametrize(
    ("url", "local"),
    [("http://localhost:8000/x", True), ("http://10.0.0.7/x", True), ("http://emsp/x", True),
     ("https://emsp.example.com/x", False), ("https://8.8.8.8/x", False)],
)  # fmt: skip
def test_whether_they_can_reach_us_is_told_beforehand(settings: Any, url: str, local: bool) -> None:
    settings.OCPI_VERSIONS_URL = url
    assert connect_page.ours_is_local() is local
