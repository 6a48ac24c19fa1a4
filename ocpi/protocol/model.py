"""The base of all OCPI objects: JSON in, JSON out, and the record of what was tolerated on the way in."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.moments import format_datetime

MAX_PROBLEMS = 20

# What a failed pattern means in words: the regular expressions themselves help nobody who reads a status_message.
PATTERN_MEANINGS: dict[str, str] = {}

MEANINGS = {
    "missing": "is required",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode text",
    "string_too_long": "is longer than {max_length} characters",
    "string_too_short": "must not be empty",
    "int_type": "must be an integer",
    "int_parsing_size": "is out of range",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "too_short": "needs at least {min_length} entry",
    "enum": "must be one of {expected}",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


@dataclass
class Tolerance:
    """What may be overlooked in the messages of one partner, and a record of what was (section 16.4, FLD).

    What is tolerated from everyone needs no flag; it is only recorded. Each entry of `warnings` reads `path/kind`, such
    as `evses[0].last_updated/datetime`. One Tolerance serves one message; make a new one for the next.
    """

    string_numbers: bool = False  # FLD-08: numbers as JSON strings
    bare_prices: bool = False  # FLD-08: a number where a Price is due, as in OCPI 2.1.1
    number_coordinates: bool = False  # FLD-09: latitude and longitude as JSON numbers
    alpha2_country: bool = False  # TYP-17: NL where NLD is due
    missing_last_updated: bool = False  # HCI-14: `received_at` is taken instead
    missing_evse_id: bool = False  # CDR-25: evse_id is optional in an EVSE but required in a CDR; #NA is taken instead
    missing_evse_uid: bool = False  # TRA-49: #NA is taken instead
    listed_objects: bool = False  # [{…}] as the data of an answer where one object is due
    loose_epoch: bool = False  # CDR-30: "1970-1-1T00:00:00Z" as the specification prints "unknown"
    loose_enums: bool = False  # FLD-11: values of closed enums in another spelling, such as "available"
    wh_energy: bool = False  # FLD-07: energy of charging periods in Wh; totals are kWh all the same
    received_at: datetime | None = None
    warnings: list[str] = field(default_factory=list)
    respelled: bool = False  # something is written in another way than it came: see `as_it_came`
    _notes: list[tuple[str, object, str]] = field(default_factory=list, repr=False, compare=False)

    def add(self, name: str, value: object, kind: str) -> None:
        """Remember that the value of this field was tolerated; `settle` finds out where it stands."""
        self.respelled = True
        self._notes.append((name, value, kind))

    @property
    def as_it_came(self) -> bool:
        """Whether `to_wire` gives what was read: a valid object nearly always is its own wire form.

        Nulls, which it leaves out, are not noticed.
        """
        return not self.respelled and not self.warnings

    def settle(self, data: object) -> None:
        """Turn notes into `path/kind`: validators do not know their path, so the input is searched for the values."""
        if not self._notes:
            return
        wanted: dict[tuple[str, int], dict[str, None]] = {}
        for name, value, kind in self._notes:
            # A small value may be one Python object in many places, so the field's name must fit too.
            wanted.setdefault(("" if isinstance(value, (dict, list)) else name, id(value)), {})[kind] = None
        for path, name, value in _walk(data, "", ""):
            for kind in wanted.get(("" if isinstance(value, (dict, list)) else name, id(value)), ()):
                self.warnings.append(f"{path}/{kind}".lstrip("/"))
        self._notes.clear()


def _walk(data: object, path: str, name: str) -> Iterator[tuple[str, str, object]]:
    yield path, name, data
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _walk(value, f"{path}.{key}" if path else str(key), key)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _walk(value, f"{path}[{index}]", name)


def respelled(info: ValidationInfo) -> None:
    """A value is not written as it came, although nothing was wrong with it, such as 1.0 for an integer."""
    if isinstance(info.context, Tolerance):
        info.context.respelled = True


def note(info: ValidationInfo, value: object, kind: str) -> None:
    """Record a leniency, if somebody keeps the record."""
    if isinstance(info.context, Tolerance):
        info.context.add(info.field_name or "", value, kind)


def invalid(at: str, message: str) -> PydanticCustomError:
    """What a rule between fields raises: `at` is the path of the field to blame, seen from the object that checks."""
    return PydanticCustomError("rule", "{message}", {"at": at, "message": message})


def tolerates(info: ValidationInfo, flag: str) -> bool:
    """Whether this partner's messages may deviate in this way."""
    return isinstance(info.context, Tolerance) and bool(getattr(info.context, flag))


