"""Nothing that a partner may send raises, and nothing that is odd becomes a number that looks certain."""

import ast
import random
import sys
from pathlib import Path
from timeit import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.protocol.pricing import as_json, check, explain, lint, price
from ocpi.protocol.pricing.tests.builders import (
    BERLIN,
    billed,
    cdr,
    charging,
    component,
    element,
    energy,
    excl,
    flat,
    judged,
    parked,
    period,
    tariff,
    time,
)

PACKAGE = Path(__file__).parents[1]
MODULES = sorted(PACKAGE.glob("*.py"))
NUMBERS = st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e12, 1e12, allow_nan=False))
DIMENSIONS = st.sampled_from(
    ["ENERGY", "TIME", "PARKING_TIME", "RESERVATION_TIME", "MIN_POWER", "MAX_POWER", "MIN_CURRENT", "POWER", "SMELL"]
)
MOMENTS = st.datetimes().map(lambda moment: f"{moment.isoformat(timespec='seconds')}Z")
PERIOD = st.fixed_dictionaries(
    {
        "start_date_time": MOMENTS,
        "dimensions": st.lists(st.fixed_dictionaries({"type": DIMENSIONS, "volume": NUMBERS}), min_size=1, max_size=4),
    },
    optional={"tariff_id": st.sampled_from(["T1", "t1", "T2", ""])},
)
COMPONENT = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["ENERGY", "TIME", "PARKING_TIME", "FLAT"]),
        "price": NUMBERS,
        "step_size": st.integers(-5, 10**9),
    },
    optional={"vat": NUMBERS},
)
BOUNDS = ["min_kwh", "max_kwh", "min_power", "max_power", "min_current", "max_current"]
RESTRICTIONS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(BOUNDS, NUMBERS),
        "min_duration": st.integers(-5, 10**9),
        "max_duration": st.integers(-5, 10**9),
        "start_time": st.sampled_from(["00:00", "12:34", "24:00"]),
        "end_time": st.sampled_from(["00:00", "12:34", "23:59"]),
        "start_date": st.sampled_from(["2024-02-31", "1999-12-31"]),
        "reservation": st.sampled_from(["RESERVATION", "RESERVATION_EXPIRES"]),
    },
)
ELEMENT = st.fixed_dictionaries(
    {"price_components": st.lists(COMPONENT, min_size=1, max_size=3)}, optional={"restrictions": RESTRICTIONS}
)
PRICE = st.fixed_dictionaries({"excl_vat": NUMBERS}, optional={"incl_vat": NUMBERS})


@given(
    st.lists(PERIOD, min_size=1, max_size=4),
    st.lists(ELEMENT, min_size=1, max_size=3),
    st.tuples(MOMENTS, MOMENTS),
    st.fixed_dictionaries({}, optional={"min_price": PRICE, "max_price": PRICE}),
    st.sampled_from([None, BERLIN, "Asia/Tokyo", "Pacific/Kiritimati"]),
)
@pytest.mark.long
def test_whatever_parses_gets_a_verdict(periods, elements, times, limits, zone) -> None:  # type: ignore[no-untyped-def]
    prices = tariff(*elements, **limits)
    fields = {"start_date_time": times[0], "end_date_time": times[1], "charging_periods": periods}
    verdict = check(cdr([charging(1)], prices, **fields), time_zone=zone)
    if verdict.verdict == "unpriceable":
        assert verdict.expected is None
    assert as_json(verdict)["verdict"]
    assert explain(prices)
    assert isinstance(lint(prices), list)


@pytest.mark.long
def test_two_thousand_periods_out_of_order_are_priced_in_a_moment() -> None:
    prices = tariff(element(energy(1, vat=20), start_time="08:00", end_time="20:00"), element(energy(2), time(1)))
    charge = cdr([charging(1, kwh=0.1) for _ in range(2000)], prices)
    random.Random(1).shuffle(charge.charging_periods)
    found = price(charge, time_zone=BERLIN)
    assert len(found.segments) == 4000
    assert timeit(lambda: check(charge, time_zone=BERLIN), number=1) < 30


@pytest.mark.requirement("R9")
def test_a_period_of_decades_is_remarked_and_not_cut_into_days() -> None:
    prices = tariff(element(energy(1), end_time="12:00"), element(energy(2)))
    found = judged([period(60 * 24 * 365 * 20 + 240, kwh=5)], prices).priced
    (warning,) = found.warnings
    assert (warning.code, warning.amount) == ("period_spans_price_change", None)
    assert found.total_cost.excl_vat == 5


def test_a_moment_beyond_the_calendar_is_unknown_in_the_reason() -> None:
    last = "9999-12-31T23:59:59Z"
    found = judged([period(1, kwh=1)], tariff(energy(1)), zone="Asia/Tokyo", end_date_time=last)
    assert found.priced.segments[0].why == "Element 1 of tariff T1 applies without conditions."
    periods = [{"start_date_time": last, "dimensions": [{"type": "TIME", "volume": 1}], "tariff_id": "T1"}]
    free = judged([period(1)], tariff(energy(1)), zone="Asia/Tokyo", end_date_time=last, charging_periods=periods)
    assert free.priced.segments[0].why.endswith("charging time at an unknown time: it is free.")


def test_a_charge_of_nothing_is_free_and_not_unpriceable() -> None:
    assert excl([period(0, kwh=0), parked(0)], tariff(energy(1), time(5))) == 0


def test_a_start_fee_is_due_for_a_charge_of_nothing() -> None:
    assert excl([period(1, kwh=0)], tariff(flat(1), energy(1))) == 1


def test_free_is_a_price_and_agrees_with_a_bill_of_nothing() -> None:
    assert judged([charging(60, kwh=1)], tariff(component("FLAT", 0, 0)), total_cost=billed(0)).verdict == "match"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_the_standard_library_and_the_protocol_only(module: Path) -> None:
    allowed = {*sys.stdlib_module_names, "ocpi"} - {"random", "os", "socket", "time", "pathlib"}
    for node in ast.walk(ast.parse(module.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            assert name.split(".")[0] in allowed
            assert name.split(".")[:2] == ["ocpi", "protocol"] or not name.startswith("ocpi")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_reads_no_clock_and_rounds_no_money_in_floats(module: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Call)]
    assert not {call.attr for call in calls if isinstance(call, ast.Attribute)} & {"now", "utcnow", "today", "sleep"}
    assert not {call.id for call in calls if isinstance(call, ast.Name)} & {"open", "round", "print"}
