"""How checks are declared. A check is a generator: what it yields are findings, and a platform without any passes.

    @check("PAG-08", module=LISTS)
    def total_count(kit: Kit, module: str) -> Findings:
        '''Every page tells in X-Total-Count how many objects match.'''      # what the standard says, in our words
        for page in kit.crawl(module).pages:
            if not (page.header("X-Total-Count") or "").isdecimal():
                yield "X-Total-Count is missing or no number", page

It yields a sentence, or a sentence and the exchange that shows it (the last one of the check when it is left out).
`raise Skip("…")` when there is nothing to look at.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, TypeAlias

from ocpi.protocol.errors import PartnerError

from .exchange import Exchange

Findings: TypeAlias = Iterator[str | tuple[str, Exchange | None]]


class Severity(IntEnum):
    """ERROR: the standard demands it. WARNING: it recommends it. NOTE: it is silent, and partners are surprised."""

    NOTE = 1
    WARNING = 2
    ERROR = 3


class Target(StrEnum):
    """Which kind of platform is looked at."""

    CPO = "CPO"
    EMSP = "EMSP"


BOTH = (Target.CPO, Target.EMSP)


class Level(IntEnum):
    """How far a run goes: it only reads; leaves clearly marked test objects; changes more; moves chargers."""

    READS = 0
    OBJECTS = 1
    WRITES = 2
    COMMANDS = 3


class Stage(IntEnum):
    """When a check has its turn; inside a stage, in the order of declaration."""

    DISCOVERY = 0  # always made: everything stands on it
    BEFORE = 1  # with token A at most
    REGISTRATION = 2  # always made, but where a registration exists
    REGISTERED = 3  # everything else
    UPDATE = 4
    END = 5
    AFTERWARDS = 6  # looks at what was said during the whole run


class Lists:
    """Instead of a module: the check is made for each list that the platform offers."""


LISTS = Lists()
OFFERED = {
    Target.CPO: ("locations", "tariffs", "sessions", "cdrs"),
    Target.EMSP: ("tokens",),
}
"""The lists that a Sender serves, by what the platform is."""


class Skip(Exception):
    """There is nothing to look at; the text says why."""


class Stop(PartnerError):
    """Without this nothing else can be looked at."""


@dataclass(frozen=True)
class Check:
    """`rows`: IDs of the checklist. `module` must be offered; "" when it is about the platform as a whole."""

    name: str
    rows: tuple[str, ...]
    severity: Severity
    targets: tuple[Target, ...]
    module: str
    level: Level
    stage: Stage
    explanation: str
    function: Callable[..., Findings]
    per_list: bool = False
    handshake: bool = False  # only where we register ourselves

    @property
    def title(self) -> str:
        words = [_SPELLED.get(word, word) for word in self.name.split("_")]
        text = " ".join(words)
        return text[:1].upper() + text[1:] + (f" ({self.module})" if self.per_list else "")

    def run(self, kit: Any) -> Findings:
        return self.function(kit, self.module) if self.per_list else self.function(kit)


_SPELLED = {
    "cpo": "CPO", "emsp": "eMSP", "cdr": "CDR", "cdrs": "CDRs", "evse": "EVSE", "evses": "EVSEs", "url": "URL",
    "urls": "URLs", "json": "JSON", "http": "HTTP", "https": "HTTPS", "ocpi": "OCPI", "put": "PUT",
    "patch": "PATCH", "post": "POST", "delete": "DELETE",
}  # fmt: skip
_CHECKS: list[Check] = []


def check(
    rows: str,
    *,
    severity: Severity = Severity.ERROR,
    tests: Target | tuple[Target, ...] = BOTH,
    module: str | Lists = "",
    level: Level = Level.READS,
    stage: Stage = Stage.REGISTERED,
    handshake: bool = False,
) -> Callable[[Callable[..., Findings]], Callable[..., Findings]]:
    """Declare a check: `rows` as `"PAG-08 PAG-09"`; its docstring is what the standard says, in our words."""
    targets = (tests,) if isinstance(tests, Target) else tests
    per_list = isinstance(module, Lists)
    fixed = {"rows": tuple(rows.split()), "severity": severity, "level": level, "stage": stage, "handshake": handshake}

    def declare(function: Callable[..., Findings]) -> Callable[..., Findings]:
        told = " ".join((function.__doc__ or "").split())
        for each, kinds in _spread(module, targets):
            _CHECKS.append(
                Check(function.__name__, targets=kinds, module=each, explanation=told, function=function,
                      per_list=per_list, **fixed)
            )  # fmt: skip
        return function

    return declare


def _spread(module: str | Lists, targets: tuple[Target, ...]) -> Iterable[tuple[str, tuple[Target, ...]]]:
    if isinstance(module, str):
        return [(module, targets)]
    return [(each, (target,)) for target in targets for each in OFFERED[target]]


def checks(target: Target) -> list[Check]:
    """All that are made on such a platform, in their order."""
    from . import checks as _declared  # noqa: F401  importing declares

    mine = [each for each in _CHECKS if target in each.targets]
    return sorted(mine, key=lambda each: each.stage)
