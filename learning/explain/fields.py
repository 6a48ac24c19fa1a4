"""What a field of a message means, from the protocol's own types: description, type, cardinality, values, chapter."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic import StringConstraints
from pydantic.fields import FieldInfo

import ocpi.protocol
from ocpi.protocol import types
from ocpi.protocol.model import OcpiModel

from .places import Path
from .shapes import Shape

CARDINALITY = {
    "1": "required",
    "?": "optional",
    "*": "a list, may be empty or absent",
    "+": "a list with at least one entry",
}
_ENVELOPE = "4.1.7 Response format"
_CHAPTER = re.compile(r"chapter[s]? ([\d.]+)")


@dataclass(frozen=True)
class Explained:
    """One field. `owner`: the class it belongs to; `type` as the specification writes it: CiString(36), DateTime, EVSE.

    `values`: those of an enum; `open`: partners may use others too; `chapter`: where the specification has it.
    """

    owner: str
    name: str
    type: str
    cardinality: str
    description: str
    chapter: str
    values: tuple[str, ...] = ()
    open: bool = False
    about_type: str = ""

    @property
    def required(self) -> bool:
        return self.cardinality in "1+"

    @property
    def cardinality_in_words(self) -> str:
        return CARDINALITY[self.cardinality]


class _Kind(NamedTuple):
    """A type taken apart. `base`: str, a StrEnum, a model …; `limits`: what stands in its Annotated."""

    base: Any
    limits: tuple[Any, ...]
    many: bool
    optional: bool


_DATA = Explained("Response", "data", "any", "?", "What was asked for. Absent in errors.", _ENVELOPE)
_OF_ENVELOPE = {
    "data": _DATA,
    "status_code": Explained(
        "Response", "status_code", "int", "1",
        "What came of it: 1xxx is success, 2xxx the client's mistake, 3xxx the server's, 4xxx the hub's. "
        "HTTP 200 with 2001 in it is a failure.", _ENVELOPE,
    ),
    "status_message": Explained(
        "Response", "status_message", "string", "?", "The same for people who look for a mistake.", _ENVELOPE
    ),
    "timestamp": Explained("Response", "timestamp", "DateTime", "1", "When the answer was made.", _ENVELOPE),
}  # fmt: skip


def field_at(shape: Shape, path: Path) -> Explained | None:
    """The field at a path of names and list positions; None for one that OCPI does not know, or for a whole message."""
    if shape.envelope:
        return _in_envelope(shape.model, path)
    return _inside(shape.model, path)


def _in_envelope(model: type[OcpiModel] | None, path: Path) -> Explained | None:
    names = [step for step in path if isinstance(step, str)]
    if len(names) == 1:
        return _OF_ENVELOPE.get(names[0])
    return _inside(model, path[1:]) if names[:1] == ["data"] else None


def _inside(model: type[OcpiModel] | None, path: Path) -> Explained | None:
    found = None
    for step in path:
        if isinstance(step, int):
            continue
        if model is None or step not in model.model_fields:
            return None
        found, model = explain(model, step), inner_model(model, step)
    return found


def inner_model(model: type[OcpiModel], name: str) -> type[OcpiModel] | None:
    """The class of the objects in a field, if it holds objects."""
    return _model(_kind(_hints(model)[name]).base) if name in model.model_fields else None


def every_field(model: type[OcpiModel]) -> Iterator[Explained]:
    """The fields of one class, in the order of the specification."""
    return (explain(model, name) for name in model.model_fields)


@cache
def explain(model: type[OcpiModel], name: str) -> Explained:
    info = model.model_fields[name]
    kind = _kind(_hints(model)[name])
    enum = kind.base if _is(kind.base, StrEnum) else _enum_of(kind.limits)
    return Explained(
        owner=model.__name__,
        name=name,
        type=enum.__name__ if enum else _name(kind, name),
        cardinality=_cardinality(kind, info),
        description=info.description or "",
        chapter=chapter(model),
        values=tuple(enum) if enum else (),
        open=enum is not None and kind.base is str,
        about_type=_first_line(enum or _model(kind.base)),
    )


def chapter(model: type[OcpiModel]) -> str:
    """Where the specification has the class, from the first line of its module: `8 Locations`."""
    module = importlib.import_module(model.__module__)
    head = (module.__doc__ or "").splitlines()[0]
    number = _CHAPTER.search(head)
    return f"{number[1]} {head.split(':')[0]}" if number else head


@cache
def _hints(model: type[OcpiModel]) -> dict[str, Any]:
    return get_type_hints(model, include_extras=True)


def _kind(annotation: Any) -> _Kind:
    limits: tuple[Any, ...] = ()
    many = optional = False
    while True:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            annotation, limits = arguments[0], (*limits, *arguments[1:])
        elif origin in (Union, UnionType):
            optional = True
            annotation = next(each for each in arguments if each is not type(None))
        elif origin is list:
            many, annotation = True, arguments[0]
        else:
            return _Kind(annotation, limits, many, optional)


def _cardinality(kind: _Kind, info: FieldInfo) -> str:
    if kind.many:
        return "+" if info.is_required() else "*"
    return "1" if info.is_required() else "?"


# Strings whose form is a pattern; what is left is told apart by length and alphabet.
_BY_PATTERN = {
    types.Url: "URL", types.InfoUrl: "URL", types.LocalTime: "string(5)", types.LocalDate: "string(10)",
    types.TimeZone: "string(255)", types.Currency: "string(3)", types.Country: "string(3)",
    types.Language: "string(2)",
}  # fmt: skip
# Where the pattern alone does not tell what the specification calls it.
_BY_NAME = {
    "country_code": "CiString(2)", "latitude": "string(10)", "longitude": "string(11)",
    "width": "int(5)", "height": "int(5)", "weekday": "int(1)",
}  # fmt: skip
_PLAIN: dict[Any, str] = {int: "int", bool: "boolean", Decimal: "number", datetime: "DateTime"}


def _name(kind: _Kind, field: str) -> str:
    if field in _BY_NAME:
        return _BY_NAME[field]
    if kind.base is not str:
        return _PLAIN.get(kind.base) or str(kind.base.__name__)
    formed = (name for alias, name in _BY_PATTERN.items() if set(get_args(alias)[1:]) <= set(kind.limits))
    return next(formed, None) or _string(kind.limits)


def _string(limits: tuple[Any, ...]) -> str:
    rules = next((each for each in limits if isinstance(each, StringConstraints)), None)
    if rules is None or rules.max_length is None:
        return "string"
    return f"{'CiString' if rules.pattern == types.PRINTABLE_ASCII else 'string'}({rules.max_length})"


def _enum_of(limits: tuple[Any, ...]) -> type[StrEnum] | None:
    """The enum behind an open one, which is text to pydantic."""
    titles = (each.title for each in limits if isinstance(each, FieldInfo))
    return next((_enums()[title] for title in titles if title in _enums()), None)


@cache
def _enums() -> dict[str, type[StrEnum]]:
    modules = [importlib.import_module(f"ocpi.protocol.{each.name}") for each in pkgutil.iter_modules(_FOLDER)]
    found = (value for module in modules for value in vars(module).values() if _is(value, StrEnum))
    return {enum.__name__: enum for enum in found if enum is not StrEnum}


_FOLDER = ocpi.protocol.__path__


def _is(value: Any, parent: type) -> bool:
    return isinstance(value, type) and issubclass(value, parent)


def _model(base: Any) -> type[OcpiModel] | None:
    return base if _is(base, OcpiModel) else None


def _first_line(described: Any) -> str:
    return (described.__doc__ or "").strip().splitlines()[0] if described is not None and described.__doc__ else ""
