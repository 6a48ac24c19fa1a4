"""The report: what it makes of tests and what it keeps to itself; and that the black box notices what is wrong."""

import json
from typing import Any

import pytest

from ocpi.protocol.pricing.linting import lint
from ocpi.protocol.pricing.tests import builders

from .blackbox.evidence import LONGEST, Evidence
from .blackbox.platforms import Caller, Reply
from .blackbox.steps import OK, Play, Step, filled
from .report import TESTS_SHOWN, Test, page, report, table
from .rows import not_applicable, protocol_rows, rows

BLACK_BOX, INSIDE, MOCK = "tests/compliance/blackbox/test_x.py::test_x", "ocpi/x.py::test_x", "mock_cpo/x.py::test_x"
CPO_ROW = next(row.id for row in rows().values() if row.who == "CPO-mock")


def result(row: str, *tests: Test) -> dict[str, Any]:
    return next(found for found in report(list(tests))["rows"] if found["id"] == row)


def ran(id_: str = BLACK_BOX, row: str = "LOC-01", **fields: Any) -> Test:
    return Test(id_, [row], "a sentence", **fields)


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([BLACK_BOX, INSIDE, MOCK], "black box"),
        ([INSIDE, MOCK], "inside"),
        ([MOCK], "mock"),
        ([], "not exercised"),
    ],
)
def test_a_row_is_worth_its_best_proof(ids: list[str], expected: str) -> None:
    assert result("LOC-01", *(ran(id_) for id_ in ids))["result"] == expected


def test_one_failure_outweighs_every_proof_and_is_shown_first() -> None:
    tests = [*(ran(f"{BLACK_BOX}[{n}]") for n in range(20)), ran(INSIDE, outcome="failed", message="E  boom")]
    row = result("LOC-01", *tests)
    assert (row["result"], row["tests"][0]) == ("FAILED", INSIDE)
    assert (len(row["tests"]), row["more"]) == (TESTS_SHOWN, 21 - TESTS_SHOWN)


def test_a_row_of_the_cpos_is_proven_by_the_mock_cpo() -> None:
    assert result(CPO_ROW, ran(MOCK, CPO_ROW), ran(INSIDE, CPO_ROW))["result"] == "mock"


def test_a_skipped_test_proves_nothing_and_says_why() -> None:
    row = result("LOC-01", ran(outcome="skipped", message="no browser"))
    assert (row["result"], row["reason"], row["tests"]) == ("not exercised", "no browser", [])


def test_a_row_without_a_test_shows_its_reason() -> None:
    for row, reason in not_applicable().items():
        assert (result(row)["result"], result(row)["reason"]) == ("not applicable", reason)


def test_every_row_is_counted_once() -> None:
    found = report([ran()])
    assert sum(found["protocol"].values()) == len(protocol_rows())
    assert sum(sum(part["counts"].values()) for part in found["sections"]) == len(rows())
    lines = list(table(found))
    assert lines[-1].split()[-1] == "454"


def test_what_was_said_cannot_break_out_of_the_page() -> None:
    said = {"who": "CPO → eMSP", "body": "</script><script>alert(1)</script>"}
    html = page(report([ran(exchanges=[said])]))
    assert "<script>alert" not in html
    assert html.count("</script>") == 2


def test_evidence_holds_no_token_and_no_endless_body() -> None:
    evidence = Evidence()
    body = b'{"token": "secret-b", "roles": []}'
    headers = [("Authorization", "Token c2VjcmV0"), ("Date", "today"), ("X-Request-ID", "r-1")]
    evidence.add(
        who="CPO → eMSP", method="POST", url="/x", headers=headers, body=body, status=200, answer_headers=[],
        answer=b"x" * (LONGEST + 7),
    )  # fmt: skip
    (shown,) = json.loads(evidence.as_json())
    assert shown["headers"] == {"Authorization": "Token •••", "X-Request-ID": "r-1"}
    assert shown["body"] == '{"token": "•••", "roles": []}'
    assert shown["answer"].endswith("… 7 more characters")


def test_what_only_prepares_is_no_evidence() -> None:
    evidence = Evidence()
    with evidence.paused():
        evidence.add(who="", method="", url="", headers=[], body=b"", status=0, answer_headers=[], answer=b"")
    assert json.loads(evidence.as_json()) == []


# --- the black box has teeth ------------------------------------------------------------------------------------------
def reply(http: int = 200, code: Any = 1000, data: Any = None, **headers: str) -> Reply:
    body = {"status_code": code, "timestamp": "2026-03-01T12:00:00.123Z"} | ({"data": data} if data is not None else {})
    return Reply(http, {"content-type": "application/json", **headers}, json.dumps(body).encode())


class Answers(Caller):
    """Someone to whom the eMSP always says the same."""

    def __init__(self, answer: Reply) -> None:
        self.answer = answer

    def send(self, *args: Any, **kwargs: Any) -> Reply:
        return self.answer


def check(step: Step, answer: Reply) -> None:
    Play(lambda name: Answers(answer)).step(step)


GOOD = reply(data={"id": "L1", "evses": [{"uid": "E1"}]}, link="next")
FITS: dict[str, Any] = {
    "data": {"id": "L1", "evses": [{"uid": "E1"}]}, "has": {"evses.0.uid": "E1", "evses.1": None}, "without": ["name"],
    "answers": {"Link": "next", "X-Limit": None}, "also": lambda answer: True,
}  # fmt: skip
MISSES: dict[str, Any] = {
    "data": {"id": "L1"}, "has": {"evses.0.uid": "E2"}, "without": ["id"], "answers": {"Link": None},
    "also": lambda answer: False, "message": "unknown", "expected": (201, 1000),
}  # fmt: skip


def test_a_step_that_fits_passes() -> None:
    check(Step("GET", "/x", OK, **FITS), GOOD)


@pytest.mark.parametrize("what", MISSES)
def test_a_step_fails_for_each_thing_that_it_names(what: str) -> None:
    with pytest.raises(AssertionError):
        check(Step("GET", "/x", **{"expected": OK, **FITS, what: MISSES[what]}), GOOD)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "1000"}, {"code": 1900}, {"code": 42}, {"code": True}, {"content-type": "text/html"},
        {"code": 5000},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_envelope_is_no_reply(wrong: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        reply(**wrong)


def test_places_are_filled_at_any_depth_and_nothing_else_is() -> None:
    assert filled({"a": ["{me}", "{id}"], "{party}": 1}, {"me": "NL/ABC", "party": "ABC"}) == {
        "a": ["NL/ABC", "{id}"], "ABC": 1,
    }  # fmt: skip


@pytest.mark.requirement("FIX-06", "TCS-31")
def test_a_step_above_one_is_advised_against() -> None:
    assert "step_size" in {found.code for found in lint(builders.tariff(builders.time(2, 300)))}
    assert "step_size" not in {found.code for found in lint(builders.tariff(builders.time(2, 1)))}
