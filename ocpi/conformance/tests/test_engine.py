"""What a report tells of a check that found the same thing many times."""

import logging

import pytest

from ocpi.conformance.engine import MOST, _few
from ocpi.conformance.findings import Finding
from ocpi.conformance.kit import Kit
from tests.partner_server import PartnerServer

from .conftest import Look


def test_the_same_sentence_is_told_once_with_its_number() -> None:
    assert _few([Finding("a"), Finding("b"), Finding("a")]) == [Finding("a (2 times)"), Finding("b")]


def test_more_than_a_few_sentences_are_counted() -> None:
    told = _few([Finding(str(number // 2)) for number in range(2 * MOST + 6)])
    assert len(told) == MOST + 1
    assert told[-1].text == "and 6 more of the kind"


def test_a_check_that_falls_over_is_undecided_and_the_run_goes_on(
    look: Look, partner_server: PartnerServer, caplog: pytest.LogCaptureFixture
) -> None:
    def break_(kit: Kit) -> None:
        kit.page = lambda module, **query: [][1]  # type: ignore[method-assign]

    with caplog.at_level(logging.CRITICAL, "ocpi.conformance"):
        looked = look("PAG-07 CRE-24", before=break_)
    assert looked.reason("limit_is_kept/locations") == "the kit could not read the answer (IndexError)"
    assert len(partner_server.calls("DELETE", "credentials")) >= 1
