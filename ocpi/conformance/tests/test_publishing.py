"""Reports: nothing secret in them, nothing foreign, and what has changed since the last one."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ocpi.conformance import publishing
from ocpi.conformance.comparison import compare
from ocpi.conformance.exchange import Exchange
from ocpi.conformance.findings import Finding, Report, Result, Verdict
from ocpi.conformance.registry import Severity, checks
from ocpi.core import clock
from ocpi.protocol.headers import authorization

SECRET = "a-token-that-nobody-may-see"
URL = "https://cpo.example:8443/ocpi/versions"


def _exchange() -> Exchange:
    made = Exchange("OUT", "GET", "https://cpo.example/ocpi/credentials", "credentials", clock.now())
    made.request_headers = {"Authorization": authorization(SECRET), "X-Request-ID": "1"}
    made.http_status, made.response_headers = 200, {"Content-Type": "application/json"}
    message = f"<b>{SECRET}</b>"
    body = {"status_code": 1000, "status_message": message, "data": {"token": "their-token", "url": URL}}
    made.response_body = json.dumps(body).encode()
    return made


def _report(*verdicts: Verdict) -> Report:
    """One result for each verdict; what failed has one finding."""
    report = Report("CPO", URL, clock.now(), options={"level": "READS"}, secrets={SECRET})
    for check, verdict in zip(checks("CPO"), verdicts, strict=False):  # type: ignore[arg-type]
        findings = [Finding("it is wrong", _exchange())] if verdict is Verdict.FAILED else []
        report.results.append(Result(check, verdict, findings, "because" if verdict is Verdict.SKIPPED else ""))
    return report


def test_tokens_stand_in_no_report(tmp_path: Path) -> None:
    told = _report(Verdict.FAILED, Verdict.PASSED).as_json()
    for path in publishing.write(tmp_path, told, None, Severity.ERROR):
        text = path.read_text()
        for secret in (SECRET, "their-token", authorization(SECRET).removeprefix("Token ")):
            assert secret not in text, path


def test_the_html_asks_nobody_and_escapes_what_partners_wrote() -> None:
    html = publishing.as_html(_report(Verdict.FAILED, Verdict.SKIPPED).as_json(), None)
    assert "<b>•••</b>" not in html
    assert "&lt;b&gt;" in html
    assert "src=" not in html
    assert "@import" not in html
    assert "prefers-color-scheme: dark" in html


def test_junit_counts_failures_and_skips() -> None:
    told = _report(Verdict.FAILED, Verdict.SKIPPED, Verdict.PASSED, Verdict.UNDECIDED).as_json()
    suite = ElementTree.fromstring(publishing.as_junit(told, Severity.ERROR))  # noqa: S314  we made it
    assert [suite.get(name) for name in ("tests", "failures", "skipped", "errors")] == ["4", "1", "1", "1"]


def test_a_finding_below_the_bar_is_no_failure_for_ci() -> None:
    told = _report(Verdict.FAILED).as_json()
    told["results"][0]["severity"] = "NOTE"
    suite = ElementTree.fromstring(publishing.as_junit(told, Severity.ERROR))  # noqa: S314  we made it
    assert suite.get("failures") == "0"
    assert "it is wrong" in (suite.findtext("testcase/system-out") or "")


def test_the_next_run_tells_what_has_changed(tmp_path: Path) -> None:
    before = _report(Verdict.FAILED, Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED).as_json()
    publishing.write(tmp_path, before, None, Severity.ERROR)
    now = _report(Verdict.PASSED, Verdict.FAILED, Verdict.FAILED, Verdict.PASSED).as_json()
    compared = compare(now, publishing.earlier(tmp_path, now))
    assert compared is not None
    titles = [result["title"] for result in now["results"]]
    assert (compared.mended, compared.broken, compared.still) == ([titles[0]], [titles[1]], [titles[2]])


def test_a_finding_where_nobody_looked_before_is_new(tmp_path: Path) -> None:
    before = _report(Verdict.SKIPPED, Verdict.FAILED).as_json()
    compared = compare(now := _report(Verdict.FAILED, Verdict.SKIPPED).as_json(), before)
    assert compared is not None
    assert (compared.broken, compared.mended) == ([now["results"][0]["title"]], [])


def test_a_run_of_another_kind_is_not_compared(tmp_path: Path) -> None:
    now = _report(Verdict.PASSED).as_json()
    assert compare(now, now | {"target": "EMSP"}) is None
    assert publishing.earlier(tmp_path, now) is None
    (tmp_path / f"{publishing.file_name(now)}.json").write_text("no report")
    assert publishing.earlier(tmp_path, now) is None


def test_the_file_is_named_after_the_platform() -> None:
    told: dict[str, Any] = {"target": "CPO", "versions_url": URL}
    assert publishing.file_name(told) == "conformance-cpo-cpo.example-8443"
