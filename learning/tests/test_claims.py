"""Claims about messages: what holds, and in words what does not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from learning.course.claims import CPO, EMSP, Fact, InOrder, Seen, Stored
from learning.course.exchanges import Traffic, changes
from learning.course.paths import ABSENT, ANY, MISSING, at, filled, filled_pattern, fits, matching, more_than, one_of

FACTS = {"party": "0AB", "number": 7}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def message(number: int = 1, **changes: Any) -> Traffic:
    usual: dict[str, Any] = {
        "id": number, "by": EMSP, "to": CPO, "method": "GET", "target": "/ocpi/cpo/versions", "module": "versions",
        "http": 200, "ocpi": 1000, "ms": 3, "at": NOON + timedelta(seconds=number),
        "answer": {"data": [{"version": "2.2.1"}]}, "answer_headers": {"X-Total-Count": "1"},
    }  # fmt: skip
    return Traffic(**usual | changes)


def judge(claim: Any, *traffic: Traffic, rows: Any = ()) -> Any:
    return claim.judge(list(traffic), FACTS, lambda kind, where: list(rows))


class TestPaths:
    value = {"a": [{"b": 1}, {"b": 2}], "c": None}

    @pytest.mark.parametrize(("path", "expected"), [
        ("a.0.b", 1), ("a.-1.b", 2), ("a.#", 2), ("c", None), ("d", MISSING), ("a.2.b", MISSING), ("a.x", MISSING),
        ("c.d", MISSING),
    ])  # fmt: skip
    def test_they_lead_into_json(self, path: str, expected: Any) -> None:
        assert at(self.value, path) == expected

    @pytest.mark.parametrize(("expected", "value", "result"), [
        (1, 1, True), (1, 2, False), (ANY, None, True), (ANY, MISSING, False), (ABSENT, MISSING, True),
        (ABSENT, 0, False), (more_than(2), 2, False), (more_than(2), 2.5, True), (more_than(2), "3", False),
        (one_of("A", "B"), "B", True), (matching("^P"), "PUT", True), (matching("^P"), 1, False),
    ])  # fmt: skip
    def test_expectations(self, expected: Any, value: Any, result: bool) -> None:
        assert fits(expected, value) is result

    def test_facts_are_filled_in_wherever_text_stands(self) -> None:
        assert filled({"a {party}": ["{number}", "no {number}", "{unknown}"]}, FACTS) == {
            "a 0AB": [7, "no 7", "{unknown}"]
        }

    def test_a_fact_is_no_pattern(self) -> None:
        assert filled_pattern("^/{id}/{3}$", {"id": "a.b"}) == r"^/a\.b/{3}$"

    def test_changes_are_paths(self) -> None:
        before = {"a": 1, "b": {"c": [1, 2]}, "d": 1}
        assert list(changes(before, {"a": 1, "b": {"c": [1, 3]}, "e": 1})) == ["b.c.1", "d", "e"]


class TestSeen:
    claim = Seen("we read versions", EMSP, "GET", "/versions$", 200, 1000, got={"data.0.version": "2.2.1"})

    def test_it_holds_when_it_happened(self) -> None:
        verdict = judge(self.claim, message(4))
        assert (verdict.holds, verdict.exchanges) == (True, [4])

    @pytest.mark.parametrize(("otherwise", "words"), [
        ({"http": 401}, "HTTP status 401, not 200"), ({"ocpi": 2001}, "OCPI status 2001, not 1000"),
        ({"answer": {"data": []}}, "answer data.0.version is nothing, not '2.2.1'"),
        ({"method": "POST"}, "the eMSP sent no GET to /versions"), ({"by": CPO}, "the eMSP sent no GET to /versions"),
    ])  # fmt: skip
    def test_what_differs_is_said(self, otherwise: dict[str, Any], words: str) -> None:
        verdict = judge(self.claim, message(**otherwise))
        assert not verdict.holds
        assert verdict.differs == [words]

    def test_of_several_one_is_enough(self) -> None:
        assert judge(self.claim, message(1, http=500), message(2)).holds

    def test_never_means_never(self) -> None:
        never = Seen("no POST", EMSP, "POST", "/credentials", times=0)
        assert judge(never, message()).holds
        found = judge(never, message(), message(9, method="POST", target="/credentials"))
        assert (found.holds, found.differs) == (False, ["it happened once instead of never"])

    def test_headers_have_no_case(self) -> None:
        claim = Seen("it counts", EMSP, "GET", "/versions", answer_headers={"x-total-count": "1"})
        assert judge(claim, message()).holds

    def test_the_other_side_may_be_a_hub(self) -> None:
        assert judge(Seen("they ask", CPO, "GET", "/versions"), message(by="HUB", to=EMSP)).holds


def test_order_matters() -> None:
    parts = (Seen("a", EMSP, "GET", "/a"), Seen("b", EMSP, "GET", "/b"))
    one, two = message(1, target="/a"), message(2, target="/b")
    assert judge(InOrder("a before b", parts), one, two).holds
    assert not judge(InOrder("a before b", parts), two, one).holds


def test_what_is_missing_in_an_order_is_named() -> None:
    parts = (Seen("the first", EMSP, "GET", "/a"), Seen("the second", EMSP, "GET", "/b", http=200))
    verdict = judge(InOrder("both", parts), message(1, target="/a"), message(2, target="/b", http=500))
    assert (verdict.differs, verdict.exchanges) == (["behind the others there is no: the second"], [1])


@pytest.mark.parametrize(("facts", "differs"), [
    ({"estimate": 7.5}, []), ({"estimate": None}, ["estimate is None, not 7.5"]),
    ({}, ["estimate is nothing, not 7.5"]), ({"estimate": "x" * 200}, [f"estimate is '{'x' * 116}…, not 7.5"]),
])  # fmt: skip
def test_what_an_act_found_out_is_compared(facts: dict[str, Any], differs: list[str]) -> None:
    verdict = Fact("the price is right", "estimate", 7.5).judge([], facts, lambda kind, where: [])
    assert (verdict.holds, verdict.differs) == (not differs, differs)


def test_one_status_of_several_is_fine_and_any_other_is_told() -> None:
    claim = Seen("it was taken", EMSP, "GET", "/versions", http=(200, 201))
    assert judge(claim, message(http=201)).holds
    assert judge(claim, message(http=202)).differs == ["HTTP status 202, not 200 or 201"]


def test_what_must_not_be_kept_is_counted() -> None:
    none = Stored("none is kept", "session", count=0)
    assert none.is_absence
    assert judge(none, rows=[{"id": "S1"}]).differs == ["there are 1 such sessions, not 0"]


def test_what_we_keep_counts_too() -> None:
    claim = Stored("it charges", "session", fields={"status": "ACTIVE"})
    assert judge(claim, rows=[{"status": "ACTIVE"}]).holds
    assert judge(claim, rows=[{"status": "PENDING"}]).differs == ["session status is 'PENDING', not 'ACTIVE'"]
    assert judge(claim).differs == ["we keep no such session"]
    assert judge(Stored("none", "session", count=0)).holds
