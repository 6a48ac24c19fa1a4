"""The catalogue: single defects of a platform, and the rows of the checklist of which the kit must find one broken.

`where` says what is changed: what the platform is asked and answers ("in"), or what it sends to us ("out", CPO only).
`fault` is one of the mock's own. `level`: how far the kit must go to see it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ocpi.conformance.registry import Level, Target
from tests.conformance.proxy import Defect

CPO, EMSP = Target.CPO, Target.EMSP
BOTH = (CPO, EMSP)
READS, OBJECTS, WRITES, COMMANDS = Level


@dataclass(frozen=True)
class Mutant:
    name: str
    target: Target
    rows: tuple[str, ...]
    level: Level
    make: Callable[[], Defect] | None = None  # anew for each run: some remember
    fault: str = ""
    where: str = "in"

    def __str__(self) -> str:
        return f"{self.target}: {self.name}"


CATALOGUE: list[Mutant] = []


def add(
    name: str, rows: str, make: Any, *, on: Any = BOTH, level: Level = OBJECTS, where: str = "in", fault: str = ""
) -> None:
    """`make` is a Defect, or a class of one."""
    for target in on if isinstance(on, tuple) else (on,):
        factory = None if make is None else (make if isinstance(make, type) else lambda: make)
        CATALOGUE.append(Mutant(name, target, tuple(rows.split()), level, factory, fault, where))


def fresh(function: Callable[..., Defect], *args: Any) -> type:
    """For defects that remember: a new one for each run."""
    return type("Fresh", (), {"__new__": lambda cls: function(*args)})


def of(target: Target) -> Iterator[Mutant]:
    return (mutant for mutant in CATALOGUE if mutant.target is target)


SUBJECTS = ("messages", "handshake", "lists", "cpo_lists", "cpo_tokens", "charging", "emsp")

for _subject in SUBJECTS:
    import_module(f"{__name__}.{_subject}")  # importing declares
