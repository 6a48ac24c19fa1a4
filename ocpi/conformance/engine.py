"""Carries checks out, one after the other, and never falls over what a platform answers."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable

from ocpi.core import clock
from ocpi.protocol.errors import PartnerError

from .findings import Finding, Report, Result, Verdict
from .kit import Kit
from .registration import unregister
from .registry import Check, Skip, Stage, Stop, checks

log = logging.getLogger("ocpi.conformance")
MOST = 5  # findings of one check that are told one by one
Progress = Callable[[Result], None]


def run(kit: Kit, *, only: Iterable[str] = (), progress: Progress = lambda result: None) -> Report:
    """Make all checks that fit; `only`: rows of the checklist. A registration that we made is ended in any case."""
    wanted, report = set(only), Report(kit.target, kit.versions_url, clock.now(), options=kit.options.shown())
    try:
        for check in checks(kit.target):
            if _wanted(check, wanted):
                result = _make(check, kit)
                report.results.append(result)
                progress(result)
    finally:
        unregister(kit)
    report.stopped = kit.stopped
    report.ended_at, report.exchanges = clock.now(), len(kit.exchanges)
    report.platform, report.secrets = kit.described(), kit.secrets
    return report


def _wanted(check: Check, rows: set[str]) -> bool:
    """What leads to a registration is always needed."""
    return not rows or bool(rows & set(check.rows)) or check.stage in (Stage.DISCOVERY, Stage.REGISTRATION)


def _make(check: Check, kit: Kit) -> Result:
    if reason := kit.why_not(check):
        return Result(check, Verdict.SKIPPED, reason=reason)
    before, started = len(kit.exchanges), time.monotonic()
    kit.about = check.name
    result = _judged(check, kit)
    result.exchanges = len(kit.exchanges) - before
    result.milliseconds = round((time.monotonic() - started) * 1000)
    return result


def _judged(check: Check, kit: Kit) -> Result:
    findings: list[Finding] = []
    try:
        for found in check.run(kit):
            text, exchange = (found, kit.last) if isinstance(found, str) else found
            findings.append(Finding(text, exchange))
    except Skip as skip:
        if not findings:
            return Result(check, Verdict.SKIPPED, reason=str(skip))
    except Stop as stop:
        findings.append(Finding(stop.message, kit.last))
        kit.stopped = stop.message
    except PartnerError as error:
        findings.append(Finding(f"no answer: {error.message}", kit.last))
    except Exception as error:
        log.exception("the check %s fell over", check.name)
        return Result(check, Verdict.UNDECIDED, findings, f"the kit could not read the answer ({type(error).__name__})")
    return Result(check, Verdict.FAILED if findings else Verdict.PASSED, _few(findings))


def _few(findings: list[Finding]) -> list[Finding]:
    """Each sentence once, with the exchange that showed it first and how often it came."""
    times = Counter(finding.text for finding in findings)
    first = {finding.text: finding for finding in reversed(findings)}
    told = [Finding(f"{text} ({n} times)" if n > 1 else text, first[text].exchange) for text, n in times.items()]
    rest = sum([*times.values()][MOST:])
    return [*told[:MOST], Finding(f"and {rest} more of the kind")] if rest else told