class OcpiModel(BaseModel):
    """An object of the specification. Fields that it does not know are kept as they came (TRA-50)."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    @classmethod
    def from_wire(cls, data: object, tolerance: Tolerance | None = None) -> Self:
        """Read what `envelope.decode` returned. Raises InvalidObject, and nothing else, naming the paths at fault."""
        if tolerance is not None and tolerance.listed_objects and isinstance(data, list) and len(data) == 1:
            [data] = data
            tolerance.warnings.append("data/listed")
        if not isinstance(data, dict):
            raise InvalidObject(f"{cls.__name__}: must be a JSON object")
        if tolerance is not None:
            data = cls._repair(data, tolerance)
        try:
            found, data = cls._read(data, tolerance)
        except ValidationError as error:
            # The chain is cut on purpose: the original knows the input values, credentials tokens too (TRA-53).
            raise InvalidObject(problems=_problems(error)) from None
        if tolerance is not None:
            tolerance.settle(data)
        return found

    @classmethod
    def _read(cls, data: dict[str, Any], tolerance: Tolerance | None) -> tuple[Self, dict[str, Any]]:
        """The object, and the data as it was read. Only what fails is looked at twice."""
        try:
            return cls.model_validate(data, context=tolerance), data
        except ValidationError as error:
            if tolerance is None or not tolerance.loose_enums:
                raise
            places = [detail["loc"] for detail in error.errors(include_url=False) if detail["type"] == "enum"]
        spelled = data
        for place in places:
            spelled = _spell(spelled, place)
        found = cls.model_validate(spelled, context=tolerance)
        tolerance.warnings += [f"{_path(place)}/enum-spelling" for place in places]
        return found, spelled

    def to_wire(self) -> dict[str, Any]:
        """The object as JSON-ready values: what was set, without nulls, and the unknown fields as they came."""
        known = self.__pydantic_fields_set__
        wire = {
            name: value if type(value) in _AS_IT_IS else _plain(value)
            for name, value in self.__dict__.items()
            # A list that code filled by append() counts as set, although pydantic did not see it.
            if value is not None and (name in known or (type(value) is list and value))
        }
        if self.__pydantic_extra__:
            wire.update(self.__pydantic_extra__)
        return wire

    @classmethod
    def _repair(cls, data: dict[str, Any], tolerance: Tolerance) -> dict[str, Any]:
        """Fill in what a flagged partner is known to leave out; chapters extend it."""
        lacking = "last_updated" in cls.model_fields and data.get("last_updated") is None
        if not (lacking and tolerance.missing_last_updated and tolerance.received_at):
            return data
        tolerance.warnings.append("last_updated/missing")
        return {**data, "last_updated": tolerance.received_at}


def _spell(data: Any, place: tuple[int | str, ...]) -> Any:
    """A copy in which the enum value at `place` is spelled as OCPI spells them; what is on the way to it is copied."""
    if not place:
        return re.sub(r"[^A-Z0-9]+", "_", data.strip().upper()) if isinstance(data, str) else data
    step, rest = place[0], place[1:]
    if isinstance(data, list):
        return [_spell(item, rest) if index == step else item for index, item in enumerate(data)]
    return {**data, step: _spell(data[step], rest)} if isinstance(data, dict) else data


def _plain(value: Any) -> Any:
    kind = type(value)
    way = _WAYS.get(kind)
    if way is None:
        way = _WAYS[kind] = _way_of(kind)
    return way(value)


_WAYS: dict[type, Callable[[Any], Any]] = {}  # of the types that have been met, a few hundred


def _way_of(kind: type) -> Callable[[Any], Any]:
    """How values of this type are written."""
    if issubclass(kind, list):
        return lambda values: [value if type(value) in _AS_IT_IS else _plain(value) for value in values]
    if issubclass(kind, OcpiModel):
        return kind.to_wire
    if issubclass(kind, Enum):
        return {member: member.value for member in kind}.__getitem__
    if issubclass(kind, Decimal):
        return plain_number
    return format_datetime if issubclass(kind, datetime) else lambda value: value


_AS_IT_IS = {str, bool, int}


def plain_number(value: Decimal) -> int | float:
    """A JSON number: an int when integral, so that 4.00 does not become 4.0000000000000001 (TYP-08)."""
    return int(value) if value == value.to_integral_value() else float(value)


def _problems(error: ValidationError) -> list[str]:
    return [_problem(detail) for detail in error.errors(include_url=False)[:MAX_PROBLEMS]]


def _problem(detail: ErrorDetails) -> str:
    path = _path((*detail["loc"], *_blamed(detail)))
    return f"{path}: {_meaning(detail)}" if path else _meaning(detail)


def _blamed(detail: ErrorDetails) -> tuple[str, ...]:
    return (detail["ctx"]["at"],) if detail["type"] == "rule" else ()


def _path(loc: tuple[int | str, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc)
    return "".join(steps).lstrip(".")


def _meaning(detail: ErrorDetails) -> str:
    kind = detail["type"]
    context = detail.get("ctx", {})
    if detail["input"] is None and kind != "missing":
        return "must not be null"
    if kind == "string_pattern_mismatch":
        return PATTERN_MEANINGS.get(context["pattern"], "has the wrong form")
    return MEANINGS[kind].format(**context) if kind in MEANINGS else detail["msg"]
