"""Values as the admin shows them."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

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


@pytest.mark.parametrize(("kind", "value", "text"), [
    ("review", "WAITING", "waiting for our check"), ("webhook", "WAITING", "waiting"), ("pull", "WAITING", "waiting"),
    ("token", "NO_CREDIT", "no credit"), ("invoice_line", "UNKNOWN", "not in our books"),
    ("evse", "UNKNOWN", "unknown"),
])  # fmt: skip
def test_a_state_is_named_by_what_it_is_the_state_of(kind: str, value: str, text: str) -> None:
    assert admin.label(kind, value) == text


@pytest.mark.parametrize(("text", "key"), [("7", 7), ("", 0), ("x", 0), ("-1", 0), ("²", 0), ("9" * 30, 0)])
def test_a_key_in_a_link_is_a_number_or_nothing(text: str, key: int) -> None:
    assert admin.key(text) == key


@pytest.mark.django_db
def test_a_count_ends_where_lists_stop_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        User.objects.create_user(f"u{n}")
    assert admin.counted(User.objects.all()) == "3"
    monkeypatch.setattr(admin.BoundedPaginator, "limit", 2)
    assert admin.counted(User.objects.all()) == "2 or more"
