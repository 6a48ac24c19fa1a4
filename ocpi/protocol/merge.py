"""PATCH: a partial object laid over the stored one (OCPI 2.2.1, chapters 4.1.4, 8.2.2 and 9.2.2).

The result is not validated here: read it with the model of its chapter, so that a PATCH leaves a whole object behind.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ocpi.protocol.moments import parse_datetime
from ocpi.protocol.types import ci_equal, ci_key

KEYED: Mapping[str, str] = {"evses": "uid", "connectors": "id"}
APPENDED: Sequence[str] = ("charging_periods",)

# The names of an object keep the spelling under which we first saw them (AMB-44).
_IDENTITY = ("country_code", "party_id", "id", "uid")


def merge(
    stored: Mapping[str, Any],
    patch: Mapping[str, Any],
    *,
    keyed: Mapping[str, str] = KEYED,
    append: Sequence[str] = APPENDED,
) -> dict[str, Any]:
    """The stored object with the fields of the patch, as a new dict; neither argument is changed.

    * null means "not given" and never clears a field (AMB-01)
    * lists named in `keyed` are merged element by element, by that id and recursively; none is ever removed (AMB-02)
    * lists named in `append` grow by what is new; an exact duplicate comes from a repeated PATCH (SES-05 to SES-07)
    * everything else, other lists and `[]` included, replaces what was there
    """
    merged = dict(stored)
    for name, value in patch.items():
        if value is None or _same_name(name, merged.get(name), value):
            continue
        if name in keyed and isinstance(value, list):
            merged[name] = _merge_elements(_list(merged.get(name)), value, keyed[name], keyed, append)
        elif name in append and isinstance(value, list):
            merged[name] = _append_periods(_list(merged.get(name)), value)
        else:
            merged[name] = value
    return merged


def _same_name(name: str, old: object, new: object) -> bool:
    return name in _IDENTITY and isinstance(old, str) and isinstance(new, str) and ci_equal(old, new)


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list) else []


def _merge_elements(
    elements: list[Any], changes: list[Any], key: str, keyed: Mapping[str, str], append: Sequence[str]
) -> list[Any]:
    positions = {name: index for index, element in enumerate(elements) if (name := _name(element, key)) is not None}
    for change in changes:
        name = _name(change, key)
        if name is not None and name in positions:
            elements[positions[name]] = merge(elements[positions[name]], change, keyed=keyed, append=append)
            continue
        # A change without a name is kept too: the validation of the whole object then says what is missing.
        elements.append(change)
        if name is not None:
            positions[name] = len(elements) - 1
    return elements


def _name(element: object, key: str) -> str | None:
    name = element.get(key) if isinstance(element, dict) else None
    return ci_key(name) if isinstance(name, str) else None


def _append_periods(periods: list[Any], new: list[Any]) -> list[Any]:
    seen = {_fingerprint(period) for period in periods}
    for period in new:
        fingerprint = _fingerprint(period)
        if fingerprint not in seen:
            seen.add(fingerprint)
            periods.append(period)
    return periods


def _fingerprint(period: Any) -> tuple[object, ...]:
    """Same instant and same dimensions, however they are written: 1 and 1.0, `Z` and `+00:00`, any order."""
    try:
        dimensions = sorted((str(item["type"]), float(item["volume"])) for item in period["dimensions"])
        return (parse_datetime(period["start_date_time"]), *dimensions)
    except (KeyError, TypeError, ValueError, OverflowError):
        return (repr(period),)  # not a ChargingPeriod; validation will say so
