"""JSON text with the place of each value in it, so that a mistake can be underlined where it stands."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

Path: TypeAlias = tuple[str | int, ...]

MAX_DEPTH = 64
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*"')
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)")
_WORD = re.compile(r"[^\s,:\[\]{}]+|.", re.DOTALL)


class Place(NamedTuple):
    """Offsets into the text. `key`: where the name stands, for members of objects."""

    start: int
    end: int
    key: tuple[int, int] | None = None


class NotReadable(Exception):
    """The text is no JSON: what is wrong, what to do, and from where to where."""

    def __init__(self, message: str, advice: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message, self.advice, self.start, self.end = message, advice, start, end


@dataclass
class Document:
    """A text that was read: its value, and the place of every value inside it by path; `()` is the whole."""

    text: str
    value: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    twice: list[Path] = field(default_factory=list)
    """Members that stand in their object more than once: readers disagree which of them counts."""

    def find(self, path: Path) -> Place:
        """The place of a path, or of the nearest object around it: what is missing has no place of its own."""
        while path not in self.places:
            path = path[:-1]
        return self.places[path]

    @cached_property
    def by_text(self) -> dict[str, Path]:
        return {as_text(path): path for path in self.places}

    def line_column(self, offset: int) -> tuple[int, int]:
        """Both from 1, as editors count."""
        return line_column(self.text, offset)


def line_column(text: str, offset: int) -> tuple[int, int]:
    begins = [0, *(match.end() for match in re.finditer("\n", text))]
    line = bisect_right(begins, offset)
    return line, offset - begins[line - 1] + 1


def as_text(path: Iterable[str | int]) -> str:
    """As the protocol writes paths: `evses[0].status`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def read(text: str) -> Document:
    """Raises NotReadable. Depth is bounded, because the text is a stranger's."""
    document = Document(text)
    reader = _Reader(document)
    document.value, end = reader.value(_skip(text, 0), (), None)
    if (rest := _skip(text, end)) < len(text):
        raise reader.stop("something follows after the end of the message", "Delete what stands here.", rest)
    return document


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._text = document.text

    def value(self, at: int, path: Path, key: tuple[int, int] | None) -> tuple[Any, int]:
        if len(path) > MAX_DEPTH:
            raise self.stop("the message is nested too deeply", "OCPI needs no more than ten levels.", at)
        match self._text[at : at + 1]:
            case "{":
                read: tuple[Any, int] = self._object(at, path)
            case "[":
                read = self._list(at, path)
            case _:
                read = self._scalar(at)
        self._document.places[path] = Place(at, read[1], key)
        return read

    def _object(self, at: int, path: Path) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        at = _skip(self._text, at + 1)
        while self._text[at : at + 1] != "}":
            name, end = self._name(at)
            key, at = (at, end), _skip(self._text, end)
            if self._text[at : at + 1] != ":":
                raise self.stop("a colon is missing", "Between a name and its value stands a colon.", at)
            if name in found:
                self._document.twice.append((*path, name))
            found[name], at = self.value(_skip(self._text, at + 1), (*path, name), key)
            at = self._next(at, "}")
        return found, at + 1

    def _list(self, at: int, path: Path) -> tuple[list[Any], int]:
        found: list[Any] = []
        at = _skip(self._text, at + 1)
        while self._text[at : at + 1] != "]":
            item, at = self.value(at, (*path, len(found)), None)
            found.append(item)
            at = self._next(at, "]")
        return found, at + 1

    def _next(self, at: int, closing: str) -> int:
        """Where the next member begins, or where the object or list is closed."""
        at = _skip(self._text, at)
        sign = self._text[at : at + 1]
        if sign == closing:
            return at
        if sign != ",":
            raise self.stop(
                "a comma is missing", f"Members are parted by commas; the last is followed by {closing}.", at
            )
        after = _skip(self._text, at + 1)
        if self._text[after : after + 1] == closing:
            raise self.stop("a comma too many", f"No comma may stand before {closing}.", at)
        return after

    def _name(self, at: int) -> tuple[str, int]:
        match = _STRING.match(self._text, at)
        if match is None:
            raise self.stop("a name in double quotes is expected", 'Write names as "status".', at)
        return json.loads(match[0]), match.end()

    def _scalar(self, at: int) -> tuple[Any, int]:
        match = _STRING.match(self._text, at) or _SCALAR.match(self._text, at)
        if match is None:
            raise self.stop(*self._no_value(at), at)
        return json.loads(match[0]), match.end()

    def _no_value(self, at: int) -> tuple[str, str]:
        rest = self._text[at:]
        if not rest:
            return "the message ends too early", "A value or a closing bracket is missing at the end."
        if rest[0] == "'":
            return "single quotes are no JSON", 'Strings stand in double quotes: "NL".'
        if rest[0] == '"':
            return "a string that does not end", "Close it with a double quote; inside, write a line break as \\n."
        if rest[:4].lower() in {"none", "true", "fals", "null"}:
            return "this word is no JSON", "JSON knows true, false and null, all in small letters."
        return "this is no JSON value", "Strings stand in double quotes, numbers are written with a point: 4.5."

    def stop(self, message: str, advice: str, at: int) -> NotReadable:
        word = _WORD.match(self._text, at)
        return NotReadable(message, advice, at, word.end() if word else at)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
