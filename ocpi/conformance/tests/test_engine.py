"""What a report tells of a check that found the same thing many times."""

from ocpi.conformance.engine import MOST, _few
from ocpi.conformance.findings import Finding


def test_the_same_sentence_is_told_once_with_its_number() -> None:
    assert _few([Finding("a"), Finding("b"), Finding("a")]) == [Finding("a (2 times)"), Finding("b")]


def test_more_than_a_few_sentences_are_counted() -> None:
    told = _few([Finding(str(number // 2)) for number in range(2 * MOST + 6)])
    assert len(told) == MOST + 1
    assert told[-1].text == "and 6 more of the kind"
