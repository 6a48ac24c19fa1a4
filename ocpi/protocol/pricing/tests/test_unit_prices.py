"""A bill that is off in one part, by a price that no tariff names."""

from decimal import Decimal
from typing import Any

import pytest

from ocpi.protocol import pricing
from ocpi.protocol.cdrs import CDR
from tests import factories


def check(**changes: Any) -> pricing.Verdict:
    return pricing.check(CDR.from_wire(factories.cdr(**changes)), time_zone="Europe/Amsterdam")


@pytest.mark.requirement("R25")
def test_the_unit_price_behind_the_number_is_told() -> None:
    verdict = check(
        total_cost={"excl_vat": 4.2, "incl_vat": 5.082}, total_energy_cost={"excl_vat": 4.2, "incl_vat": 5.082}
    )
    assert verdict.explanation is not None
    assert verdict.explanation.code == "other_price"
    assert "0.42 EUR per kWh of energy; the tariff says 0.35" in verdict.explanation.sentence
    assert verdict.explanation.total_cost.excl_vat == Decimal("4.2")


def test_a_total_that_its_parts_do_not_explain_stays_unexplained() -> None:
    verdict = check(
        total_cost={"excl_vat": 9, "incl_vat": 10.89}, total_energy_cost={"excl_vat": 4.2, "incl_vat": 5.082}
    )
    assert verdict.explanation is None


def test_a_known_deviation_comes_first() -> None:
    inside = round(3.5 / 1.21, 4)
    verdict = check(
        total_cost={"excl_vat": inside, "incl_vat": 3.5}, total_energy_cost={"excl_vat": inside, "incl_vat": 3.5}
    )
    assert verdict.explanation is not None
    assert verdict.explanation.code == "vat_inside_price"
