"""Everything that is done by hand leaves an entry: forms with values, every button and every act of a list.

Who adds a button: say in PRESSED what is typed into its dialog, or in LOOKS that it changes nothing.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from ocpi.cdrs.models import Review
from ocpi.commands.models import Command
from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.operations import history_desk
from ocpi.partners.models import Outage, Partner
from ocpi.sync.models import Pull
from ocpi.tokens.models import Token
from tests import admin_acts, admin_pages, factories
from tests.admin_acts import Act
from tests.callers import Caller

HISTORY = core.list_page("admin.logentry")


class Press(NamedTuple):
    """What is typed, and what must be so that it can be done."""

    given: dict[str, Any]
    before: Callable[[], Any] = lambda: None


def _csv() -> SimpleUploadedFile:
    return SimpleUploadedFile("june.csv", b"CDR id;kWh;Total excl. VAT\nD1;10;9,50\n", "text/csv")


def _cards() -> SimpleUploadedFile:
    return SimpleUploadedFile("cards.csv", b"uid;contract\n04AA0001;C1\n", "text/csv")


def _held_reservation() -> None:
    Command.objects.update(type="RESERVE_NOW", state="SUCCEEDED", reservation_id="R", request={"reservation_id": "R"})


AT_EVSE = {"connector": "C1", "token_uid": "04AABBCC0001", "token_type": "RFID"}
NAMED = {"typed": "CPO", "why": "because"}
PRESSED: dict[tuple[str, str], Press] = {
    ("Partners", "Test connection"): Press({}),
    ("Partners", "Check conformance"): Press({}),
    ("Partners", "Pull now"): Press({}),
    ("Partners", "Push all tokens"): Press({}),
    ("Partners", "Call again"): Press({}, lambda: Outage.objects.create(
        partner=Partner.objects.get(name="CPO"), failures=9, paused_at=clock.now(), probe_at=clock.now())),
    ("Partners", "Rotate credentials"): Press(NAMED),
    ("Partners", "Suspend"): Press(NAMED),
    ("Partners", "Resume"): Press({}, lambda: Partner.objects.update(status="SUSPENDED")),
    ("Partners", "Unregister"): Press(NAMED),
    ("Partners", "Reset registration"): Press(NAMED),
    ("Locations", "Ask again"): Press({}),
    ("EVSEs", "Start a charge"): Press(AT_EVSE),
    ("EVSEs", "Reserve"): Press(AT_EVSE | {"minutes": "30"}),
    ("EVSEs", "Unlock"): Press({"connector": "C1"}),
    ("Sessions", "Stop the charge"): Press({}),
    ("Tokens", "Start a charge"): Press({"evse": "NL*CPO*E1"}),
    ("Tokens", "Block"): Press({"why": "stolen"}),
    ("Tokens", "Unblock"): Press({}, lambda: Token.objects.update(status="BLOCKED")),
    ("Tokens", "Block the selected tokens"): Press({"why": "stolen"}),
    ("Tokens", "Unblock the selected tokens"): Press({}, lambda: Token.objects.update(status="BLOCKED")),
    ("Commands", "Cancel"): Press({}),
    ("Commands", "Give the reservation back"): Press({}, _held_reservation),
    ("Pulls", "Believe it"): Press(NAMED, lambda: Pull.objects.update(withheld=3)),
    ("Pulls", "Pull everything"): Press({}),
    ("Left out", "Replay"): Press({}),
    ("Left out", "Replay the selected objects"): Press({}),
    ("CDRs", "Put under review"): Press({}, lambda: Review.objects.all().delete()),
    ("Bills to review", "Accept"): Press({"note": "fine"}),
    ("Bills to review", "Dispute"): Press({"reason": "too dear"}),
    ("Bills to review", "Credited"): Press({}),
    ("Bills to review", "Reopen"): Press({}, lambda: Review.objects.update(state="ACCEPTED")),
    ("Bills to review", "Note"): Press({"note": "look again"}),
    ("Bills to review", "Assign"): Press({}),
    ("Invoices", "Import a partner's list"): Press({"file": _csv}),
    ("Bulk changes", "Import tokens"): Press({"file": _cards}),
    ("Bulk changes", "Write them"): Press({}),
    ("Bulk changes", "Discard"): Press({}),
    ("Who is told", "Send a test"): Press({}),
    ("Who is told", "New secret"): Press({}),
    ("Users", "Change the password"): Press({"password1": "x9-other-x9", "password2": "x9-other-x9"}),
}  # fmt: skip
# They show, count or save a file, and change nothing.
LOOKS = {
    ("Authorizations", "Try it"), ("Bills to review", "Letter and evidence, PDF"),
    ("Bills to review", "Evidence, JSON"), ("Bills to review", "Export"), ("CDRs", "Export"),
    ("Invoice lines", "Export"), ("Tokens", "Import"), ("Bulk changes", "Other columns"),
    ("Partners", "Connect"), ("Partners", "Connect a partner"),
}  # fmt: skip
# What has an entry in a test of its own.
ELSEWHERE = {("Messages", "Replay")}


def test_every_button_is_pressed_here_or_changes_nothing() -> None:
    known = {(act.page, act.act) for act in admin_acts.acts() if act.act}
    assert {*PRESSED, *LOOKS, *ELSEWHERE} == known


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker and no network."""
    for task in ("sync.tasks.pull", "credentials.tasks.rotate", "credentials.tasks.leave",
                 "operations.tasks.ask_for_location", "conformance.tasks.carry_out"):  # fmt: skip
        monkeypatch.setattr(f"ocpi.{task}.delay", lambda *args, **kwargs: None)

    def nowhere(*args: Any, **kwargs: Any) -> None:
        raise OSError("no network in tests")

    monkeypatch.setattr("socket.getaddrinfo", nowhere)


