"""Rows by the million, made by the database itself: an INSERT … SELECT for each model, with payloads as on the wire.

An expression of SQL stands in a wire form of `tests.factories` as `Text` where JSON has a string, as `Number` where it
has a number; all else is taken literally.
"""

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

from django.db import models


class Text(str):
    """SQL that gives a string without characters that JSON must escape."""


class Number(str):
    """SQL that gives a number, a boolean, or JSON."""


@dataclass(frozen=True)
class Filling:
    """How the rows of a model are made: `columns` in SQL over `source`; others get what the model gives by default.

    `$name` in either is a count of `sizes`. Rows are numbered by `i`, which is their key too where `keyed`.
    """

    source: str
    columns: Mapping[str, str]
    keyed: bool = True

    def text(self, counts: Mapping[str, int]) -> str:
        """What tells one filling from another: the same text means the same rows."""
        made = ", ".join(f"{name}={value}" for name, value in self.columns.items())
        return " ".join(Template(f"{self.source} → {made}").substitute(counts).split())

    def statement(self, model: type[models.Model], counts: Mapping[str, int]) -> str:
        known = {field.column: field for field in model._meta.concrete_fields}
        if strange := set(self.columns) - set(known):
            raise LookupError(f"{model._meta.label} has no columns {sorted(strange)}")
        others = (field for name, field in known.items() if name not in self.columns)
        values = {**{field.column: self._default(field) for field in others}, **self.columns}
        values = {name: value for name, value in values.items() if value}
        names = ", ".join(f'"{name}"' for name in values)
        made = ", ".join(values.values())
        sql = f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {made} FROM {self.source}'
        return Template(sql).substitute(counts)

    def _default(self, field: models.Field) -> str:
        if isinstance(field, models.AutoField | models.BigAutoField):
            return "i" if self.keyed else ""  # by the database
        return default(field)


def default(field: models.Field) -> str:
    """What a new row has in a field that nobody names. Raises LookupError where there is nothing sensible."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return "now()"
    if field.has_default():
        return literal(field.get_default(), field)
    if field.null:
        return "NULL"
    if field.blank and field.empty_strings_allowed:
        return "''"
    raise LookupError(f"{field}: the filling of {field.model._meta.label} says nothing of it")


def literal(value: Any, field: models.Field | None = None) -> str:
    if isinstance(field, models.JSONField):
        return f"{quoted(json.dumps(value))}::jsonb"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    if isinstance(value, datetime.datetime):
        return "now()"
    return str(value) if isinstance(value, int) else quoted(str(value))


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''").replace("$", "$$") + "'"


# --- JSON -------------------------------------------------------------------------------------------------------------
def as_text(value: Any) -> str:
    """SQL for a wire form as text: its letters, and between them what the expressions give."""
    parts: list[str] = []
    for literally, piece in _pieces(value):
        if literally and parts and parts[-1].startswith("'"):
            parts[-1] = parts[-1][:-1] + quoted(piece)[1:]
        else:
            parts.append(quoted(piece) if literally else f"({piece})")
    return "(" + " || ".join(parts) + ")"


def as_json(value: Any) -> str:
    return f"{as_text(value)}::jsonb"


def _pieces(value: Any) -> Iterator[tuple[bool, str]]:
    """The JSON of a value, cut where SQL stands in it: (whether it is literal, the piece)."""
    if isinstance(value, Text):
        yield from ((True, '"'), (False, str(value)), (True, '"'))
    elif isinstance(value, Number):
        yield False, str(value)
    elif isinstance(value, dict):
        items = [[(True, f"{json.dumps(name)}: "), *_pieces(each)] for name, each in value.items()]
        yield from _joined("{", items, "}")
    elif isinstance(value, list):
        yield from _joined("[", [list(_pieces(each)) for each in value], "]")
    else:
        yield True, json.dumps(value)


def _joined(begin: str, items: list[list[tuple[bool, str]]], end: str) -> Iterator[tuple[bool, str]]:
    yield True, begin
    for n, item in enumerate(items):
        if n:
            yield True, ", "
        yield from item
    yield True, end


def wire_time(expression: str) -> Text:
    return Text(f"""to_char({expression}, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')""")
