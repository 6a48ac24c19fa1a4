"""Values as the admin shows them."""

from decimal import Decimal

import pytest

from ocpi.core import admin


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (None, 2, "–"),
        (Decimal("-0.004"), 2, "0.00 EUR"),
        (Decimal("-0.005001"), 2, "-0.01 EUR"),
        (Decimal("-1234.5"), 2, "-1,234.50 EUR"),
        (-100, 0, "-100 EUR"),
        (0, 0, "0 EUR"),
    ],
)
def test_a_number_has_its_unit_and_nobody_owes_minus_nothing(value: Decimal | None, places: int, shown: str) -> None:
    assert admin.number(value, "EUR", places) == shown