def press(client: Client, act: Act, row: Any, given: dict[str, Any]) -> Any:
    data = {"_form_submitted": "on"} | {k: v() if callable(v) else v for k, v in given.items()}
    if act.page == "Invoices":
        data["partner"] = Partner.objects.get(name="CPO").pk
    if act.kind == "bulk":
        data |= {"action": act.name, "_selected_action": row.pk, "confirmed": "1", "typed": "1"}
        state = {"state": row.state} if act.model == "ocpi_cdrs.review" else {}
        return client.post(core.list_page(act.model, **state), data)
    return client.post(admin_acts.address(act, row), data)


def test_every_button_leaves_an_entry(admin_client: Client, cpo: Caller, quiet: None) -> None:
    rows, silent = admin_acts.samples(cpo.partner), []
    for act in admin_acts.acts():
        if (act.page, act.act) not in PRESSED or act.name in admin_acts.PARTS:
            continue
        made, row = PRESSED[act.page, act.act], rows[act.model][0]
        with transaction.atomic():
            made.before()
            row.refresh_from_db()
            known = LogEntry.objects.count()
            answer = press(admin_client, act, row, made.given)
            entry = LogEntry.objects.order_by("-pk").first()
            if LogEntry.objects.count() != known + 1 or not entry.get_change_message():
                silent.append((act.page, act.act, act.kind, answer.status_code))
            transaction.set_rollback(True)
    assert silent == []


# --- forms ------------------------------------------------------------------------------------------------------------
def told() -> str:
    return LogEntry.objects.order_by("-pk").first().get_change_message()


def form(client: Client, url: str) -> dict[str, Any]:
    """What the browser would send back unchanged."""
    context = client.get(url).context
    fields = context["adminform"].form
    inlines = [found.formset for found in context["inline_admin_formsets"]]
    data = {bound.html_name: bound.value() for bound in [*fields, *(b for i in inlines for b in i.management_form)]}
    return {name: value for name, value in data.items() if value is not None and value is not False}


def test_an_edit_tells_each_field_as_it_was_and_as_it_is(admin_client: Client, cpo: Caller) -> None:
    url = core.page(cpo.partner)
    data = form(admin_client, url) | {"name": "CPO Two", "wants_slash": "on", "addressing": "HUB"}
    assert admin_client.post(url, data).status_code == 302
    assert "CPO → CPO Two" in told()
    assert "no → yes" in told()
    hub = dict(Partner.Addressing.choices)["HUB"]
    assert f"→ {hub}" in told()


