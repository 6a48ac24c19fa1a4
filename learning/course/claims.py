"""What a lesson claims about real exchanges, and whether it is so.

Claims are judged against the journal and against what our platform stores: nothing is taken from the lesson itself.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .exchanges import Traffic
from .paths import at, filled, filled_pattern, fits

CPO, EMSP = "CPO", "EMSP"
_NAMES = {CPO: "CPO", EMSP: "eMSP", "HUB": "hub"}
Facts = Mapping[str, Any]
Kept = Callable[[str, Facts], list[Any]]
"""What our platform stores in this sandbox: kind and conditions → objects as JSON."""


@dataclass(frozen=True)
class Verdict:
    """`differs` says in words what is otherwise; `exchanges` are ids of the journal (the nearest one if not)."""

    says: str
    holds: bool
    differs: Sequence[str] = ()
    exchanges: Sequence[int] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "says": self.says,
            "holds": self.holds,
            "differs": list(self.differs),
            "exchanges": list(self.exchanges),
        }


class Claim(Protocol):
    says: str

    @property
    def is_absence(self) -> bool: ...
    @property
    def is_exact(self) -> bool: ...
    def judge(self, traffic: Sequence[Traffic], facts: Facts, kept: Kept) -> Verdict: ...


@dataclass(frozen=True)
class Seen:
    """An exchange that happened. `by` asked; `url` is a regular expression for its path and query.

    `http` and `ocpi` are the statuses of the answer (one, or several that are fine). `sent` and `got` map paths in the
    bodies of request and answer to what stands there; `headers` and `answer_headers` map header names. `times`: exactly
    so often; 0 means never; None at least once.
    """

    says: str
    by: str
    method: str
    url: str
    http: int | Sequence[int] | None = None
    ocpi: int | Sequence[int] | None = None
    sent: Mapping[str, Any] = field(default_factory=dict)
    got: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    answer_headers: Mapping[str, Any] = field(default_factory=dict)
    times: int | None = None

    @property
    def is_absence(self) -> bool:
        return self.times == 0

    @property
    def is_exact(self) -> bool:
        return self.times is not None

    def judge(self, traffic: Sequence[Traffic], facts: Facts, kept: Kept) -> Verdict:
        near = [one for one in traffic if self._is_about(one, facts)]
        found = [one for one in near if not self.differences(one, facts)]
        holds = bool(found) if self.times is None else len(found) == self.times
        shown = found if found or self.times == 0 else near[-1:]
        return Verdict(filled(self.says, facts), holds, [] if holds else self._why(near, found, facts),
                       [one.id for one in shown])  # fmt: skip

    def _is_about(self, one: Traffic, facts: Facts) -> bool:
        pattern = filled_pattern(self.url, facts)
        asked = one.by == EMSP if self.by == EMSP else one.by != EMSP
        return asked and one.method == self.method and re.search(pattern, one.target) is not None

    def _why(self, near: list[Traffic], found: list[Traffic], facts: Facts) -> list[str]:
        if self.times is not None:
            return [f"it happened {_times(len(found))} instead of {_times(self.times)}"]
        if not near:
            return [f"the {_NAMES[self.by]} sent no {self.method} to {_readable(filled(self.url, facts))}"]
        return self.differences(near[-1], facts)

    def differences(self, one: Traffic, facts: Facts) -> list[str]:
        found = []
        for name, expected, real in (("HTTP", self.http, one.http), ("OCPI", self.ocpi, one.ocpi)):
            allowed = [expected] if expected is None or isinstance(expected, int) else list(expected)
            if expected is not None and real not in allowed:
                found.append(f"{name} status {real}, not {' or '.join(map(str, allowed))}")
        parts = (("request", self.sent, one.request), ("answer", self.got, one.answer))
        for where, expectations, body in parts:
            found += _differing(where, expectations, lambda path, body=body: at(body, path), facts)
        for where, expectations, headers in (
            ("request header", self.headers, one.request_headers),
            ("answer header", self.answer_headers, one.answer_headers),
        ):
            lower = {key.lower(): value for key, value in headers.items()}
            found += _differing(where, expectations, lambda name, lower=lower: at(lower, name.lower()), facts)
        return found


def _times(number: int) -> str:
    return ("never", "once", "twice")[number] if number < 3 else f"{number} times"


def _readable(pattern: str) -> str:
    """A regular expression as a URL: it is read by people who did not write it."""
    return pattern.replace("\\", "").rstrip("$")


def _differing(where: str, expectations: Mapping[str, Any], find: Callable[[str], Any], facts: Facts) -> list[str]:
    found = []
    for path, expected in filled(expectations, facts).items():
        real = find(path)
        if not fits(expected, real):
            found.append(f"{where} {path} is {_short(real)}, not {_short(expected)}")
    return found


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 120 else f"{text[:117]}…"


@dataclass(frozen=True)
class InOrder:
    """These exchanges, one behind the other; others may lie between."""

    says: str
    parts: Sequence[Seen]
    is_absence: bool = False
    is_exact: bool = False

    def judge(self, traffic: Sequence[Traffic], facts: Facts, kept: Kept) -> Verdict:
        left, ids = list(traffic), []
        for part in self.parts:
            index = next((i for i, one in enumerate(left) if _fits_whole(part, one, facts)), None)
            if index is None:
                return Verdict(filled(self.says, facts), False, [f"behind the others there is no: {part.says}"], ids)
            ids.append(left[index].id)
            left = left[index + 1 :]
        return Verdict(filled(self.says, facts), True, [], ids)


def _fits_whole(part: Seen, one: Traffic, facts: Facts) -> bool:
    return part._is_about(one, facts) and not part.differences(one, facts)


@dataclass(frozen=True)
class Fact:
    """What an act found out, such as a price: the fact of this name is as expected."""

    says: str
    name: str
    expected: Any
    is_absence: bool = False
    is_exact: bool = False

    def judge(self, traffic: Sequence[Traffic], facts: Facts, kept: Kept) -> Verdict:
        real = at(facts, self.name)
        holds = fits(self.expected, real)
        differs = [] if holds else [f"{self.name} is {_short(real)}, not {_short(self.expected)}"]
        return Verdict(filled(self.says, facts), holds, differs)


@dataclass(frozen=True)
class Stored:
    """What our platform keeps: an object of this kind (see `kept.KINDS`) that meets `where`, with these `fields`.

    `count`: exactly so many; None: at least one.
    """

    says: str
    kind: str
    where: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    count: int | None = None

    @property
    def is_absence(self) -> bool:
        return self.count == 0

    @property
    def is_exact(self) -> bool:
        return self.count is not None

    def judge(self, traffic: Sequence[Traffic], facts: Facts, kept: Kept) -> Verdict:
        rows = kept(self.kind, filled(self.where, facts))
        found = [row for row in rows if not self._differs(row, facts)]
        holds = bool(found) if self.count is None else len(found) == self.count
        return Verdict(filled(self.says, facts), holds, [] if holds else self._why(rows, found, facts))

    def _differs(self, row: Any, facts: Facts) -> list[str]:
        return _differing(self.kind, self.fields, lambda path: at(row, path), facts)

    def _why(self, rows: list[Any], found: list[Any], facts: Facts) -> list[str]:
        if self.count is not None:
            return [f"there are {len(found)} such {self.kind}s, not {self.count}"]
        return self._differs(rows[-1], facts) if rows else [f"we keep no such {self.kind}"]
