"""What is wrong with a message that somebody wrote: the protocol's own verdict, at the place where it is due.

An `error` would be refused by a platform that reads as the specification says; a `remark` is tolerated, and odd.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal

from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.model import OcpiModel, Tolerance

from .fields import Explained, field_at, inner_model
from .places import Document, NotReadable, Path, as_text, line_column, read
from .shapes import Shape

Severity = Literal["error", "remark"]

_REMARKS = {
    "datetime": "is read, but not written as OCPI writes moments: 2019-01-28T12:00:00Z",
    "control-character": "holds a line break or another control character, which is replaced by a space",
    "unknown-value": "is no value of the specification; who does not know it must be able to go on",
    "RESERVED": "is called RESERVATION in the enum",
    "url": "has no scheme; write https:// before it",
    "24:00": "is written 00:00",
    "coordinate-decimals": "should have five to seven decimals",
    "energy-sources-sum": "shares do not add up to 100 %",
    "looks-swapped": "latitude and longitude look swapped",
    "looks-like-wh": "looks as if it were in Wh; OCPI counts kWh",
    "session-only": "belongs into sessions, not into CDRs",
    "credit-length": "is longer than 36 characters, which is for credit CDRs",
    "wrapped": "is wrapped like an answer; the object itself is due",
}


@dataclass(frozen=True)
class Problem:
    """`start` and `end`: offsets into the text; `line` and `column` count from 1."""

    path: str
    message: str
    advice: str
    severity: Severity
    start: int
    end: int
    line: int
    column: int


def judge(text: str, shape: Shape) -> list[Problem]:
    """In the order of the text; empty for a message in order."""
    try:
        document = read(text)
    except NotReadable as stop:
        place = line_column(text, stop.start)
        return [Problem("", stop.message, stop.advice, "error", stop.start, stop.end, *place)]
    if shape.model is None or shape.envelope:
        return []
    found = [*_twice(document), *_by_protocol(document, shape.model, shape), *_unknown(document, shape)]
    return sorted(found, key=lambda problem: (problem.start, problem.severity))


def _twice(document: Document) -> Iterator[Problem]:
    for path in document.twice:
        yield _at_name(
            document, path, "stands here twice", "Readers disagree which of the two counts; keep one.", "error"
        )


def _by_protocol(document: Document, model: type[OcpiModel], shape: Shape) -> Iterator[Problem]:
    if not isinstance(document.value, dict):
        yield _at(document, (), "must be a JSON object", f"{model.__name__} stands in curly brackets.", "error")
        return
    tolerance = Tolerance()
    try:
        model.from_wire(document.value, tolerance)
    except InvalidObject as error:
        yield from _errors(document, error.problems, shape)
        tolerance.settle(document.value)
    for warning in tolerance.warnings:
        path, _, kind = warning.rpartition("/")
        yield _at(document, _path(document, path), _REMARKS.get(kind, kind), "", "remark")


def _errors(document: Document, problems: list[str], shape: Shape) -> Iterator[Problem]:
    for problem in problems:
        place, _, message = problem.partition(": ")
        path = _path(document, place)
        if shape.partial and message == "is required" and len(path) == 1 and path[0] != "last_updated":
            continue  # a PATCH names what changes, and always the moment of the change
        field = field_at(shape, path)
        yield _at(document, path, message, _advice(document, path, message, field), "error")


def _path(document: Document, text: str) -> Path:
    """What is missing stands nowhere, so its path is that of the object around it, and its own name."""
    if text in document.by_text:
        return document.by_text[text]
    around, _, name = text.rpartition(".")
    return (*document.by_text.get(around, ()), name) if name else ()


def _advice(document: Document, path: Path, message: str, field: Explained | None) -> str:
    if field is None:
        return ""
    if message == "is required":
        return f"Add “{field.name}”. {field.description}"
    if field.values:
        close = get_close_matches(_spelled(_value(document, path)), field.values, 1, 0.6)
        return f"Did you mean {close[0]}?" if close else f"One of {', '.join(field.values)}."
    return f"{_quoted(document, path, field)}{field.description} ({field.type})"


def _quoted(document: Document, path: Path, field: Explained) -> str:
    """The commonest slip: a number in quotes, or a string without."""
    value = _value(document, path)
    if field.type == "number" and isinstance(value, str):
        return "Write it without quotes. "
    if "tring" in field.type and isinstance(value, int | float):
        return "Put it in double quotes. "
    return ""


def _spelled(value: Any) -> str:
    return str(value).strip().upper().replace(" ", "_").replace("-", "_")


def _value(document: Document, path: Path) -> Any:
    value = document.value
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _unknown(document: Document, shape: Shape) -> Iterator[Problem]:
    """Unknown fields are allowed and kept (TRA-50), so they are remarks; most are slips of the pen."""
    for path in document.places:
        if not path or isinstance(path[-1], int) or field_at(shape, path) or _known_above(shape, path):
            continue
        near = _near(shape, path)
        advice = f"Did you mean “{near}”?" if near else "Fields of your own are allowed; most readers ignore them."
        yield _at_name(document, path, "is no field of OCPI 2.2.1 here", advice, "remark")


def _known_above(shape: Shape, path: Path) -> bool:
    """Only the outermost unknown field is told, not all that stands in it."""
    around = path[:-1]
    while around and isinstance(around[-1], int):
        around = around[:-1]
    return bool(around) and field_at(shape, around) is None


def _near(shape: Shape, path: Path) -> str:
    siblings = _siblings(shape, path)
    close = get_close_matches(str(path[-1]).lower(), siblings, 1, 0.7)
    return close[0] if close else ""


def _siblings(shape: Shape, path: Path) -> list[str]:
    model = shape.model
    for step in path[:-1]:
        if isinstance(step, str) and model is not None:
            model = inner_model(model, step)
    return list(model.model_fields) if model is not None else []


def _at(document: Document, path: Path, message: str, advice: str, severity: Severity) -> Problem:
    """What is missing is underlined at the bracket that opens the object around it."""
    place = document.find(path)
    start, end = (place.start, place.end) if path in document.places else (place.start, place.start + 1)
    return Problem(as_text(path), message, advice, severity, start, end, *document.line_column(start))


def _at_name(document: Document, path: Path, message: str, advice: str, severity: Severity) -> Problem:
    found = _at(document, path, message, advice, severity)
    start, end = document.places[path].key or (found.start, found.end)
    line, column = document.line_column(start)
    return replace(found, start=start, end=end, line=line, column=column)