def test_nothing_edited_tells_nothing_changed(admin_client: Client, cpo: Caller) -> None:
    url = core.page(cpo.partner)
    admin_client.post(url, form(admin_client, url))
    assert told() == "No fields changed."


def test_what_identifies_a_driver_is_told_to_have_changed_and_no_more(admin_client: Client, db: None) -> None:
    row = factories.token()
    url = core.page(row)
    data = form(admin_client, url) | {"contract_id": "NL-EMS-C9999", "language": "de", "allowed_locations": "[]",
                                      "energy_contract": "{}"}  # fmt: skip
    assert admin_client.post(url, data).status_code == 302
    assert "contract" in told().casefold()
    assert "C9999" not in told()
    assert "C0001" not in told()
    assert "– → de" in told()


def test_a_password_is_never_told(admin_client: Client, admin_user: Any) -> None:
    url = core.page(admin_user).replace("/change/", "/password/")
    admin_client.post(url, {"password1": "x9-other-x9", "password2": "x9-other-x9"})
    assert "x9-other-x9" not in LogEntry.objects.get().change_message


def test_related_objects_are_told_by_name(admin_client: Client, cpo: Caller) -> None:
    policy = admin_pages.story(cpo.partner)["policy"]
    url = core.page(policy)
    data = {"name": "Fleet", "active": "on", "contract_id": "NL-EMS-C0001", "partners": [cpo.partner.pk],
            "budget_period": policy.budget_period, "locations": "[]", "max_charges": 3}  # fmt: skip
    assert admin_client.post(url, data).status_code == 302
    assert "– → CPO" in told()
    assert "2 → 3" in told()
    assert "C0001" not in told()


# --- the list of all --------------------------------------------------------------------------------------------------
def entries(client: Client, query: str) -> list[str]:
    found = client.get(f"{HISTORY}?{query}").context["cl"].result_list
    return [entry.get_change_message() for entry in found]


def test_the_list_of_all_entries_is_filtered(admin_client: Client, cpo: Caller, admin_user: Any) -> None:
    press_suspend = core.page(cpo.partner).replace("/change/", "/suspend/")
    admin_client.post(press_suspend, {"_form_submitted": "on", **NAMED})
    token = factories.token()
    admin_client.post(core.page(token).replace("/change/", "/block/"), {"_form_submitted": "on"})
    assert entries(admin_client, "of=ocpi_partners.partner") == ["suspended: because"]
    assert len(entries(admin_client, "")) == 2
    assert len(entries(admin_client, f"user__id__exact={admin_user.pk}&act=changed&action_time=1h")) == 2
    assert entries(admin_client, "act=deleted") == []
    assert entries(admin_client, "q=CPO") == ["suspended: because"]
    html = admin_pages.page(admin_client, HISTORY)
    assert core.page(cpo.partner) in html


def test_an_entry_stays_as_it_is(admin_client: Client, cpo: Caller) -> None:
    entry = admin_acts.samples(cpo.partner)["admin.logentry"][0]
    assert admin_client.post(core.page(entry), {"change_message": "x"}).status_code == 403
    assert admin_client.post(core.page(entry).replace("/change/", "/delete/"), {"post": "yes"}).status_code == 403
    assert isinstance(admin.site._registry[LogEntry], history_desk.HistoryDesk)


def test_the_list_costs_the_same_however_long(admin_client: Client, admin_user: Any, cpo: Caller) -> None:
    def add(n: int) -> None:
        LogEntry.objects.log_actions(admin_user.pk, [cpo.partner], 2, f"act {n}")

    admin_pages.assert_cost_is_constant(admin_client, HISTORY, add, at_most=8)


def test_an_object_shows_its_own_history(admin_client: Client, cpo: Caller) -> None:
    admin_client.post(core.page(cpo.partner).replace("/change/", "/suspend/"), {"_form_submitted": "on", **NAMED})
    html = admin_pages.page(admin_client, core.page(cpo.partner).replace("/change/", "/history/"))
    assert "suspended: because" in html
