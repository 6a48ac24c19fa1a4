"""A message to be read: JSON line by line, each line with the field that it shows and whether a push changed it."""

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from .fields import Explained, field_at
from .places import Path, as_text
from .shapes import Shape

INDENT = 2


@dataclass(frozen=True)
class Line:
    """`name`: None in lists; `value`: as JSON, or an opening or closing bracket; `kind`: for its colour."""

    path: str
    depth: int
    name: str | None
    value: str
    kind: str
    comma: bool
    field: Explained | None
    changed: bool

    @property
    def indent(self) -> str:
        return " " * (INDENT * self.depth)


@dataclass(frozen=True)
class _Reader:
    shape: Shape
    changed: Container[str]

    def lines(self, value: Any, path: Path, name: str | None, comma: bool) -> Iterator[Line]:
        opened = "{}" if isinstance(value, dict) else "[]" if isinstance(value, list) else ""
        if not opened or not value:
            yield self._line(path, name, json.dumps(value, ensure_ascii=False), _kind(value), comma)
            return
        yield self._line(path, name, opened[0], "bracket", False)
        members = list(value.items() if isinstance(value, dict) else enumerate(value))
        for number, (step, item) in enumerate(members, 1):
            inner = step if isinstance(step, str) else None
            yield from self.lines(item, (*path, step), inner, number < len(members))
        yield self._line(path, None, opened[1], "bracket", comma)

    def _line(self, path: Path, name: str | None, value: str, kind: str, comma: bool) -> Line:
        text = as_text(path)
        field = field_at(self.shape, path) if name is not None else None
        return Line(text, len(path), name, value, kind, comma, field, name is not None and text in self.changed)


def annotate(value: Any, shape: Shape, *, changed: Container[str] = ()) -> list[Line]:
    """`changed`: paths such as `evses[0].status` of what this message altered."""
    return list(_Reader(shape, changed).lines(value, (), None, False))


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "word"
    return "text" if isinstance(value, str) else "number" if isinstance(value, int | float) else "bracket"
