"""What holds for every charge: splitting, order, more is never cheaper, VAT never negative, lines make the total."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.pricing import Priced, price
from ocpi.protocol.pricing.tests.builders import (
    BERLIN,
    START,
    billed,
    cdr,
    charging,
    component,
    element,
    parked,
    reserved,
    tariff,
)
from ocpi.protocol.tariffs import Tariff

Wire = dict[str, Any]
ALMOST = Decimal("1e-12")
PRICES = st.decimals(0, 9, places=2).map(float)
STEPS = st.sampled_from([0, 1, 60, 300, 900])
CLOCK = st.integers(0, 47).map(lambda half: f"{half // 2:02}:{half % 2 * 30:02}")
DAYS = st.lists(st.sampled_from(["MONDAY", "TUESDAY", "SUNDAY"]), min_size=1, max_size=3, unique=True)
RESTRICTIONS = st.fixed_dictionaries(
    {},
    optional={
        "start_time": CLOCK,
        "end_time": CLOCK,
        "day_of_week": DAYS,
        "min_kwh": st.integers(0, 20),
        "max_kwh": st.integers(1, 40),
        "min_duration": st.integers(0, 7200),
        "max_duration": st.integers(1, 7200),
    },
)


@st.composite
def tariffs(draw: Any, steps: Any = STEPS) -> Tariff:
    """One to four elements, each with some restrictions; VAT between 0 and 25 percent or absent."""
    elements = [
        element(*(_component(draw, kind, steps) for kind in _kinds(draw)), **draw(RESTRICTIONS))
        for _ in range(draw(st.integers(1, 4)))
    ]
    return tariff(*elements)


def _kinds(draw: Any) -> list[str]:
    kinds = st.sampled_from(["ENERGY", "TIME", "PARKING_TIME", "FLAT"])
    return draw(st.lists(kinds, min_size=1, max_size=4, unique=True))


def _component(draw: Any, kind: str, steps: Any) -> Wire:
    vat = draw(st.one_of(st.none(), st.sampled_from([0, 5.2, 10, 20, 25])))
    return component(kind, draw(PRICES), draw(steps), vat)


@st.composite
def charges(draw: Any) -> list[Wire]:
    """Up to six periods of whole minutes, the first perhaps reserved."""
    first = [reserved(draw(st.integers(1, 60)))] if draw(st.booleans()) else []
    return [*first, *draw(st.lists(PERIODS, min_size=1, max_size=5))]


MINUTES = st.integers(1, 180)
KWH = st.decimals(0, 30, places=3).map(float)
PERIODS = st.one_of(
    st.builds(lambda minutes, kwh: charging(minutes, kwh=kwh), MINUTES, KWH), st.builds(parked, MINUTES)
)


def total(charge: CDR) -> Decimal:
    return _priced(charge).total_cost.excl_vat


def _priced(charge: CDR) -> Priced:
    found = price(charge, time_zone=BERLIN)
    assert found.total_cost is not None
    return found


@pytest.mark.requirement("R9")
@given(charges(), st.data())
def test_splitting_a_period_where_no_price_changes_changes_nothing(periods: list[Wire], data: Any) -> None:
    always = tariff(component("ENERGY", 0.3, 500, 19), component("TIME", 2, 300), component("PARKING_TIME", 6, 900))
    place = data.draw(st.integers(0, len(periods) - 1))
    halves = [_half(periods[place]), _half(periods[place])]
    split = [*periods[:place], *halves, *periods[place + 1 :]]
    assert abs(total(_exact(periods, always)) - total(_exact(split, always))) < ALMOST


@pytest.mark.requirement("R9")
@given(charges(), tariffs(), st.data())
def test_splitting_a_period_where_the_same_components_apply_changes_nothing(
    periods: list[Wire], prices: Tariff, data: Any
) -> None:
    place = data.draw(st.integers(0, len(periods) - 1))
    halves = [_half(periods[place]), _half(periods[place])]
    split = _priced(_exact([*periods[:place], *halves, *periods[place + 1 :]], prices))
    begins_to_cost = any(one.dimension == "FLAT" and one.period == place + 1 for one in split.segments)
    assume(_components(split, place) == _components(split, place + 1) and not begins_to_cost)
    whole = _priced(_exact(periods, prices))
    assert abs(whole.total_cost.excl_vat - split.total_cost.excl_vat) < ALMOST
    assert abs(whole.total_cost.incl_vat - split.total_cost.incl_vat) < ALMOST
    assert abs(whole.billed.energy_kwh - split.billed.energy_kwh) < ALMOST
    assert abs(whole.billed.time_h + whole.billed.parking_h - split.billed.time_h - split.billed.parking_h) < ALMOST


def _components(found: Priced, period: int) -> dict[str, int | None]:
    return {one.dimension: one.element for one in found.segments if one.period == period and one.dimension != "FLAT"}


def _half(one: Wire) -> Wire:
    dimensions = [{**found, "volume": Decimal(str(found["volume"])) / 2} for found in one["dimensions"]]
    return {**one, "minutes": one["minutes"] / 2, "dimensions": dimensions}


def _exact(periods: list[Wire], prices: Tariff) -> CDR:
    """Hours with all their digits, so that halves of minutes are not lost to the four decimals of OCPI."""
    exact = [
        {**one, "dimensions": [_with_exact_hours(found, one["minutes"]) for found in one["dimensions"]]}
        for one in periods
    ]
    return cdr(exact, prices)


def _with_exact_hours(dimension: Wire, minutes: float) -> Wire:
    if dimension["type"] == "ENERGY":
        return dimension
    return {**dimension, "volume": Decimal(str(minutes)) / 60}


@pytest.mark.requirement("R1")
@given(charges(), tariffs(), st.randoms(use_true_random=False))
def test_the_order_of_periods_does_not_matter(periods: list[Wire], prices: Tariff, chance: random.Random) -> None:
    charge = cdr(periods, prices)
    shuffled = charge.model_copy(update={"charging_periods": list(charge.charging_periods)})
    chance.shuffle(shuffled.charging_periods)
    one, other = price(charge, time_zone=BERLIN), price(shuffled, time_zone=BERLIN)
    assert (one.total_cost, one.billed) == (other.total_cost, other.billed)


@pytest.mark.requirement("R16", "R19")
@given(charges(), tariffs(steps=st.just(1)), st.integers(1, 600))
def test_more_energy_in_the_last_period_never_costs_less(periods: list[Wire], prices: Tariff, more: int) -> None:
    longer = [*periods[:-1], {**periods[-1], "dimensions": [*periods[-1]["dimensions"]]}]
    longer[-1]["dimensions"].append({"type": "ENERGY", "volume": more / 10})
    if any(found["type"] == "ENERGY" for found in periods[-1]["dimensions"]):
        assert total(cdr(longer, prices)) >= total(cdr(periods, prices))


@pytest.mark.requirement("R18", "R19")
@given(charges(), tariffs(steps=st.just(1)), st.integers(1, 600))
def test_more_time_in_the_last_period_never_costs_less(periods: list[Wire], prices: Tariff, more: int) -> None:
    last = periods[-1]
    kind = last["dimensions"][-1]["type"]
    longer = {**last, "minutes": last["minutes"] + more}
    longer["dimensions"] = [*last["dimensions"], {"type": kind, "volume": round(more / 60, 4)}]
    assert total(cdr([*periods[:-1], longer], prices)) >= total(cdr(periods, prices)) - Decimal("1e-9")


@pytest.mark.requirement("R20")
@given(charges(), tariffs())
def test_a_price_with_vat_is_never_below_the_one_without(periods: list[Wire], prices: Tariff) -> None:
    found = price(cdr(periods, prices), time_zone=BERLIN)
    assert found.total_cost.excl_vat <= found.total_cost.incl_vat
    assert all(one.cost.excl_vat <= one.cost.incl_vat for one in found.segments)


@pytest.mark.requirement("R19", "R21")
@given(charges(), tariffs(), st.booleans())
def test_the_lines_add_up_to_the_total_unless_a_limit_acted(periods: list[Wire], prices: Tariff, limited: bool) -> None:
    if limited:
        limits = {"min_price": billed(1, 1.1), "max_price": billed(5, 6)}
        prices = Tariff.from_wire({**prices.to_wire(), **limits})
    found = price(cdr(periods, prices), time_zone=BERLIN)
    for side in ("excl_vat", "incl_vat"):
        lines = sum(getattr(one.cost, side) for one in found.segments)
        adjustment = getattr(found.adjustment, side) if found.limit else 0
        assert abs(lines + adjustment - getattr(found.total_cost, side)) < ALMOST


@pytest.mark.requirement("R16", "R17", "R18")
@given(charges(), tariffs())
def test_what_is_billed_is_never_less_than_what_was_priced(periods: list[Wire], prices: Tariff) -> None:
    found = price(cdr(periods, prices), time_zone=BERLIN)
    for one in found.segments:
        assert one.surplus >= 0
        assert one.billed_volume == (one.volume + one.surplus if one.element is not None else 0)


@given(charges(), tariffs())
def test_lines_stand_in_order_of_time_and_within_their_periods(periods: list[Wire], prices: Tariff) -> None:
    found = price(cdr(periods, prices), time_zone=BERLIN)
    starts = [one.start for one in found.segments]
    assert starts == sorted(starts)
    assert all(START <= one.start <= one.end <= START + timedelta(days=1) for one in found.segments)
