"""The bills desk: the queue, a bill's page and acts, files, months, exports and invoices."""

import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from ocpi.cdrs import checks, comparison, reviews
from ocpi.cdrs.models import Invoice, Review
from ocpi.core import admin as core
from ocpi.operations import evidence, exports, letter
from tests import admin_pages, factories
from tests.callers import Caller

QUEUE, CDRS, MONTH = core.list_page("ocpi_cdrs.review"), core.list_page("ocpi_cdrs.cdr"), "/admin/bills/month/"
UPLOAD = core.list_page("ocpi_cdrs.invoice") + "import/"


def wrong(cpo: Caller, n: int = 1, **changes: Any) -> Review:
    """A bill over 9 EUR where our price is 3.50 EUR; of each 1 EUR more."""
    cost = {"excl_vat": 8 + n, "incl_vat": 10}
    row = admin_pages.cdr(cpo.partner, **{"id": f"D{n}", "session_id": f"S{n}", "total_cost": cost, **changes})
    checks.recheck(row.pk)
    return Review.objects.get(cdr=row)


@pytest.fixture
def review(cpo: Caller) -> Review:
    factories.token()
    admin_pages.location(cpo.partner)
    admin_pages.session(cpo.partner, kwh=10, status="COMPLETED", end_date_time="2026-03-01T11:00:00Z")
    admin_pages.exchange(cpo.partner, module="cdrs", direction="IN", url="http://us.test/ocpi/emsp/2.2.1/cdrs",
                         request_body='{"id":"D1","session_id":"S1"}', started_at="2026-03-01T11:05:00Z")  # fmt: skip
    return wrong(cpo)


def press(client: Client, row: Review, act: str, **fields: Any) -> Any:
    url = core.page(row).replace("change/", f"{act}/")
    return client.post(url, {"_form_submitted": "on", **fields})


def rows(client: Client, url: str) -> list[str]:
    return [row.cdr.cdr_id for row in client.get(url).context["cl"].result_list]


def state(row: Review) -> str:
    row.refresh_from_db()
    return row.state


