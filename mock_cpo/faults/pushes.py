"""Faults of what we push: to which URL, how often, in what order."""

from collections.abc import Callable
from dataclasses import replace

from mock_cpo.faults.board import Push
from mock_cpo.faults.objects import lower_case_ids


def twice(pushes: list[Push], _value: object, **__: object) -> list[Push]:
    return [push for push in pushes for _ in range(2)]


def previous_again(pushes: list[Push], _value: object, previous: Push | None = None, **__: object) -> list[Push]:
    """Behind each push comes the one before it, with its older last_updated (AMB-04)."""
    return [*pushes, previous] if previous else pushes


def each(change: Callable[[Push, str], Push]) -> Callable[..., list[Push]]:
    def apply(pushes: list[Push], _value: object, module: str = "", **__: object) -> list[Push]:
        return [change(push, module) for push in pushes]

    return apply


def _patch_through_location(push: Push, module: str) -> Push:
    """An EVSE's status as a PATCH of its Location (FLD-13)."""
    if (push.method, module, len(push.path)) != ("PATCH", "locations", 4):
        return push
    evse = {"uid": push.path[3], **push.body}
    return Push("PATCH", push.path[:3], {"evses": [evse], "last_updated": push.body["last_updated"]})


def _lower_case(push: Push, _module: str) -> Push:
    return replace(push, path=tuple(part.lower() for part in push.path), body=lower_case_ids(push.body))


evses_in_location = each(_patch_through_location)
lower_case = each(_lower_case)
