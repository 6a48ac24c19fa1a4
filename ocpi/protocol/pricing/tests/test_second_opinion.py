"""The engine beside a naive reading of the same rules, on charges and tariffs of every kind (R1, R4, R7 to R21)."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.pricing import Priced, price
from ocpi.protocol.pricing.tests import naive
from ocpi.protocol.pricing.tests.builders import billed, cdr, component, element, period, tariff
from ocpi.protocol.tariffs import Tariff, TariffRestrictions

Wire = dict[str, Any]
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"])
# Ordinary days, the night before a weekend, and both nights on which Berlin changes its clocks.
STARTS = st.sampled_from(
    [
        datetime(2024, 1, 15, 9, 0, tzinfo=UTC),
        datetime(2024, 1, 19, 21, 50, tzinfo=UTC),
        datetime(2024, 3, 30, 23, 30, tzinfo=UTC),
        datetime(2024, 10, 26, 23, 30, tzinfo=UTC),
        datetime(2024, 12, 31, 22, 59, tzinfo=UTC),
    ]
)
CLOCK = st.sampled_from(["00:00", "01:00", "02:30", "03:00", "06:00", "10:00", "11:30", "22:00", "23:00"])
DATES = st.sampled_from(["2024-01-15", "2024-01-16", "2024-01-20", "2024-03-31", "2024-10-27", "2025-01-01"])
DAYS = st.lists(st.sampled_from(naive.DAYS), min_size=1, max_size=5, unique=True)
RESTRICTIONS = {
    "start_time": CLOCK,
    "end_time": CLOCK,
    "start_date": DATES,
    "end_date": DATES,
    "day_of_week": DAYS,
    "min_kwh": st.sampled_from([0, 2, 5, 10]),
    "max_kwh": st.sampled_from([2, 5, 10, 30]),
    "min_duration": st.sampled_from([0, 900, 1800, 3600]),
    "max_duration": st.sampled_from([900, 1800, 3600, 7200]),
    "min_power": st.sampled_from([5, 11, 22]),
    "max_power": st.sampled_from([11, 22, 50]),
    "min_current": st.sampled_from([16, 32]),
    "max_current": st.sampled_from([16, 32]),
}
NAMES = st.lists(st.sampled_from(sorted(RESTRICTIONS)), max_size=2, unique=True)
RESERVATIONS = st.sampled_from([None, None, None, "RESERVATION", "RESERVATION_EXPIRES"])
KINDS = st.lists(st.sampled_from(["ENERGY", "TIME", "PARKING_TIME", "FLAT"]), min_size=1, max_size=4, unique=True)
COMPONENTS = {
    "price": st.sampled_from([0, 0.25, 1, 2.5, 6]),
    "step": st.sampled_from([0, 1, 1, 300, 500, 900]),
    "vat": st.sampled_from([None, 0, 5.2, 20]),
}
FLOWS = st.sampled_from([(6, 10), (11, 15), (16, 21), (22, 31), (32, 48), (10, 40)])
MINUTES = st.sampled_from([1, 5, 7, 15, 20, 30, 45, 60, 90])
KWH = st.sampled_from([0, 0.3333, 1, 2, 3.7, 5, 10])


@st.composite
def elements(draw: Any) -> Wire:
    """Few restrictions at a time, or nothing would ever apply."""
    restrictions = {name: draw(RESTRICTIONS[name]) for name in draw(NAMES)}
    reservation = draw(RESERVATIONS)
    if reservation:
        restrictions["reservation"] = reservation
    components = [
        component(kind, **{name: draw(values) for name, values in COMPONENTS.items()}) for kind in draw(KINDS)
    ]
    return element(*components, **restrictions)


@st.composite
def tariffs(draw: Any, name: str) -> Tariff:
    limits = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "min_price": st.sampled_from([billed(3, 3.3), billed(3, 9)]),
                "max_price": st.sampled_from([billed(8, 9.6), billed(12, 12.5)]),
            },
        )
    )
    return tariff(*draw(st.lists(elements(), min_size=2, max_size=3)), id=name, **limits)


@st.composite
def periods(draw: Any) -> Wire:
    minutes = draw(MINUTES)
    volumes: dict[str, float] = draw(
        st.sampled_from(
            [
                {"time": minutes},
                {"parking": minutes},
                {"reserved": minutes},
                {"reserved": minutes},
                {"time": 1, "parking": 1},
            ]
        )
    )
    flows: dict[str, float] = {}
    for name in ("power", "current"):
        if draw(st.integers(0, 3)):
            flows[f"min_{name}"], flows[f"max_{name}"] = draw(FLOWS)
    kwh = None if "reserved" in volumes and draw(st.booleans()) else draw(KWH)
    return period(minutes, kwh=kwh, tariff_id=draw(st.sampled_from(["A", "a", "B"])), **volumes, **flows)


@st.composite
def charges(draw: Any) -> CDR:
    listed = draw(st.lists(periods(), min_size=1, max_size=5))
    found = cdr(listed, draw(tariffs("A")), draw(tariffs("B")), start=draw(STARTS))
    return found.model_copy(update={"charging_periods": draw(st.permutations(found.charging_periods))})


def apart(charge: CDR, zone: str) -> dict[str, float]:
    """Where the engine and the naive reading differ, by more than the last of 28 digits."""
    ours, naively = price(charge, time_zone=zone), naive.bill(charge, zone)
    assert ours.total_cost is not None
    names = {name: getattr(ours, "total_cost" if name == "total" else f"total_{name}_cost") for name in naively}
    return {
        f"{name} {side}": float(getattr(names[name], side)) - float(values[place])
        for name, values in naively.items()
        for place, side in enumerate(("excl_vat", "incl_vat"))
        if abs(float(getattr(names[name], side)) - float(values[place])) > 1e-9
    }


@pytest.mark.requirement("R1", "R4", "R7", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15")
@pytest.mark.requirement("R16", "R17", "R18", "R19", "R20", "R21")
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(charges(), ZONES)
def test_the_engine_and_a_naive_reading_of_the_rules_agree(charge: CDR, zone: str) -> None:
    assert apart(charge, zone) == {}


def reached(found: Priced) -> set[str]:
    """What an example exercises: restrictions that decided, what was rounded, later elements, limits."""
    priced = [one for one in found.segments if one.price]
    names = {name for one in priced if one.restrictions for name in one.restrictions.model_fields_set}
    names |= {f"{one.part} rounded" for one in priced if one.surplus}
    names |= {f"{one.dimension} of {one.part}" for one in priced}
    names |= {"a later element" for one in priced if one.element}
    names |= {"free" for one in found.segments if one.price is None}
    names |= {"two tariffs"} if len({one.tariff_id for one in priced}) > 1 else set()
    return names | {warning.code for warning in found.warnings} | ({found.limit} if found.limit else set())


def test_the_examples_reach_what_the_rules_speak_of() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=500, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(charges())
    def look(charge: CDR) -> None:
        seen.update(reached(price(charge, time_zone="Europe/Berlin")))

    look()
    restrictions = {*TariffRestrictions.model_fields}
    rounded = {"energy rounded", "time rounded", "parking rounded", "reservation rounded"}
    priced = {"ENERGY of energy", "FLAT of fixed", "FLAT of reservation", "RESERVATION_TIME of reservation"}
    others = {"a later element", "two tariffs", "free", "min_price", "max_price", "period_spans_price_change"}
    doubts = {"reservation_expired", "periods_out_of_order", "power_averaged", "current_unknown"}
    wanted = restrictions | rounded | priced | others | doubts
    assert {name: seen[name] for name in wanted if not seen[name]} == {}
