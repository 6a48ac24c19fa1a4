"""What came out: findings, results of checks, and the report of a run."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ocpi.protocol.moments import format_datetime

from .exchange import Exchange
from .registry import Check, Severity


class Verdict(StrEnum):
    """UNDECIDED: the check could not be carried out, because no answer came or because of a fault of the kit."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class Finding:
    text: str
    exchange: Exchange | None = None


@dataclass
class Result:
    """`reason` says why a check was skipped or is undecided."""

    check: Check
    verdict: Verdict
    findings: list[Finding] = field(default_factory=list)
    reason: str = ""
    exchanges: int = 0
    milliseconds: int = 0

    @property
    def key(self) -> str:
        """Its name in comparisons."""
        return f"{self.check.name}/{self.check.module}" if self.check.module else self.check.name


@dataclass
class Report:
    target: str
    versions_url: str
    started_at: datetime
    results: list[Result] = field(default_factory=list)
    ended_at: datetime | None = None
    platform: dict[str, Any] = field(default_factory=dict)  # who they are, as they say
    options: dict[str, Any] = field(default_factory=dict)
    exchanges: int = 0
    stopped: str = ""  # why the run ended before its time
    secrets: set[str] = field(default_factory=set, repr=False)

    @property
    def failed(self) -> list[Result]:
        """The worst first."""
        found = [result for result in self.results if result.verdict is Verdict.FAILED]
        return sorted(found, key=lambda result: -result.check.severity)

    def count(self, severity: Severity) -> int:
        return sum(1 for result in self.failed if result.check.severity == severity)

    @property
    def found(self) -> set[str]:
        """The rows of the checklist that are not kept."""
        return {row for result in self.failed for row in result.check.rows}

    def as_json(self) -> dict[str, Any]:
        """What is kept and compared; everything in it may be shown."""
        verdicts = Counter(result.verdict for result in self.results)
        return {
            "target": self.target,
            "versions_url": self.versions_url,
            "started_at": format_datetime(self.started_at),
            "ended_at": format_datetime(self.ended_at or self.started_at),
            "platform": self.platform,
            "options": self.options,
            "exchanges": self.exchanges,
            "stopped": self.stopped,
            "verdicts": {verdict.value: verdicts[verdict] for verdict in Verdict},
            "severities": {severity.name: self.count(severity) for severity in reversed(Severity)},
            "results": [self._result(result) for result in self.results],
        }

    def _result(self, result: Result) -> dict[str, Any]:
        return {
            "key": result.key,
            "title": result.check.title,
            "module": result.check.module,
            "rows": list(result.check.rows),
            "severity": result.check.severity.name,
            "explanation": result.check.explanation,
            "verdict": result.verdict.value,
            "reason": result.reason,
            "exchanges": result.exchanges,
            "milliseconds": result.milliseconds,
            "findings": [self._finding(finding) for finding in result.findings],
        }

    def _finding(self, finding: Finding) -> dict[str, Any]:
        shown = finding.exchange.shown(self.secrets) if finding.exchange else None
        return {"text": finding.text, "exchange": shown}