def allowed(client: Client, *names: str) -> User:
    user = User.objects.create_user("helper", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    return user


# --- the queue --------------------------------------------------------------------------------------------------------
def test_the_queue_shows_what_is_open_by_money(admin_client: Client, cpo: Caller) -> None:
    found = [wrong(cpo, n) for n in range(1, 4)]
    reviews.accept([found[1].pk], by=None)
    assert rows(admin_client, QUEUE) == ["D3", "D1"]
    assert rows(admin_client, f"{QUEUE}?state=all") == ["D3", "D2", "D1"]
    assert rows(admin_client, f"{QUEUE}?state=ACCEPTED") == ["D2"]


def test_the_queue_is_filtered(admin_client: Client, cpo: Caller, admin_user: User) -> None:
    first, _ = wrong(cpo), wrong(cpo, 2, currency="CHF", tariffs=[factories.tariff(currency="CHF")])
    reviews.assign([first.pk], by=None, assignee=admin_user)
    for query, found in {
        "currency=EUR": ["D1"], "assigned=me": ["D1"], "assigned=nobody": ["D2"],
        f"assigned={admin_user.pk}": ["D1"],
        "month=2026-03": ["D2", "D1"], "month=2026-02": [], "month=nonsense": ["D2", "D1"],
        "month=2026-99": ["D2", "D1"],
        "finding=total_cost_differs": ["D2", "D1"], "finding=credited_twice": [], "assigned=x": [], "q=D1": ["D1"],
        "q=S2": ["D2"],
        f"partner__id__exact={cpo.partner.pk}": ["D2", "D1"],
    }.items():  # fmt: skip
        got = rows(admin_client, f"{QUEUE}?{query}")
        assert sorted(got) == sorted(found), query


def test_the_queue_costs_the_same_however_long(admin_client: Client, cpo: Caller) -> None:
    admin_pages.session(cpo.partner)
    admin_pages.assert_cost_is_constant(admin_client, QUEUE, lambda n: wrong(cpo, n), at_most=9)


def test_cdrs_are_listed_by_whether_they_are_under_review(admin_client: Client, cpo: Caller) -> None:
    wrong(cpo)
    passed = admin_pages.cdr(cpo.partner, id="D9", session_id="")
    type(passed).objects.filter(pk=passed.pk).update(verdict="match")
    admin_pages.cdr(cpo.partner, id="WAITING", session_id="")
    for choice, ids in {"any": ["D1"], "none": ["D9"]}.items():
        found = admin_client.get(f"{CDRS}?review={choice}").context["cl"].result_list
        assert [row.cdr_id for row in found] == ids


# --- one bill ---------------------------------------------------------------------------------------------------------
def test_a_bill_stands_beside_our_price_of_it(admin_client: Client, review: Review) -> None:
    html = admin_pages.page(admin_client, core.page(review))
    for text in ("9.00 EUR", "3.50 EUR", "5.50 EUR", "the CPO bills", "Element 1 of tariff T1", "put under review"):
        assert text in html, text
    for link in (review.cdr, review.cdr.session_row, review.cdr.partner, review.cdr.token_row):
        assert core.page(link) in html


def test_each_act_does_what_it_says(admin_client: Client, review: Review, admin_user: User) -> None:
    press(admin_client, review, "dispute", reason="wrong price", amount="2.50")
    assert (state(review), review.claimed, review.decided_by) == ("DISPUTED", Decimal("2.5"), admin_user)
    press(admin_client, review, "credit", note="by mail")
    assert state(review) == "CREDITED"
    press(admin_client, review, "reopen")
    assert state(review) == "OPEN"
    press(admin_client, review, "note", note="call them")
    press(admin_client, review, "assign", assignee=admin_user.pk)
    press(admin_client, review, "accept")
    assert (state(review), review.assignee) == ("ACCEPTED", admin_user)
    assert list(review.events.values_list("act", flat=True)) == [
        "open", "dispute", "credit", "reopen", "note", "assign", "accept",
    ]  # fmt: skip


@pytest.mark.parametrize(("act", "fields"), [
    ("dispute", {}), ("dispute", {"reason": "x", "amount": "-1"}), ("dispute", {"reason": "x", "amount": "1e30"}),
    ("dispute", {"reason": "x", "amount": "500"}), ("note", {}), ("credit", {"cdr_id": "NONE"}),
    ("assign", {"assignee": "999"}), ("assign", {"assignee": "x"}),
])  # fmt: skip
def test_what_makes_no_sense_changes_nothing(
    act: str, fields: dict[str, str], admin_client: Client, review: Review
) -> None:
    assert press(admin_client, review, act, **fields).status_code == 200
    assert (state(review), review.events.count()) == ("OPEN", 1)


def test_who_comes_second_is_told(admin_client: Client, review: Review) -> None:
    press(admin_client, review, "accept")
    press(admin_client, review, "dispute", reason="late")
    assert state(review) == "ACCEPTED"
    assert "Somebody else was quicker" in admin_pages.page(admin_client, core.page(review))


def test_acts_need_their_permission_and_files_theirs(client: Client, review: Review) -> None:
    allowed(client, "view_review", "view_cdr")
    html = admin_pages.page(client, core.page(review))
    assert "/dispute/" not in html
    assert "/pdf/" not in html
    assert press(client, review, "accept").status_code == 403
    base = core.page(review).replace("change/", "")
    for path in (f"{base}pdf/", f"{base}json/", f"{QUEUE}export/csv/", f"{CDRS}export/xlsx/", UPLOAD):
        assert client.get(path).status_code == 403, path
    assert (
        client.post(QUEUE, {"action": "accept_many", "_selected_action": [review.pk], "confirmed": 1}).status_code < 400
    )
    assert state(review) == "OPEN"


def test_a_get_does_nothing(admin_client: Client, review: Review) -> None:
    admin_client.get(core.page(review).replace("change/", "accept/"))
    assert state(review) == "OPEN"


def test_a_passing_bill_is_put_under_review_from_its_page(admin_client: Client, cpo: Caller) -> None:
    row = admin_pages.cdr(cpo.partner)
    answer = admin_client.post(core.page(row).replace("change/", "review/"), {"_form_submitted": "on"})
    assert answer["HX-Redirect"] == core.page(row.review)
    assert core.page(row.review) in admin_pages.page(admin_client, core.page(row))


@pytest.mark.parametrize("key", ["0", "999999", "x", "9" * 30])
def test_a_bill_that_is_not_there_leads_back_to_the_list(key: str, admin_client: Client, review: Review) -> None:
    for page, paths in ((core.page(review), ("pdf", "json")), (core.page(review.cdr), ())):
        base = page.replace(f"/{review.pk if paths else review.cdr.pk}/change/", f"/{key}/")
        assert all(admin_client.get(f"{base}{path}/").status_code == 302 for path in paths)
        act = "accept" if paths else "review"
        assert admin_client.post(f"{base}{act}/", {"_form_submitted": "on"}).status_code < 400


def test_a_part_that_the_check_lets_pass_is_not_marked(review: Review) -> None:
    """The check has the last word: a flat fee may stand in parking, where nothing is wrong with either (R23)."""
    lines = {line.name: line.differs for line in comparison.amounts(review.cdr)}
    assert lines == {"energy": False, "total": True}
    review.cdr.report["findings"] = []
    assert not any(line.differs for line in comparison.amounts(review.cdr))


# --- many bills -------------------------------------------------------------------------------------------------------
def bulk(client: Client, action: str, found: list[Review], **fields: Any) -> Any:
    return client.post(QUEUE, {"action": action, "_selected_action": [row.pk for row in found], **fields})


def test_many_are_disputed_after_they_were_asked_about(admin_client: Client, cpo: Caller) -> None:
    found = [wrong(cpo, n) for n in range(1, 4)]
    asked = bulk(admin_client, "dispute_many", found)
    assert "Dispute these bills?" in asked.content.decode()
    assert bulk(admin_client, "dispute_many", found, confirmed=1).status_code == 200  # the reason is missing
    assert {state(row) for row in found} == {"OPEN"}
    reviews.accept([found[0].pk], by=None)
    done = bulk(admin_client, "dispute_many", found, confirmed=1, _form_submitted="on", reason="wrong price")
    assert done.status_code == 302
    assert [state(row) for row in found] == ["ACCEPTED", "DISPUTED", "DISPUTED"]


# --- letter and evidence ----------------------------------------------------------------------------------------------
def download(client: Client, row: Review, kind: str) -> bytes:
    answer = client.get(core.page(row).replace("change/", f"{kind}/"))
    assert "attachment" in answer["Content-Disposition"]
    return bytes(answer.content)


def text_of(pdf: bytes) -> str:
    assert pdf.startswith(b"%PDF")
    return " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_letter_names_the_bill_the_figures_and_the_tariff(admin_client: Client, review: Review) -> None:
    reviews.dispute([review.pk], by=None, reason="Zu teuer – Łódź, Ελλάδα, <b>")
    text = text_of(download(admin_client, review, "pdf"))
    for part in (
        "NL-CPO D1",
        "5.50 EUR",
        "Łódź, Ελλάδα, <b>",
        "Tariff T1, element 1: ENERGY 0.35 EUR per kWh",
        "page 1 of",
    ):
        assert part in text, part


def test_the_evidence_holds_all_parts_and_their_hashes(admin_client: Client, review: Review) -> None:
    pack = json.loads(download(admin_client, review, "json"))
    (bill,) = pack["bills"]
    assert (bill["cdr"], bill["state"], bill["signed_data"]["present"]) == ("NL-CPO D1", "OPEN", False)
    assert (bill["amounts"][-1]["theirs"], bill["amounts"][-1]["ours"]) == ("9", "3.5")
    assert [message["direction"] for message in bill["parts"]["messages"]] == ["IN"]
    assert [tariff["id"] for tariff in bill["parts"]["tariffs"]] == ["T1"]
    assert {name: evidence._hash(part) for name, part in bill["parts"].items()} == bill["sha256"]


def test_the_driver_stays_masked(admin_client: Client, review: Review) -> None:
    packed = download(admin_client, review, "json").decode()
    for text in (packed, text_of(download(admin_client, review, "pdf"))):
        assert "04AABBCCDD" not in text
        assert "NL-EMS-C0001" not in text


def test_one_letter_is_for_many_bills_of_one_partner(admin_client: Client, cpo: Caller) -> None:
    found = [wrong(cpo, n) for n in range(1, 4)]
    text = text_of(bulk(admin_client, "pdf_many", found).content)
    assert "Dispute of 3 charge detail records" in text
    other = factories.partner(name="Other", token="token-of-other")
    Review.objects.filter(pk=found[0].pk).update(partner=other)
    assert bulk(admin_client, "json_many", found).status_code == 302


def test_a_long_bill_breaks_over_pages(review: Review) -> None:
    pack = evidence.pack([review])
    step = pack["bills"][0]["parts"]["calculation"]["segments"][0] | {"why": "because " * 300}
    pack["bills"][0]["parts"]["calculation"]["segments"] = [step] * 80
    assert len(PdfReader(io.BytesIO(letter.pdf(pack))).pages) > 10


# --- exports ----------------------------------------------------------------------------------------------------------
def test_what_a_partner_wrote_is_no_formula(admin_client: Client, cpo: Caller) -> None:
    place = factories.cdr()["cdr_location"] | {"name": "=HYPERLINK(1)"}
    wrong(cpo, cdr_location=place, end_date_time="2026-03-01T11:00:00Z")
    answer = admin_client.get(f"{QUEUE}export/csv/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert ",=HYPERLINK" not in text
    assert "2026-03-01T11:00:00Z" in text
    sheet = load_workbook(io.BytesIO(b"".join(admin_client.get(f"{QUEUE}export/xlsx/").streaming_content))).active
    heads, values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    found = dict(zip(heads, values, strict=True))
    assert (found["location"], found["their_cost_excl_vat"]) == ("'=HYPERLINK(1)", 9)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_each_beginning_of_a_formula_is_told_to_be_text(text: str) -> None:
    assert exports.cell(text).startswith("'")
    assert exports.cell(Decimal("-1.10")) == Decimal("-1.10")


def test_the_export_is_the_list_as_it_is_filtered(admin_client: Client, cpo: Caller) -> None:
    found = [wrong(cpo, n) for n in range(1, 3)]
    reviews.accept([found[0].pk], by=None)
    for url, ids in ((f"{QUEUE}export/csv/", ["D2"]), (f"{QUEUE}export/csv/?state=ACCEPTED", ["D1"]),
                     (f"{CDRS}export/csv/?q=D1", ["D1"])):  # fmt: skip
        lines = b"".join(admin_client.get(url).streaming_content).decode().splitlines()
        at = lines[0].split(",").index("cdr_id")
        assert [line.split(",")[at] for line in lines[1:]] == ids
    assert admin_client.get(f"{QUEUE}export/pdf/").status_code == 404
    assert admin_client.get(f"{CDRS}export/csv/?end_date_time__gte=x").status_code == 400


def test_a_sheet_has_its_limit(admin_client: Client, cpo: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_XLSX", 1)
    [wrong(cpo, n) for n in range(1, 3)]
    assert admin_client.get(f"{QUEUE}export/xlsx/").status_code == 400


# --- months -----------------------------------------------------------------------------------------------------------
def test_a_month_leads_to_the_bills_behind_each_figure(admin_client: Client, cpo: Caller) -> None:
    wrong(cpo)
    html = admin_pages.page(admin_client, f"{MONTH}?month=2026-03")
    assert "9.00 EUR" in html
    link = next(part.split('"')[0] for part in html.split('href="') if part.startswith(QUEUE + "?state=OPEN"))
    assert rows(admin_client, link.replace("&amp;", "&")) == ["D1"]
    cdrs = [part.split('"')[0] for part in html.split('href="') if part.startswith(CDRS + "?")]
    assert all(admin_client.get(url.replace("&amp;", "&")).status_code == 200 for url in cdrs)


@pytest.mark.parametrize(
    "query", ["month=x", "month=2026-13", "month=99999999-1", "partner=x", "partner=9999999999999999999"]
)
def test_a_month_that_cannot_be_read_is_this_one(query: str, admin_client: Client) -> None:
    admin_pages.page(admin_client, f"{MONTH}?{query}")


def test_months_need_permission(client: Client, db: None) -> None:
    allowed(client, "view_cdr")
    assert client.get(MONTH).status_code == 403


# --- invoices ---------------------------------------------------------------------------------------------------------
def upload(client: Client, cpo: Caller, content: bytes) -> Any:
    return client.post(UPLOAD, {"partner": cpo.partner.pk, "file": SimpleUploadedFile("may.csv", content)})


def test_an_invoice_is_uploaded_confirmed_and_reconciled(admin_client: Client, cpo: Caller) -> None:
    admin_pages.cdr(cpo.partner)
    trial = upload(admin_client, cpo, b"ref;netto\nD1;3,50\nD2;x\n").url
    assert "may.csv" in admin_pages.page(admin_client, trial)
    form = {"encoding": "utf-8-sig", "delimiter": ";", "decimal": ",", "excl_vat": "1"}
    refused = admin_client.post(trial, {**form, "confirmed": 1})
    assert "a column must be the CDR id" in refused.content.decode()
    shown = admin_client.post(trial, {**form, "cdr_id": "0"}).content.decode()
    assert "&#x27;x&#x27; is no number" in shown
    assert Invoice.objects.get().state == "DRAFT"
    answer = admin_client.post(trial, {**form, "cdr_id": "0", "confirmed": 1})
    assert answer.url == core.page(Invoice.objects.get())
    html = admin_pages.page(admin_client, answer.url)
    lines = core.list_page("ocpi_cdrs.invoiceline")
    assert "matched" in html
    assert f"{lines}?of={Invoice.objects.get().pk}&amp;result=MATCHED" in html
    assert admin_client.get(f"{lines}export/csv/?of={Invoice.objects.get().pk}").status_code == 200
    assert admin_client.get(trial).url == answer.url
    assert upload(admin_client, cpo, b"ref;netto\nD1;3,50\nD2;x\n").url == answer.url


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\0\0;"])
def test_what_is_no_list_is_told_at_the_form(content: bytes, admin_client: Client, cpo: Caller) -> None:
    assert upload(admin_client, cpo, content).status_code == 200
    assert not Invoice.objects.exists()


def test_a_trial_that_is_not_there(admin_client: Client) -> None:
    assert admin_client.get(reverse("admin:ocpi_cdrs_invoice_trial", args=[99])).status_code == 404
