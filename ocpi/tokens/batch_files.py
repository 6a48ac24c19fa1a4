"""Reading a list of tokens: which column is what is guessed from the header, and what each cell means.

Nothing here is stored, and no database is asked. A row that cannot be read has its line and the reason.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ocpi.core.sheets import (
    ENCODINGS,
    SheetError,
    csv_rows,
    guess_delimiter,
    guess_encoding,
    is_xlsx,
    xlsx_rows,
)
from ocpi.protocol.tokens import ProfileType, TokenType, WhitelistType

from .advice import as_read
from .models import Token

MOST_BYTES = 30 * 1024 * 1024
MOST_LINES = 200_000
FIELDS = {
    "uid": "UID", "type": "type", "contract_id": "contract", "issuer": "issuer", "visual_number": "visual number",
    "group_id": "group", "status": "status", "whitelist": "whitelist", "language": "language",
    "default_profile_type": "default profile",
}  # fmt: skip
# What headers mean, the first that fits; compared without case, spaces and punctuation.
_GUESSES = {
    "uid": r"(token|card|rfid|karten|chip)?(uid|serial|id)|(rfid|karten|card)(nummer|number)?|hexuid|authid",
    "contract_id": r"(contract|vertrag)s?(id|number|nummer|nr|ref)?|emaid|evcoid|contractuid",
    "visual_number": r"(visual|printed|label|druck)(number|nummer)?|aufdruck",
    "group_id": r"(group|parent|gruppe)n?(id)?|parentid|fleet",
    "type": r"(token|card)?(type|typ|art)",
    "status": r"status|state|valid|active|aktiv|blocked|gultig|gültig",
    "whitelist": r"whitelist(type|ing)?",
    "language": r"lang(uage)?|sprache|taal",
    "issuer": r"issuer|(issuing)?company|herausgeber|emsp",
    "default_profile_type": r"(default)?profile?(type)?",
}
_YES, _NO = {"true", "yes", "ja", "1", "x", "y", "valid"}, {"false", "no", "nein", "0", "n", "invalid"}
_STATUSES = {
    **{status.value.casefold(): status.value for status in Token.Status},
    **{status.label.casefold(): status.value for status in Token.Status},
    **dict.fromkeys(_YES, Token.Status.ACTIVE.value), **dict.fromkeys(_NO, Token.Status.BLOCKED.value),
}  # fmt: skip
_CHOICES = {"type": TokenType, "whitelist": WhitelistType, "default_profile_type": ProfileType}


@dataclass(frozen=True)
class Layout:
    """How a file is read. `columns`: the position of each field that it has. A sheet has no encoding or delimiter."""

    encoding: str = ""
    delimiter: str = ""
    columns: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Line:
    """One line of the file, counted from 1; `problem` says why it cannot be taken. Empty cells are not in `values`."""

    number: int
    values: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def guess(content: bytes) -> Layout:
    """Raises SheetError for what is no list."""
    if len(content) > MOST_BYTES:
        raise SheetError(f"the file has more than {MOST_BYTES // 1024 // 1024} MB")
    encoding = "" if is_xlsx(content) else guess_encoding(content)
    layout = Layout(encoding, guess_delimiter(content, encoding) if encoding else "")
    heads = headers(content, layout)
    if not heads:
        raise SheetError("the first line is no header of a table")
    return Layout(layout.encoding, layout.delimiter, _columns(heads))


def headers(content: bytes, layout: Layout) -> list[str]:
    _, heads = next(_table(content, layout), (0, []))
    return [head.strip("\ufeff ")[:60] for head in heads]


def lines(content: bytes, layout: Layout) -> Iterator[Line]:
    """Every line below the header that is not empty. Raises SheetError for more than MOST_LINES, or a broken file."""
    table = _table(content, layout)
    next(table, None)
    for count, (number, cells) in enumerate(((n, cells) for n, cells in table if any(cells)), 1):
        if count > MOST_LINES:
            raise SheetError(f"the file has more than {MOST_LINES:,} lines")
        yield _line(number, cells, layout)


def _table(content: bytes, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    return csv_rows(content, layout.encoding, layout.delimiter) if layout.encoding in ENCODINGS else xlsx_rows(content)


def _columns(heads: Sequence[str]) -> dict[str, int]:
    """Each column serves one field."""
    found: dict[str, int] = {}
    plain = [re.sub(r"[^\w]|_", "", head.casefold()) for head in heads]
    for name, pattern in _GUESSES.items():
        free = (n for n, head in enumerate(plain) if n not in found.values() and re.fullmatch(pattern, head))
        if (position := next(free, None)) is not None:
            found[name] = position
    return found


def _line(number: int, cells: Sequence[str], layout: Layout) -> Line:
    line = Line(number)
    for name, position in layout.columns.items():
        text = cells[position].strip() if position < len(cells) else ""
        try:
            if text:
                line.values[name] = _value(name, text)
        except ValueError as error:
            line.problem = line.problem or f"{FIELDS[name]}: {error}"
    line.values.setdefault("type", TokenType.RFID.value)
    if line.values["type"] == TokenType.RFID and "uid" in line.values:
        line.values["uid"] = as_read(line.values["uid"])
    if not line.problem and "uid" not in line.values:
        line.problem = "UID: is missing"
    return line


def _value(name: str, text: str) -> str:
    """Raises ValueError."""
    if name == "status":
        if text.casefold() not in _STATUSES:
            raise ValueError(f"{text[:30]!r} is none of {', '.join(Token.Status.values)}")
        return _STATUSES[text.casefold()]
    if name in _CHOICES:
        known = [str(each) for each in _CHOICES[name]]
        plain = re.sub(r"[\s-]+", "_", text).upper()
        if plain not in known:
            raise ValueError(f"{text[:30]!r} is none of {', '.join(known)}")
        return plain
    return text.lower() if name == "language" else text
