"""What a push changed: the object as the messages before it left it, against the object after it.

The journal is the only source, so that it works for objects that have changed since; what was pulled or pushed before
the journal begins is not known and counts as new.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from ocpi.protocol.merge import merge

from .models import Exchange

_BEFORE = 200  # messages about one object that are looked at
_PUSHED = {"PUT", "PATCH"}


class Change(NamedTuple):
    """`path`: as in `evses.0.status`. `before` is None for what was not there, `after` for what is no longer."""

    path: str
    before: Any
    after: Any


def of(row: Exchange) -> list[Change]:
    """Empty when it is no push, was refused, or when nothing is known of the object before it."""
    pushed = _object(row)
    if pushed is None or row.failed:
        return []
    before = _state_before(row)
    after = merge(before, pushed) if row.method == "PATCH" else pushed
    return list(_differences("", before, after)) if before else []


def _state_before(row: Exchange) -> dict[str, Any]:
    earlier = Exchange.objects.filter(
        partner=row.partner_id, url=row.url, direction=row.direction, method__in=_PUSHED, pk__lt=row.pk,
        http_status__lt=300, status_code__range=(1000, 1999), started_at__lte=row.started_at,
    ).only("method", "request_body").order_by("-started_at", "-pk")  # fmt: skip
    steps: list[tuple[str, dict[str, Any]]] = []
    for one in earlier[:_BEFORE]:
        pushed = _object(one)
        if pushed is None:
            return {}
        steps.append((one.method, pushed))
        if one.method == "PUT":
            return _replayed(steps)
    return {}


def _replayed(newest_first: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for method, pushed in reversed(newest_first):
        state = merge(state, pushed) if method == "PATCH" else pushed
    return state


def _object(row: Exchange) -> dict[str, Any] | None:
    """The body, if it is one whole JSON object."""
    if row.method not in _PUSHED:
        return None
    try:
        found = json.loads(row.request_body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _differences(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in {**before, **after}:
            yield from _differences(f"{path}.{name}" if path else name, before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list):
        for n in range(max(len(before), len(after))):
            pair = (each[n] if n < len(each) else None for each in (before, after))
            yield from _differences(f"{path}.{n}", *pair)
    else:
        yield Change(path, before, after)
