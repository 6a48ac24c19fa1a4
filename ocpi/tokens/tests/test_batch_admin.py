"""Bulk changes in the admin: upload, columns, what would become of every line, and lists blocked as a whole."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ocpi.core import admin as core
from ocpi.tokens import batch_admin, batches
from ocpi.tokens.models import Token, TokenBatch
from tests import admin_pages, factories
from tests.callers import Caller

TOKENS = core.list_page("ocpi_tokens.token")
BATCHES = core.list_page("ocpi_tokens.tokenbatch")
IMPORT = f"{BATCHES}import/"
CARDS = "Card UID;Contract ID;Status\n04AA0001;C9;\n04AA0002;C2;blocked\n;C3;\n"


def uploaded(client: Client, text: str = CARDS, name: str = "cards.csv") -> Any:
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, text.encode())})


def work() -> TokenBatch:
    batch = TokenBatch.objects.get()
    while batches.work(batch.pk):
        pass
    return TokenBatch.objects.get()


def button(batch: TokenBatch, name: str) -> str:
    return core.page(batch).replace("change/", f"{name}/")


def test_an_import_from_its_upload_to_its_tokens(admin_client: Client, cpo: Caller) -> None:
    factories.token(uid="04AA0001", contract_id="C1")
    columns = uploaded(admin_client)["Location"]
    html = admin_pages.page(admin_client, columns)
    assert "1: Card UID" in html
    assert "UID: is missing" in html
    chosen = {"encoding": "utf-8-sig", "delimiter": ";", "uid": "0", "contract_id": "1", "status": "2"}
    assert admin_client.post(columns, chosen | {"confirmed": "1"})["Location"] == core.page(TokenBatch.objects.get())
    batch = work()
    html = admin_pages.page(admin_client, core.page(batch))
    assert "nothing is written yet" in html
    assert "UID: is missing" in html
    assert "contract: C1 → C9" in html
    assert Token.objects.count() == 1
    assert admin_client.post(button(batch, "write"), {"_form_submitted": "on"})["HX-Redirect"] == core.page(batch)
    work()
    assert "2 written" in admin_pages.page(admin_client, core.page(batch))
    assert list(Token.objects.order_by("uid").values_list("contract_id", "status")) == [
        ("C9", "ACTIVE"), ("C2", "BLOCKED"),
    ]  # fmt: skip
    assert LogEntry.objects.filter(change_message="confirmed").exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [("\n", "no header"), ("\0", "no text file"), ("PK\x03\x04", "no XLSX file")],
)
def test_what_is_no_list_is_refused_at_once(text: str, why: str, admin_client: Client, db: None) -> None:
    assert why in uploaded(admin_client, text).content.decode()
    assert not TokenBatch.objects.exists()


def test_without_a_uid_column_nothing_is_read(admin_client: Client, db: None) -> None:
    columns = uploaded(admin_client, "foo;bar\n1;2\n")["Location"]
    answer = admin_client.post(columns, {"encoding": "utf-8-sig", "delimiter": ";", "confirmed": "1"})
    assert "a column must be the UID" in answer.content.decode()
    assert TokenBatch.objects.get().state == "DRAFT"


def test_buttons_are_those_that_its_state_allows(admin_client: Client, db: None) -> None:
    uploaded(admin_client)
    batch = TokenBatch.objects.get()
    for state, offered in (("DRAFT", {"discard"}), ("CHECKING", set()), ("CHECKED", {"write", "discard"}),
                           ("RUNNING", set()), ("DONE", set())):  # fmt: skip
        TokenBatch.objects.update(state=state)
        html = admin_pages.page(admin_client, core.page(batch))
        assert {name for name in ("write", "discard") if button(batch, name) in html} == offered, state


def test_a_page_asks_again_until_a_worker_is_done_and_is_then_loaded_anew(admin_client: Client, db: None) -> None:
    uploaded(admin_client)
    batch = TokenBatch.objects.get()
    live = reverse("admin:ocpi_tokens_tokenbatch_live", args=[batch.pk])
    batches.check_later(batch, batches.layout_of(batch))
    assert f'hx-get="{live}"' in admin_pages.page(admin_client, core.page(batch))
    assert "HX-Refresh" not in admin_client.get(live)
    work()
    answer = admin_client.get(live)
    assert answer["HX-Refresh"] == "true"
    assert "hx-get" not in answer.content.decode()


def test_an_import_that_is_not_there_is_not_found(admin_client: Client, db: None) -> None:
    for name in ("columns_of", "live"):
        assert admin_client.get(reverse(f"admin:ocpi_tokens_tokenbatch_{name}", args=[4711])).status_code == 404


def test_columns_that_were_confirmed_are_not_chosen_again(admin_client: Client, db: None) -> None:
    batch = admin_pages.token_batch()
    TokenBatch.objects.update(state="RUNNING")
    columns = reverse("admin:ocpi_tokens_tokenbatch_columns_of", args=[batch.pk])
    assert admin_client.get(columns)["Location"] == core.page(batch)


def test_what_somebody_else_did_first_is_not_done_again(admin_client: Client, db: None) -> None:
    batch = admin_pages.token_batch()
    TokenBatch.objects.update(state="RUNNING")
    for name, leads_to in (("write", core.page(batch)), ("discard", BATCHES)):
        assert admin_client.post(button(batch, name), {"_form_submitted": "on"})["HX-Redirect"] == leads_to
    assert TokenBatch.objects.get().state == "RUNNING"
    assert not LogEntry.objects.exists()


def test_a_file_that_is_too_large_is_refused(admin_client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_admin, "MOST_BYTES", 10)
    assert "the file has more than 0 MB" in uploaded(admin_client).content.decode()
    assert not TokenBatch.objects.exists()


def test_of_several_parties_somebody_says_whose_tokens_these_are(admin_client: Client, db: None, settings: Any) -> None:
    settings.EMSP_PARTIES = ["NL-EMS", "DE-EM2"]
    assert "This field is required" in uploaded(admin_client).content.decode()
    admin_client.post(IMPORT, {"file": SimpleUploadedFile("cards.csv", CARDS.encode()), "party": "DE-EM2"})
    batch = TokenBatch.objects.get()
    assert (batch.country_code, batch.party_id) == ("DE", "EM2")


def test_a_discarded_import_is_gone(admin_client: Client, db: None) -> None:
    uploaded(admin_client)
    batch = TokenBatch.objects.get()
    assert admin_client.post(button(batch, "discard"), {"_form_submitted": "on"})["HX-Redirect"] == BATCHES
    assert not TokenBatch.objects.exists()


def test_who_may_not_change_tokens_may_not_import(client: Client, db: None) -> None:
    user = User.objects.create_user("viewer", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_tokenbatch", "view_token"]))
    client.force_login(user)
    batch = admin_pages.token_batch()
    assert client.get(core.page(batch)).status_code == 200
    for url in (IMPORT, reverse("admin:ocpi_tokens_tokenbatch_columns_of", args=[batch.pk]), button(batch, "discard")):
        assert client.post(url, {"_form_submitted": "on"}).status_code == 403, url
    assert TokenBatch.objects.get().state == "CHECKED"


def test_lines_of_a_bulk_change_are_a_list(admin_client: Client, db: None) -> None:
    batch = admin_pages.token_batch()
    url = core.list_page("ocpi_tokens.tokenbatchrow", batch=batch.pk, result="NEW")
    assert "RFID 04AABB990001" in admin_pages.page(admin_client, url)


@pytest.mark.parametrize(("name", "at_most"), [("tokenbatch", 6), ("tokenbatchrow", 6)])
def test_lists_cost_the_same_however_long(name: str, at_most: int, admin_client: Client, db: None) -> None:
    url = core.list_page(f"ocpi_tokens.{name}")
    admin_pages.assert_cost_is_constant(admin_client, url, lambda n: admin_pages.token_batch(f"AA{n:06d}"), at_most)


# --- lists ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def many(cpo: Caller) -> list[Token]:
    return [factories.token(uid=f"CARD{n:04d}", contract_id=f"C{n % 2}") for n in range(60)]


def test_all_that_a_filter_leaves_is_blocked_after_its_number_was_typed(
    admin_client: Client, many: list[Token]
) -> None:
    factories.token(uid="OTHER", status="EXPIRED")
    url = f"{TOKENS}?status=ACTIVE"
    data = {"action": "block", "_selected_action": [many[0].pk], "select_across": "1"}
    asked = admin_client.post(url, data).content.decode()
    assert "60 tokens; they may not charge any more" in asked
    assert "type how many they are: 60" in asked
    assert not Token.objects.filter(status="BLOCKED").exists()
    assert (
        "this is not"
        in admin_client.post(url, data | {"confirmed": "1", "_form_submitted": "on", "typed": "6"}).content.decode()
    )
    answer = admin_client.post(
        url, data | {"confirmed": "1", "_form_submitted": "on", "typed": "60", "why": "stolen"}, follow=True
    )
    assert "60 written" in answer.content.decode()
    assert Token.objects.filter(status="BLOCKED").count() == 60
    assert LogEntry.objects.get().change_message == "block 60 tokens: stolen"


def test_what_would_change_nothing_is_not_asked(admin_client: Client, many: list[Token]) -> None:
    data = {"action": "unblock", "_selected_action": [many[0].pk]}
    assert "Nothing would change" in admin_client.post(TOKENS, data, follow=True).content.decode()
    assert not TokenBatch.objects.exists()


def test_more_than_can_be_counted_is_refused(
    admin_client: Client, many: list[Token], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST", 59)
    data = {"action": "block", "_selected_action": [many[0].pk], "select_across": "1"}
    assert "more than 59 tokens" in admin_client.post(TOKENS, data, follow=True).content.decode()
