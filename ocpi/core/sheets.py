"""Tables that people upload: CSV of any habit and XLSX, as rows of text. What is what is the caller's business."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
ENCODINGS = {"utf-8-sig": "UTF-8", "cp1252": "Windows (Western)", "utf-16": "UTF-16"}
MOST_COLUMNS = 100
_MOST_UNPACKED = 300 * 1024 * 1024  # a sheet is a zip: a small file may hide a huge one


class SheetError(ValueError):
    """The file as a whole cannot be read; the message is for the operator."""


def is_xlsx(content: bytes) -> bool:
    return content.startswith(b"PK\x03\x04")


def guess_encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def guess_delimiter(content: bytes, encoding: str) -> str:
    """The one that the header has most of."""
    head = text(content, encoding).split("\n", 1)[0]
    return max(DELIMITERS, key=head.count)


def text(content: bytes, encoding: str) -> str:
    found = content.decode(encoding, "replace")
    if "\0" in found:
        raise SheetError("this is no text file; save the sheet as CSV")
    return found


def csv_rows(content: bytes, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every line with its number, counted from 1 as an editor does. Raises SheetError for broken quotes."""
    lines = csv.reader(io.StringIO(text(content, encoding), newline=""), delimiter=delimiter)
    try:
        for cells in lines:
            yield lines.line_num, cells
    except csv.Error as error:
        raise SheetError(f"line {lines.line_num}: {error}") from error


def xlsx_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet with their numbers, in constant memory."""
    from openpyxl import load_workbook  # 70 ms of each start, for an upload now and then
    from openpyxl.utils.exceptions import InvalidFileException

    _check_size(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(values_only=True, max_col=MOST_COLUMNS)
        for number, cells in enumerate(rows, 1):
            yield number, _trimmed([_as_text(cell) for cell in cells])
    except (InvalidFileException, zipfile.BadZipFile, KeyError, IndexError, ValueError, SyntaxError) as error:
        raise SheetError("this is no XLSX file that can be read") from error


def _check_size(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
    except zipfile.BadZipFile as error:
        raise SheetError("this is no XLSX file that can be read") from error
    if size > _MOST_UNPACKED:
        raise SheetError(f"unpacked, the sheet has more than {_MOST_UNPACKED // 1024 // 1024} MB")


def _as_text(cell: Any) -> str:
    """As it was typed: a number without a point that a spreadsheet added, a day without a midnight."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _trimmed(cells: Sequence[str]) -> list[str]:
    """Without the empty columns behind, which some programs write by the thousand."""
    last = max((n for n, cell in enumerate(cells) if cell), default=-1)
    return list(cells[: last + 1])
