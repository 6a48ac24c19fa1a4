"""Pushes that overtake each other (LOC-52, AMB-04): each field has its value from the newest push that gave one.

The last PUT gave or took away every field. What a PATCH gave since is remembered by name, with the `last_updated` of
that PATCH; so an older push still brings what no newer one has said, and any order ends in the state of the right one.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

Times = dict[str, int]  # field name → milliseconds since 1970 of the push that gave it

WHOLE = ""  # stands among the names for a push of the whole object
# These name the object, belong to the push itself, or are kept as objects of their own.
_APART = {"country_code", "party_id", "id", "uid", "last_updated", "charging_periods", "evses", "connectors"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def stamp(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def counting(patch: Mapping[str, Any], moment: datetime, times: Times) -> dict[str, Any]:
    """The fields of a PATCH that no newer one gave."""
    at = stamp(moment)
    fields = {name: value for name, value in patch.items() if value is not None and name not in _APART}
    return {name: value for name, value in fields.items() if times.get(name, at) <= at}


def given(names: Iterable[str], moment: datetime, times: Times) -> Times:
    """The times after a push gave these fields; `last_updated` is given by every push, and only the newest counts."""
    at = stamp(moment)
    return {**times, **dict.fromkeys(names, at), "last_updated": max(at, times.get("last_updated", at))}


def since(moment: datetime, times: Times) -> Times:
    """The times of what is newer than a PUT."""
    at = stamp(moment)
    return {name: time for name, time in times.items() if time > at}


def laid_under(whole: Mapping[str, Any], stored: Mapping[str, Any], times: Times) -> dict[str, Any]:
    """An object that was PUT, with the stored fields that are newer; `times` are those `since` the PUT."""
    return {**whole, **{name: stored[name] for name in times if name in stored}}


def latest(moment: datetime, *times: Times) -> datetime:
    """The newest of a moment and all times."""
    newest = max((time for each in times for time in each.values()), default=stamp(moment))
    return max(moment, _EPOCH + newest * _MILLISECOND)
