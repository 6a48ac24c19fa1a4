"""Tables of cases. A case names its rows and tells in steps what is sent and what must come back.

    @table(
        Case("TRA-22 TRA-29", "a body that is no JSON", Step("PUT", "locations/{me}/L1", (400, 2001), raw=b'{"id":')),
        Case("TRA-35", "PUT replaces",
             Step("PUT", "locations/{me}/L1", CREATED, location(name="Old")),
             Step("PUT", "locations/{me}/L1", OK, location(name=...)),          # ... leaves a field out
             Step("GET", "locations/{me}/L1", OK, without=["name"])),
    )
    def test_transport(case, play):
        play(case)

In paths, bodies, headers and expected data `{me}` is `NL/ABC`, `{country}` and `{party}` are its parts, `{other}` is
the second partner's pair.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests import factories

from .platforms import Caller, Platform, Reply

OK, CREATED, REFUSED = (200, 1000), (201, 1000), (200, 2001)
UNAUTHORIZED, NOT_ALLOWED, NO_SUCH_OBJECT, NO_SUCH_PLACE = (401, 2001), (405, 2000), (404, 2001), (404, 2003)
_UNSET: Any = object()


@dataclass(frozen=True)
class Step:
    """One request and what must come back.

    `by` is the fixture that sends: cpo, other_cpo, hub, app, nobody. `data` is the whole of it, `has` some of it by
    dotted path, `without` keys that must be absent (`data` itself by that name), `answers` response headers, where None
    means absent.
    """

    method: str
    path: str
    expected: tuple[int, int]
    body: Any = _UNSET
    by: str = "cpo"
    raw: bytes | None = None
    token: str | None = _UNSET
    headers: Mapping[str, str | None] = field(default_factory=dict)
    data: Any = _UNSET
    has: Mapping[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] | list[str] = ()
    answers: Mapping[str, str | None] = field(default_factory=dict)
    message: str = ""
    also: Callable[[Reply], Any] | None = None


@dataclass(frozen=True)
class Case:
    rows: str
    name: str
    steps: tuple[Step, ...]

    def __init__(self, rows: str, name: str, *steps: Step) -> None:
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "steps", steps)


def table(*cases: Case) -> Any:
    """Parametrize a test with `case`; each case carries the marks of its rows."""
    marked = [pytest.param(case, id=case.name, marks=pytest.mark.requirement(*case.rows.split())) for case in cases]
    return pytest.mark.parametrize("case", marked)


# --- objects of whoever sends them ------------------------------------------------------------------------------------
def _of_sender(kind: str, changes: dict[str, Any]) -> dict[str, Any]:
    made = getattr(factories, kind)(**{"country_code": "{country}", "party_id": "{party}", **changes})
    return {name: value for name, value in made.items() if value is not ...}


def location(**changes: Any) -> dict[str, Any]:
    return _of_sender("location", changes)


def tariff(**changes: Any) -> dict[str, Any]:
    return _of_sender("tariff", changes)


def session(**changes: Any) -> dict[str, Any]:
    return _of_sender("session", changes)


def cdr(**changes: Any) -> dict[str, Any]:
    return _of_sender("cdr", {"tariffs": [tariff()], **changes})


def filled(value: Any, places: Mapping[str, str]) -> Any:
    """The value with every `{name}` replaced, at any depth."""
    if isinstance(value, str):
        for name, text in places.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, Mapping):
        return {filled(name, places): filled(part, places) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [filled(part, places) for part in value]
    return value


class Play:
    """Carries out steps. `who` finds a caller by its name, when a step first needs it."""

    def __init__(self, who: Callable[[str], Caller]) -> None:
        self._who = who

    def __call__(self, case: Case) -> list[Reply]:
        return [self.step(step) for step in case.steps]

    def step(self, step: Step) -> Reply:
        caller = self._who(step.by)
        places = self._places(caller, step)
        kwargs = {} if step.token is _UNSET else {"token": step.token}
        if step.body is not _UNSET:
            kwargs["body"] = filled(step.body, places)
        reply = caller.send(
            step.method, filled(step.path, places), raw=step.raw, headers=filled(dict(step.headers), places), **kwargs
        )
        self._check(step, reply, places)
        return reply

    def _places(self, caller: Caller, step: Step) -> dict[str, str]:
        owner = caller if isinstance(caller, Platform) else self._who("cpo") if "{" in repr(step) else None
        places = {}
        if isinstance(owner, Platform):
            places = {"me": owner.me, "country": owner.country_code, "party": owner.party_id}
        if "{other}" in repr(step):
            other = self._who("cpo" if step.by == "other_cpo" else "other_cpo")
            places["other"] = other.me
        return places

    def _check(self, step: Step, reply: Reply, places: Mapping[str, str]) -> None:
        asked = f"{step.method} {filled(step.path, places)}: {reply}"
        assert reply.codes == step.expected, asked
        if step.data is not _UNSET:
            assert reply.data == filled(step.data, places), asked
        for path, value in step.has.items():
            assert at(reply.data, path) == filled(value, places), f"{asked}: {path}"
        for name in step.without:
            assert name not in (reply.body if name == "data" else reply.data), f"{asked}: {name} is there"
        for name, value in step.answers.items():
            assert reply[name] == filled(value, places), f"{asked}: {name}"
        assert step.message.lower() in reply.message.lower(), asked
        if step.also is not None:
            assert step.also(reply) is not False, asked


def in_state(*names: str) -> Callable[[Reply], bool]:
    """For `until`: a command, profile or preference has come to one of these states."""
    return lambda reply: reply.data["state"] in names


def at(data: Any, path: str) -> Any:
    """`evses.0.status` of an object; None where there is nothing."""
    for key in path.split("."):
        try:
            data = data[int(key)] if isinstance(data, list) else data[key]
        except (KeyError, IndexError):
            return None
    return data
