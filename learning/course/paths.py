"""Looking into JSON by paths such as `data.0.evses`, and comparing what is there with what is expected."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING = _Missing()


def at(value: Any, path: str) -> Any:
    """What stands at the path; `#` is the length of a list, MISSING what is not there."""
    for part in path.split(".") if path else []:
        if part == "#":
            value = len(value) if isinstance(value, (list, dict, str)) else MISSING
        elif isinstance(value, dict):
            value = value.get(part, MISSING)
        elif isinstance(value, list) and part.lstrip("-").isdigit() and -len(value) <= int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value


@dataclass(frozen=True)
class That:
    """An expectation that is no plain value; `text` says what is expected."""

    text: str
    test: Callable[[Any], bool]

    def __str__(self) -> str:
        return self.text


ANY = That("something", lambda value: value is not MISSING)
ABSENT = That("nothing", lambda value: value is MISSING)


def more_than(least: float) -> That:
    return That(f"more than {least:g}", lambda value: isinstance(value, (int, float, Decimal)) and value > least)


def one_of(*options: Any) -> That:
    return That(" or ".join(str(option) for option in options), lambda value: value in options)


def matching(pattern: str) -> That:
    return That(f"text like {pattern}", lambda value: isinstance(value, str) and re.search(pattern, value) is not None)


def fits(expected: Any, value: Any) -> bool:
    if isinstance(expected, That):
        return expected.test(value)
    return bool(expected == value)


def filled(value: Any, facts: Mapping[str, Any]) -> Any:
    """The value with each `{name}` replaced by that fact, in every string of it; an unknown name stays as it is."""
    if isinstance(value, str):
        whole = _NAME.fullmatch(value)
        if whole and whole[1] in facts:
            return facts[whole[1]]
        return _NAME.sub(lambda found: str(facts.get(found[1], found[0])), value)
    if isinstance(value, Mapping):
        return {filled(key, facts): filled(item, facts) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled(item, facts) for item in value]
    return value


def filled_pattern(pattern: str, facts: Mapping[str, Any]) -> str:
    """The same for a regular expression: what a fact says is meant literally."""
    return _NAME.sub(lambda found: re.escape(str(facts[found[1]])) if found[1] in facts else found[0], pattern)
