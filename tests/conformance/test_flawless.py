"""A platform without a defect gets a report without a finding, both roles."""

from ocpi.conformance.findings import Report, Verdict

from .stages import EmspStage, MockStage, examine


def _told(report: Report) -> list[str]:
    return [
        f"{'/'.join(result.check.rows)} {result.check.title}: {result.reason}"
        + "; ".join(f"{finding.text} [{finding.exchange and finding.exchange.url}]" for finding in result.findings)
        for result in report.results
        if result.verdict in (Verdict.FAILED, Verdict.UNDECIDED)
    ]


def test_the_mock_cpo_has_a_clean_report(cpo_stage: MockStage) -> None:
    cpo_stage.begin()
    report = examine(cpo_stage, patience=30)
    assert _told(report) == []
    assert sum(result.verdict is Verdict.PASSED for result in report.results) > 150


def test_our_emsp_has_a_clean_report(emsp_stage: EmspStage) -> None:
    report = examine(emsp_stage, patience=30)
    assert _told(report) == []
    assert sum(result.verdict is Verdict.PASSED for result in report.results) > 120
