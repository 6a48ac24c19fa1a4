"""A bill that is off in one part, by a price that no tariff names."""

from decimal import Decimal

import pytest

from ocpi.protocol.pricing import Verdict

from .builders import billed, charging, energy, judged, tariff


def bill(energy_cost: float, total: float | None = None, vat: float = 1.21) -> Verdict:
    """10 kWh at 0.35 plus 21 % VAT, billed as something else."""
    total = energy_cost if total is None else total
    return judged(
        [charging(60, kwh=10)],
        tariff(energy(0.35, vat=21)),
        total_energy_cost=billed(energy_cost, round(energy_cost * vat, 4)),
        total_cost=billed(total, round(total * vat, 4)),
    )


@pytest.mark.requirement("R25")
def test_the_unit_price_behind_the_number_is_told() -> None:
    found = bill(4.2).explanation
    assert found is not None
    assert found.code == "other_price"
    assert "0.42 EUR per kWh of energy; the tariff says 0.35" in found.sentence
    assert found.total_cost.excl_vat == Decimal("4.2")


def test_a_total_that_its_parts_do_not_explain_stays_unexplained() -> None:
    assert bill(4.2, total=9).explanation is None


def test_a_known_deviation_comes_first() -> None:
    found = bill(round(3.5 / 1.21, 4)).explanation
    assert found is not None
    assert found.code == "vat_inside_price"
