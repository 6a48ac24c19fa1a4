"""A partner's list of charges: read whatever its habits, and reconciled with our CDRs, once."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ocpi.cdrs import invoice_files, invoices
from ocpi.cdrs.invoice_files import InvoiceError
from ocpi.cdrs.models import Invoice, InvoiceLine
from tests import admin_pages, factories
from tests.callers import Caller

GERMAN = "CDR-ID;Session ID;Startzeit;Energie kWh;Betrag netto;Betrag brutto;Währung\r\n"


def read(text: str | bytes) -> list[invoice_files.Row]:
    content = text.encode() if isinstance(text, str) else text
    return list(invoice_files.rows(content, invoice_files.guess(content)))


def taken(cpo: Caller, text: str, name: str = "may.csv") -> Invoice:
    row, _ = invoices.receive(partner=cpo.partner, name=name, content=text.encode(), by=None)
    assert invoices.reconcile(row, invoices.layout_of(row))
    row.refresh_from_db()
    return row


def results(row: Invoice) -> list[tuple[Any, str, str]]:
    return [(line.number, line.cdr_ref, line.result) for line in row.lines.all()]


# --- reading ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_german_list_is_read_whatever_its_encoding(encoding: str) -> None:
    text = GERMAN + "D1;S1;01.03.2026 10:00;10,5;1.003,50;1.194,17;€\r\n"
    assert read(text.encode(encoding))[0].values == {
        "cdr_id": "D1", "session_id": "S1", "start": datetime(2026, 3, 1, 10, tzinfo=UTC), "kwh": Decimal("10.5"),
        "excl_vat": Decimal("1003.50"), "incl_vat": Decimal("1194.17"), "currency": "EUR",
    }  # fmt: skip


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_an_english_list_is_read_whatever_its_delimiter(mark: str) -> None:
    lines = [["Session ID", "Total cost", "Energy (kWh)"], ["S1", "3.50", "10"]]
    row = read("\n".join(mark.join(line) for line in lines))[0]
    assert row.values == {"session_id": "S1", "excl_vat": Decimal("3.50"), "kwh": Decimal(10)}


@pytest.mark.parametrize(("text", "number"), [
    ("1 234,5", "1234.5"), ("1'234,50", "1234.5"), ("1.234.567,8", "1234567.8"), ("12,30 EUR", "12.3"), ("€ 4", "4"),
    ("5,00-", "-5"), ("-5", "-5"), (",5", "0.5"), ("7,", "7"),
])  # fmt: skip
def test_numbers_come_with_all_that_people_write(text: str, number: str) -> None:
    row = read(f"cdr id;netto\nD0;1,25\nD1;{text}\n")[1]
    assert (row.problem, row.values.get("excl_vat")) == ("", Decimal(number))


@pytest.mark.parametrize("text", [".5", "3.50", "1.23.456", "1,2,3", "--5", ",", "-", "1e5", "٣", "0x10"])
def test_what_may_be_another_number_is_none(text: str) -> None:
    layout = invoice_files.Layout("utf-8", ";", ",", {"cdr_id": 0, "excl_vat": 1})
    (row,) = invoice_files.rows(f"cdr id;netto\nD1;{text}\n".encode(), layout)
    assert "is no number" in row.problem


@pytest.mark.parametrize(("line", "why"), [
    ("D1;x", "total excl. VAT: 'x' is no number"), (";1", "neither a CDR id nor a session id"),
    ("D1;1e9999", "is no number"), ("D1;99999999999999", "is no number"), (f"{'D' * 65};1", "more than 64 characters"),
    ("D1;NaN", "is no number"),
])  # fmt: skip
def test_a_bad_line_is_named_with_its_number_and_reason(line: str, why: str) -> None:
    good, bad = read(f"cdr id;netto\nD1;1\n{line}\n")
    assert (good.problem, bad.number) == ("", 3)
    assert why in bad.problem


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04\0\0;\0", b"\x89PNG\r\n\x1a\n\0,\0"])
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(InvoiceError):
        invoice_files.guess(content)


def test_a_file_has_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invoice_files, "MOST_LINES", 2)
    with pytest.raises(InvoiceError, match="more than 2 lines"):
        read("cdr id;netto\nD1;1\nD2;1\nD3;1\n")
    monkeypatch.setattr(invoice_files, "MOST_BYTES", 5)
    with pytest.raises(InvoiceError):
        invoice_files.guess(b"cdr id;netto")


# --- reconciling ------------------------------------------------------------------------------------------------------
def test_each_line_gets_its_result_and_what_is_not_billed_is_told(cpo: Caller) -> None:
    for n in range(1, 6):
        admin_pages.cdr(cpo.partner, id=f"D{n}", session_id=f"S{n}")
    lines = ["d1;;10;3.50", ";S2;10;3.50", "D3;;10;4.50", "D1;;10;3.50", "D9;;1;1", "D5;;11;3.50", "D2;;;"]
    row = taken(cpo, "\n".join(["cdr id;session id;kwh;netto", *lines]))
    assert results(row) == [
        (2, "d1", "MATCHED"), (3, "", "MATCHED"), (4, "D3", "DIFFERS"), (5, "D1", "TWICE"), (6, "D9", "UNKNOWN"),
        (7, "D5", "DIFFERS"), (8, "D2", "TWICE"), (None, "D4", "MISSING"),
    ]  # fmt: skip
    dear = row.lines.get(number=4)
    assert (dear.difference, dear.note) == (1, "the CDR says 3.5 EUR excl. VAT")
    assert row.lines.get(number=7).note == "the CDR says 10 kWh"
    assert (row.state, bytes(row.content)) == ("DONE", b"")


def test_bad_lines_are_kept_and_spoil_nothing(cpo: Caller) -> None:
    admin_pages.cdr(cpo.partner)
    row = taken(cpo, "cdr id;netto\nD1;3.50\nD2;much\n")
    assert results(row) == [(2, "D1", "MATCHED"), (3, "D2", "BAD")]
    assert "'much' is no number" in row.lines.get(number=3).note


def test_the_same_file_is_one_invoice_and_is_compared_once(cpo: Caller) -> None:
    admin_pages.cdr(cpo.partner)
    row = taken(cpo, "cdr id;netto\nD1;3.50\n")
    again, created = invoices.receive(partner=cpo.partner, name="x.csv", content=b"cdr id;netto\nD1;3.50\n", by=None)
    assert (again, created) == (row, False)
    assert not invoices.reconcile(again, invoices.layout_of(again))
    assert InvoiceLine.objects.count() == 1


def test_what_another_invoice_billed_is_billed_twice(cpo: Caller) -> None:
    admin_pages.cdr(cpo.partner)
    taken(cpo, "cdr id;netto\nD1;3.50\n", "april.csv")
    row = taken(cpo, "cdr id;netto;kwh\nD1;3.50;10\n")
    assert [(line.result, line.note) for line in row.lines.all()] == [("TWICE", "also on april.csv")]


def test_another_partners_cdrs_are_not_seen(cpo: Caller) -> None:
    admin_pages.cdr(cpo.partner)
    other = factories.partner(name="Other", token="token-of-other")
    row, _ = invoices.receive(partner=other, name="x.csv", content=b"cdr id;netto\nD1;3.50\n", by=None)
    invoices.reconcile(row, invoices.layout_of(row))
    assert results(row) == [(2, "D1", "UNKNOWN")]


def test_a_bill_in_another_currency_differs(cpo: Caller) -> None:
    admin_pages.cdr(cpo.partner)
    line = taken(cpo, "cdr id;netto;currency\nD1;3.50;CHF\n").lines.get()
    assert (line.result, line.note, line.difference) == ("DIFFERS", "the CDR is in EUR", None)


@pytest.mark.parametrize("columns", [{"cdr_id": 0}, {"excl_vat": 1}, {}])
def test_without_the_columns_that_matter_nothing_is_compared(columns: dict[str, int], cpo: Caller) -> None:
    row, _ = invoices.receive(partner=cpo.partner, name="x.csv", content=b"cdr id;netto\nD1;3.50\n", by=None)
    with pytest.raises(InvoiceError):
        invoices.reconcile(row, invoice_files.Layout("utf-8", ";", ".", columns))
    row.refresh_from_db()
    assert (row.state, row.lines.count()) == ("DRAFT", 0)
