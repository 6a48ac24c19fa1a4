"""The checklist as data is whole: rows.json, its reasons, and what tests say that they prove."""

import re

import pytest

from tests.architecture.mandatory_rows import MANDATORY
from tests.architecture.test_requirements import proven

from .rows import Row, not_applicable, protocol_rows, rows, sections

WHO = {
    "EMSP-serves", "EMSP-calls", "CPO-mock", "hub-mock", "both", "EMSP-serves, CPO-mock", "CPO-mock, EMSP-calls",
    "eMSP", "the specification",
}  # fmt: skip


def test_the_protocol_has_454_rows_and_none_twice() -> None:
    assert len(protocol_rows()) == 454
    assert {row.section for row in rows().values()} == sections().keys()


@pytest.mark.parametrize("section", [part.id for part in sections().values()])
def test_the_rows_of_a_section_are_numbered_without_a_gap(section: str) -> None:
    numbers = [int(row.id.split("-")[1]) for row in rows().values() if row.section == section]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_row_says_who_must_do_what_and_how_strongly() -> None:
    def whole(row: Row) -> bool:
        return row.who in WHO and row.strength in {"M", "S", "D"} and 3 <= len(row.sentence) <= 700

    assert [row for row in rows().values() if not whole(row)] == []


def test_what_tests_name_exists() -> None:
    named = {row for row in proven("ocpi", "tests", "mock_cpo", "learning") if "-" in row}  # R1… are docs/pricing.md's
    assert sorted(named - rows().keys()) == []


def test_the_mandatory_rows_of_the_server_are_mandatory_here_too() -> None:
    assert {row: rows()[row].strength for row in MANDATORY} == dict.fromkeys(MANDATORY, "M")
    assert {row for row, who in MANDATORY.items() if who not in rows()[row].who} == set()


def test_a_reason_is_a_sentence_and_stands_only_where_no_test_is() -> None:
    for row, reason in not_applicable().items():
        assert re.fullmatch(r"[A-Z].{30,}\.", reason), row
    assert sorted(not_applicable().keys() - rows().keys()) == []
    assert sorted(not_applicable().keys() & proven("ocpi", "tests", "mock_cpo")) == []
