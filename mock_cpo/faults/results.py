"""Faults of asynchronous results, charging profiles, and of the registration in the middle of everything."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mock_cpo.faults.board import Delivery


def late(results: list[Delivery], seconds: float, **_: object) -> list[Delivery]:
    return [replace(result, delay=result.delay + seconds) for result in results]


def never(_results: list[Delivery], _value: object, **__: object) -> list[Delivery]:
    return []


def doubled(results: list[Delivery], _value: object, **__: object) -> list[Delivery]:
    return [*results, *results]


def early(results: list[Delivery], _value: object, **__: object) -> list[Delivery]:
    return [replace(result, delay=0.0, before_response=True) for result in results]


def wrapped(results: list[Delivery], _value: object, **__: object) -> list[Delivery]:
    return [replace(result, body={"data": result.body, "status_code": 1000}) for result in results]


def from_wrong_peer(results: list[Delivery], _value: object, **__: object) -> list[Delivery]:
    return [replace(result, wrong_peer=True) for result in results]


def failed(results: list[Delivery], _value: object, command: str = "", **__: object) -> list[Delivery]:
    """START_SESSION is reported as FAILED; the session comes all the same (AMB-35)."""
    if command != "START_SESSION":
        return results
    return [replace(result, body={"result": "FAILED"}) for result in results]


def value(_subject: object, given: Any, **__: object) -> Any:
    """The fault's own value takes the place of whatever was there."""
    return given


def always(fixed: Any) -> Callable[..., Any]:
    return lambda _subject, _value, **__: fixed


def also(name: str) -> Callable[..., list[str]]:
    """One action more."""
    return lambda actions, _value, **__: [*actions, name]
