"""Reading a partner's list of charges: CSV of any habit. What encoding, delimiter, decimal mark and column is guessed.

Nothing here is stored. A row that cannot be read is named with its line and the reason.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ocpi.core.sheets import DELIMITERS, csv_rows, guess_delimiter, guess_encoding
from ocpi.core.sheets import SheetError as InvoiceError

__all__ = ["DELIMITERS", "FIELDS", "MOST_BYTES", "InvoiceError", "Layout", "Row", "guess", "headers", "rows"]
MOST_BYTES = 10 * 1024 * 1024
MOST_LINES = 20_000
FIELDS = {"cdr_id": "CDR id", "session_id": "session id", "start": "start", "kwh": "kWh", "excl_vat": "total excl. VAT",
          "incl_vat": "total incl. VAT", "currency": "currency"}  # fmt: skip
# What headers mean, the first that fits; compared without case, spaces and punctuation.
_GUESSES = {
    "cdr_id": r"cdr(id|number|ref|reference)?|chargedetailrecord(id)?|belegnummer",
    "session_id": r"(charging)?session(id|ref|number)?|transactionid|ladevorgang(sid)?",
    "start": r"start(date|time|datetime|ed|edat)*(utc)?|begin.*|from|date|datum|startzeit|ladebeginn",
    "kwh": r"(total)?(energy|kwh|energie|volume|consumption|verbrauch).*",
    "incl_vat": r".*(incl|gross|brutto|ttc).*",
    "excl_vat": r".*(excl|net|netto|ht)(vat|tax|btw|mwst)?|total(cost|amount|price)?|amount|cost|price|betrag|montant",
    "currency": r"currency|curr|waehrung|wahrung|währung|devise|valuta",
}
_MOMENTS = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y",
            "%d-%m-%Y %H:%M", "%d-%m-%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y")  # fmt: skip
_LONGEST_ID = 64


@dataclass(frozen=True)
class Layout:
    """How a file is read. `columns`: the position of each field that it has."""

    encoding: str
    delimiter: str
    decimal: str
    columns: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Row:
    """One line of the file, counted from 1 as an editor does; `problem` says why it cannot be read."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def guess(content: bytes) -> Layout:
    """Raises InvoiceError for what is no list."""
    if len(content) > MOST_BYTES:
        raise InvoiceError(f"the file has more than {MOST_BYTES // 1024 // 1024} MB")
    encoding = guess_encoding(content)
    delimiter = guess_delimiter(content, encoding)
    table = (cells for _, cells in csv_rows(content, encoding, delimiter))
    heads, first = next(table, []), [row for row, _ in zip(table, range(50), strict=False)]
    if len(heads) < 2:
        raise InvoiceError("the first line is no header of a table")
    columns = _columns(heads)
    return Layout(encoding, delimiter, _decimal(first, columns), columns)


def headers(content: bytes, layout: Layout) -> list[str]:
    _, heads = next(csv_rows(content, layout.encoding, layout.delimiter), (0, []))
    return [head.strip()[:60] for head in heads]


def rows(content: bytes, layout: Layout) -> Iterator[Row]:
    """Every line below the header that is not empty. Raises InvoiceError for more than MOST_LINES, or broken quotes."""
    lines = csv_rows(content, layout.encoding, layout.delimiter)
    next(lines, None)
    for count, (number, cells) in enumerate(((n, cells) for n, cells in lines if any(cells)), 1):
        if count > MOST_LINES:
            raise InvoiceError(f"the file has more than {MOST_LINES:,} lines")
        yield _row(number, cells, layout)


def _columns(heads: Sequence[str]) -> dict[str, int]:
    """Each column serves one field."""
    found: dict[str, int] = {}
    plain = [re.sub(r"[^\w]|_", "", head.strip("\ufeff").casefold()) for head in heads]
    for name, pattern in _GUESSES.items():
        free = (n for n, head in enumerate(plain) if n not in found.values() and re.fullmatch(pattern, head))
        if (position := next(free, None)) is not None:
            found[name] = position
    return found


def _decimal(first: Sequence[Sequence[str]], columns: Mapping[str, int]) -> str:
    places = [columns[name] for name in ("excl_vat", "incl_vat", "kwh") if name in columns]
    cells = [row[n].strip() for row in first for n in places if n < len(row)]
    comma = sum(bool(re.search(r",\d{1,4}$", cell)) and cell.rfind(",") > cell.rfind(".") for cell in cells)
    point = sum(bool(re.search(r"\.\d{1,4}$", cell)) and cell.rfind(".") > cell.rfind(",") for cell in cells)
    return "," if comma > point else "."


def _row(number: int, cells: Sequence[str], layout: Layout) -> Row:
    row = Row(number)
    for name, position in layout.columns.items():
        text = cells[position].strip() if position < len(cells) else ""
        try:
            row.values[name] = _value(name, text, layout)
        except ValueError as error:
            row.problem = row.problem or f"{FIELDS[name]}: {error}"
    if not row.problem and not (row.values.get("cdr_id") or row.values.get("session_id")):
        row.problem = "neither a CDR id nor a session id"
    return row


def _value(name: str, text: str, layout: Layout) -> Any:
    if name in ("cdr_id", "session_id"):
        if len(text) > _LONGEST_ID:
            raise ValueError(f"more than {_LONGEST_ID} characters")
        return text
    if name == "currency":
        return _currency(text)
    if not text:
        return None
    return _moment(text) if name == "start" else _number(text, layout.decimal)


def _currency(text: str) -> str:
    found = {"€": "EUR", "£": "GBP"}.get(text, text.upper())
    if found and not re.fullmatch("[A-Z]{3}", found):
        raise ValueError(f"{text[:20]!r} is no currency code")
    return found


def _number(text: str, decimal: str) -> Decimal:
    """With a currency sign or unit around it, a minus behind it, and separators where thousands end and nowhere else.

    A point that is neither is an error, not a hundredfold price.
    """
    plain = re.sub(r"^(?:[A-Z]{3}|€|£)\s*|\s*(?:[A-Za-z]{1,4}|€|£)$", "", text)
    plain = f"-{plain[:-1].rstrip()}" if plain.endswith("-") else plain
    thousands = r"[.\s\u00a0\u202f'’]" if decimal == "," else r"[,\s\u00a0\u202f'’]"
    whole = rf"\d{{1,3}}(?:{thousands}\d{{3}})+|\d+"
    found = re.fullmatch(rf"([+-]?)({whole})?(?:{re.escape(decimal)}(\d*))?", plain, re.ASCII)
    digits = re.sub(r"\D", "", found[2] or "") if found else ""
    if found is None or not (digits or found[3]) or len(digits) > 12 or len(found[3] or "") > 20:
        raise ValueError(f"{text[:30]!r} is no number")
    return Decimal(f"{found[1]}{digits or 0}.{found[3] or 0}")


def _moment(text: str) -> datetime:
    """ISO 8601, or a common local form; without a zone, UTC."""
    found = _iso(text) or next(filter(None, (_local(text, form) for form in _MOMENTS)), None)
    if found is None:
        raise ValueError(f"{text[:30]!r} is no date and time")
    return found


def _iso(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the first and last day of the calendar have no UTC in some zones
        return None


def _local(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None
