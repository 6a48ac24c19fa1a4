"""Runs of the kit against platforms with one defect each, and the table of what it found."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ocpi.conformance.findings import Report
from ocpi.conformance.registry import Level, Stage, checks

from .mutants import Mutant
from .stages import Stage as Platform
from .stages import examine

TALK = ("TRA-15", "TRA-27", "TRA-08", "CRE-06", "TOK-06", "LOC-01")
PATIENCE = 1.5  # seconds to wait for what comes by itself
CHARGE = ("CMD-05", "CMD-09", "CMD-18", "SES-14", "CDR-01")


@dataclass(frozen=True)
class Outcome:
    """`rows`: those that the report calls broken."""

    mutant: Mutant
    rows: frozenset[str]
    findings: int
    stopped: str

    @property
    def found(self) -> bool:
        return bool(self.rows & set(self.mutant.rows))


def quickly(stage: Platform, mutants: Iterable[Mutant]) -> Iterator[Outcome]:
    """Only the checks of the rows that each defect breaks, and what they stand on."""
    return (_patiently(stage, mutant, _needed(mutant)) for mutant in mutants)


def _needed(mutant: Mutant) -> tuple[str, ...]:
    """Checks that look at what was said during a run need something to be said."""
    afterwards = {row for each in checks(mutant.target) if each.stage is Stage.AFTERWARDS for row in each.rows}
    talk = TALK if afterwards & set(mutant.rows) else ()
    return (*mutant.rows, *talk, *(CHARGE if mutant.level is Level.COMMANDS else ()))


def thoroughly(stage: Platform, mutants: Iterable[Mutant]) -> Iterator[Outcome]:
    return (_patiently(stage, mutant, ()) for mutant in mutants)


def _patiently(stage: Platform, mutant: Mutant, only: tuple[str, ...]) -> Outcome:
    """What is not found is looked for once more, with more time: a busy machine is no fault of the kit."""
    outcome = _examined(stage, mutant, only, PATIENCE)
    return outcome if outcome.found else _examined(stage, mutant, only, 6 * PATIENCE)


def _examined(stage: Platform, mutant: Mutant, only: tuple[str, ...], patience: float) -> Outcome:
    stage.begin(mutant.fault)
    defect = mutant.make() if mutant.make else None
    stage.proxy.defect = defect if mutant.where == "in" else None
    try:
        outgoing = defect if mutant.where == "out" else None
        report = examine(
            stage,
            level=mutant.level,
            only=only,
            patience=patience,
            outgoing=outgoing,
            second=not only or "CRE-15" in only,
        )
    finally:
        stage.proxy.defect = None
    return _outcome(mutant, report)


def _outcome(mutant: Mutant, report: Report) -> Outcome:
    return Outcome(mutant, frozenset(report.found), len(report.failed), report.stopped)


HEADER = "| platform | defect | rows | found by | checks |\n|---|---|---|---|---|"


def line(outcome: Outcome) -> str:
    """Whether it was found, by which rows, and how many checks failed."""
    mutant = outcome.mutant
    hit = " ".join(sorted(outcome.rows & set(mutant.rows))) or f"MISSED ({' '.join(sorted(outcome.rows))})"
    name = mutant.name + (f" (`{mutant.fault}`)" if mutant.fault else "")
    return f"| {mutant.target} | {name} | {' '.join(mutant.rows)} | {hit} | {outcome.findings} |"


def table(outcomes: Iterable[Outcome]) -> str:
    return "\n".join(["", HEADER, *map(line, outcomes)])
