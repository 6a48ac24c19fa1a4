"""Cells as people typed them, whatever a spreadsheet made of them."""

from datetime import date, datetime

import pytest

from ocpi.core import sheets
from tests.workbooks import xlsx


def test_cells_are_the_text_that_was_typed() -> None:
    content = xlsx(["04AA", 4711.0, 1.5, True, date(2026, 3, 1), datetime(2026, 3, 1, 12, 30), None, "x", None, None])
    [(number, cells)] = sheets.xlsx_rows(content)
    assert number == 1
    assert cells == ["04AA", "4711", "1.5", "true", "2026-03-01T00:00:00", "2026-03-01T12:30:00", "", "x"]


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"no zip", xlsx([1])[:200]])
def test_what_is_no_sheet_is_refused(content: bytes) -> None:
    with pytest.raises(sheets.SheetError, match="no XLSX file"):
        list(sheets.xlsx_rows(content))


def test_a_small_file_that_hides_a_huge_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_MOST_UNPACKED", 100)
    with pytest.raises(sheets.SheetError, match="unpacked"):
        list(sheets.xlsx_rows(xlsx([1])))


@pytest.mark.parametrize(
    ("content", "encoding"),
    [("é;1".encode(), "utf-8-sig"), ("é;1".encode("cp1252"), "cp1252"), ("é;1".encode("utf-16"), "utf-16")],
)
def test_the_encoding_is_guessed(content: bytes, encoding: str) -> None:
    assert sheets.guess_encoding(content) == encoding
    assert list(sheets.csv_rows(content, encoding, ";")) == [(1, ["é", "1"])]
