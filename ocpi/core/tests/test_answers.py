"""What was stored is written, on every database."""

import json

import pytest

from ocpi.core.answers import answer
from tests import factories
from tests.callers import Caller


def test_an_integer_of_any_size_is_written() -> None:
    assert json.loads(answer({"huge": 10**30, "name": "Köln"}).content) == {"huge": 10**30, "name": "Köln"}


def test_a_huge_number_in_an_unknown_field_comes_back(cpo: Caller) -> None:
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location(huge=10**30))
    assert cpo.get("locations", "NL", "CPO", "L1").data["huge"] == pytest.approx(1e30)
    assert len(cpo.get("locations").data) == 1
