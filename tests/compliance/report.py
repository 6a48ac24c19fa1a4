"""A pytest plugin: which rows of the checklist did this run prove, by which tests, with which messages?

It listens to every test that carries `@pytest.mark.requirement(...)`, wherever it stands, also across the workers of
pytest-xdist, and writes `compliance.json` and `compliance.html` when `-m` asks for compliance (into `reports`) or
`--compliance-report DIR` says where. docs/compliance.md tells how to read them.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from . import rows as checklist
from .rows import Row

ROWS, EXCHANGES, SENTENCE = "requirement rows", "exchanges", "sentence"
ROOT = Path(__file__).resolve().parents[2]
BLACK_BOX = "tests/compliance/blackbox/"
# What a row came to, best first; the order is the order of the counts.
RESULTS = {
    "black box": "proven over HTTP against a running eMSP",
    "inside": "proven by a test inside the code",
    "mock": "proven by the mock CPO's own tests",
    "not applicable": "nothing to prove here; the reason stands beside it",
    "not exercised": "no test named it in this run",
    "FAILED": "a test that names it failed",
}
TESTS_SHOWN, EXCHANGES_SHOWN = 8, 12  # of one row, of one test: enough to judge by


@dataclass
class Test:
    """All that one test came to; its parametrized variants are tests of their own."""

    id: str
    rows: list[str]
    sentence: str
    outcome: str = "passed"
    message: str = ""
    seconds: float = 0
    exchanges: list[Any] = field(default_factory=list)

    __test__ = False  # not a class for pytest to collect

    @property
    def kind(self) -> str:
        if self.id.startswith(BLACK_BOX):
            return "black box"
        return "mock" if self.id.startswith("mock_cpo/") else "inside"


# --- options ----------------------------------------------------------------------------------------------------------
def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--compliance-report", metavar="DIR", help="write compliance.json and compliance.html there")


def pytest_configure(config: pytest.Config) -> None:
    folder = _folder(config)
    if folder is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(folder), "compliance-collector")


def _folder(config: pytest.Config) -> Path | None:
    given = config.getoption("--compliance-report")
    if given:
        return Path(given)
    chosen = str(config.getoption("-m") or "")
    asked = re.search(r"\bcompliance\b", chosen) and not re.search(r"\bnot\s+compliance\b", chosen)
    return config.rootpath / "reports" if asked else None


# --- in every process that runs tests ---------------------------------------------------------------------------------
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        named = sorted({row for mark in item.iter_markers("requirement") for row in mark.args})
        if named:
            item.user_properties.append((ROWS, " ".join(named)))
            item.user_properties.append((SENTENCE, _sentence(item)))


def _sentence(item: pytest.Item) -> str:
    """`test_a_blocked_token_is_pushed[APP]` → `a blocked token is pushed · APP`."""
    name, _, rest = item.name.partition("[")
    words, variant = name.removeprefix("test_").replace("_", " "), rest.removesuffix("]")
    if "case" in getattr(item, "fixturenames", ()):  # a row of a table: its name is the sentence
        return variant
    return f"{words} · {variant}" if variant else words


# --- in the process that sees every result ----------------------------------------------------------------------------
class Collector:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tests: dict[str, Test] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        known = dict(report.user_properties)
        if ROWS not in known:
            return
        test = self.tests.setdefault(report.nodeid, Test(report.nodeid, known[ROWS].split(), known[SENTENCE]))
        test.seconds += report.duration
        if report.failed:
            test.outcome, test.message = "failed", _last_lines(report.longreprtext)
        elif report.skipped and test.outcome == "passed":
            test.outcome, test.message = "skipped", _skip_reason(report)
        if EXCHANGES in known and report.when != "setup":
            test.exchanges = json.loads(known[EXCHANGES])

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.config.option.collectonly:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self.result = report(list(self.tests.values()))
        (self.folder / "compliance.json").write_text(json.dumps(self.result, ensure_ascii=False, indent=1))
        (self.folder / "compliance.html").write_text(page(self.result))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if not hasattr(self, "result"):
            return
        terminalreporter.section("compliance")
        for line in table(self.result):
            terminalreporter.write_line(line)
        terminalreporter.write_line(f"{self.folder / 'compliance.html'} shows each row with its messages")


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-12:])


def _skip_reason(report: pytest.TestReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else "skipped"


# --- what it comes to -------------------------------------------------------------------------------------------------
def report(tests: list[Test]) -> dict[str, Any]:
    """The whole report as plain data; this is compliance.json."""
    by_row: dict[str, list[Test]] = {}
    for test in tests:
        for row in test.rows:
            by_row.setdefault(row, []).append(test)
    judged = [_judged(row, by_row.get(row.id, [])) for row in checklist.rows().values()]
    shown = {name for row in judged for name in row["tests"]}
    return {
        "made": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "specification": "OCPI 2.2.1",
        "results": RESULTS,
        "sections": [
            {"id": s.id, "number": s.number, "title": s.title, "counts": _counts(judged, s.id)}
            for s in checklist.sections().values()
        ],
        "protocol": _counts([row for row in judged if row["id"] in checklist.protocol_rows()]),
        "rows": judged,
        "tests": {test.id: _shown(test) for test in tests if test.id in shown},
    }


def _judged(row: Row, tests: list[Test]) -> dict[str, Any]:
    ran = [test for test in tests if test.outcome != "skipped"]
    return {
        **row.as_dict(),
        "result": _result(row, ran),
        "proofs": dict(Counter(test.kind for test in ran if test.outcome == "passed")),
        "reason": _reason(row, tests),
        "tests": [test.id for test in _witnesses(ran)],
        "more": max(0, len(ran) - TESTS_SHOWN),
    }


def _result(row: Row, ran: list[Test]) -> str:
    if any(test.outcome == "failed" for test in ran):
        return "FAILED"
    kinds = {test.kind for test in ran}
    if not row.binds_emsp and "mock" in kinds:
        return "mock"
    for kind in ("black box", "inside", "mock"):
        if kind in kinds:
            return kind
    return "not applicable" if row.id in checklist.not_applicable() else "not exercised"


def _reason(row: Row, tests: list[Test]) -> str:
    skipped = [test.message for test in tests if test.outcome == "skipped"]
    return checklist.not_applicable().get(row.id) or (skipped[0] if skipped else "")


def _witnesses(tests: list[Test]) -> list[Test]:
    """Those worth showing: what failed, then black box, then one of each function before a second of any."""
    kinds = list(RESULTS)
    ranked = sorted(tests, key=lambda t: (t.outcome != "failed", kinds.index(t.kind), not t.exchanges, len(t.rows)))
    seen: Counter[str] = Counter()
    turns = []
    for place, test in enumerate(ranked):
        function = test.id.split("[")[0]
        turns.append((test.outcome != "failed", seen[function], kinds.index(test.kind), place, test))
        seen[function] += 1
    return [turn[-1] for turn in sorted(turns, key=lambda turn: turn[:-1])][:TESTS_SHOWN]


def _counts(judged: list[dict[str, Any]], section: str | None = None) -> dict[str, int]:
    found = Counter(row["result"] for row in judged if section in (None, row["section"]))
    return {name: found[name] for name in RESULTS}


def _shown(test: Test) -> dict[str, Any]:
    return {
        "kind": test.kind,
        "sentence": test.sentence,
        "outcome": test.outcome,
        "message": test.message,
        "ms": round(test.seconds * 1000),
        "exchanges": test.exchanges[:EXCHANGES_SHOWN],
        "more": max(0, len(test.exchanges) - EXCHANGES_SHOWN),
    }


def table(result: dict[str, Any]) -> Iterator[str]:
    """The counts per module, as `make compliance` prints them."""
    names = list(RESULTS)
    yield f"{'':<36}" + "".join(f"{name:>16}" for name in [*names, "rows"])
    for part in result["sections"]:
        yield _line(f"{part['number']:>2} {part['title']}", part["counts"])
    yield _line("   sections 1 to 14, the protocol", result["protocol"])


def _line(title: str, counts: dict[str, int]) -> str:
    return f"{title:<36}" + "".join(f"{count or '·':>16}" for count in [*counts.values(), sum(counts.values())])


def page(result: dict[str, Any]) -> str:
    """One file with everything in it; no `<` of the data can end or open anything in the page."""
    data = json.dumps(result, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return (checklist.HERE / "report.html").read_text().replace("/*DATA*/null", data)
