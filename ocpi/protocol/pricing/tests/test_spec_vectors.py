"""The specification's numbers, re-computed: section 2 of the pricing rules and the vectors of the requirements."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ocpi.protocol.pricing.tests.builders import (
    billed,
    charging,
    element,
    energy,
    flat,
    judged,
    parked,
    parking,
    period,
    priced,
    reserved,
    tariff,
    time,
)

KWH = energy(0.25, vat=10)
START_FEE = flat(0.5, vat=20)
HOURLY_OR_LATE = tariff(
    element(time(1.2, 1800), parking(1, 900), start_time="00:00", end_time="17:00"),
    element(time(2.4, 900), parking(1, 900), start_time="17:00", end_time="20:00"),
    element(time(2.4, 900), start_time="20:00", end_time="00:00"),
)
WEEK = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]
COMPLEX = tariff(
    element(flat(2.5, vat=15)),
    element(time(1, 900, 20), max_current=32),
    element(time(2, 600, 20), min_current=32, day_of_week=WEEK),
    element(time(1.25, 600, 20), min_current=32, day_of_week=["SATURDAY", "SUNDAY"]),
    element(parking(5, 300, 10), start_time="09:00", end_time="18:00", day_of_week=WEEK),
    element(parking(6, 300, 10), start_time="10:00", end_time="17:00", day_of_week=["SATURDAY"]),
)
RESERVED = tariff(element(time(5, 60, 20), reservation="RESERVATION"), element(START_FEE, KWH))
RESERVED_FEE = tariff(element(flat(2, 20), time(5, 300, 20), reservation="RESERVATION"), element(START_FEE, KWH))
EXPIRE_FEE = tariff(
    element(flat(4, 20), reservation="RESERVATION_EXPIRES"),
    element(time(2, 600, 20), reservation="RESERVATION"),
    element(START_FEE, KWH),
)
EXPIRE_TIME = tariff(
    element(time(6, 600, 20), reservation="RESERVATION_EXPIRES"),
    element(time(3, 600, 20), reservation="RESERVATION"),
    element(START_FEE, KWH),
)
BEFORE_5 = {"end_time": "17:00"}


def local(hour: int, minute: int, day: int = 7) -> datetime:
    """Berlin time on a day of January 2019; the 7th is a Monday, the 12th a Saturday."""
    return datetime(2019, 1, day, hour - 1, minute, tzinfo=UTC)


def minutes_at(amperes: int) -> dict[str, int]:
    return {"min_current": amperes, "max_current": amperes}


TWENTY = [charging(60, kwh=20)]
VECTORS: dict[str, tuple[Any, Any, float, float, dict[str, Any]]] = {
    "1: energy": (tariff(KWH), TWENTY, 5, 5.5, {}),
    "2: start fee": (tariff(START_FEE, KWH), TWENTY, 5.5, 6.1, {}),
    "3a: below the minimum": (
        tariff(KWH, min_price=billed(0.5, 0.55)),
        [charging(60, kwh=1)],
        0.5,
        0.55,
        {},
    ),
    "3b: above the minimum": (tariff(KWH, min_price=billed(0.5, 0.55)), TWENTY, 5, 5.5, {}),
    "4: parking": (
        tariff(START_FEE, KWH, parking(2, 900, 20)),
        [*TWENTY, parked(40)],
        7,
        7.9,
        {},
    ),
    "5a: above the maximum": (
        tariff(START_FEE, KWH, max_price=billed(10, 11)),
        [charging(60, kwh=50)],
        10,
        11,
        {},
    ),
    "5b: below the maximum": (
        tariff(START_FEE, KWH, max_price=billed(10, 11)),
        [charging(60, kwh=30)],
        8,
        8.85,
        {},
    ),
    "6: time": (tariff(time(2, 60, 10)), [charging(150), parked(90)], 5, 5.5, {}),
    "7: time and parking": (
        tariff(time(3, 60, 10), parking(5, 300, 20)),
        [charging(150), parked(42)],
        11.25,
        12.75,
        {},
    ),
    "8: odd VAT": (tariff(time(1.9, 300, 5.2)), [charging(150)], 4.75, 4.997, {}),
    "9: step of 100 Wh": (
        tariff(START_FEE, energy(0.25, 100, 10)),
        [charging(60, kwh=20.45)],
        5.625,
        6.2375,
        {},
    ),
    "10: complex, Monday": (
        COMPLEX,
        [charging(165, kwh=30, **minutes_at(16)), parked(42)],
        9,
        10.3,
        {"start": local(9, 30)},
    ),
    "11: complex, Saturday": (
        COMPLEX,
        [charging(114, **minutes_at(43)), parked(71)],
        12.375,
        13.975,
        {"start": local(13, 30, 12)},
    ),
    "12: free": (tariff({**flat(0), "step_size": 0}), [charging(60, kwh=20), parked(60)], 0, 0, {}),
    "13: reserved": (RESERVED, [reserved(15), *TWENTY], 6.75, 7.6, {}),
    "14: reserved with a fee": (RESERVED_FEE, [reserved(13), *TWENTY], 8.75, 10, {}),
    "15a: reserved and used": (EXPIRE_FEE, [reserved(22), *TWENTY], 6.5, 7.3, {}),
    "15b: reserved and expired, fee": (EXPIRE_FEE, [reserved(60)], 6, 7.2, {}),
    "16a: reserved and used": (EXPIRE_TIME, [reserved(22), *TWENTY], 7, 7.9, {}),
    "16b: reserved and expired, time": (EXPIRE_TIME, [reserved(90)], 9, 10.8, {}),
    "17: parking after 17:00": (
        HOURLY_OR_LATE,
        [charging(5), charging(5), parked(2)],
        0.55,
        0.55,
        {"start": local(16, 55)},
    ),
    "18: step of the last element": (
        HOURLY_OR_LATE,
        [charging(25), charging(10)],
        1.3,
        1.3,
        {"start": local(16, 35)},
    ),
    "19: free after 20:00": (
        HOURLY_OR_LATE,
        [charging(12), parked(8), parked(12)],
        0.73,
        0.73,
        {"start": local(19, 40)},
    ),
    "20: energy across a price change": (
        tariff(element(energy(0.2, 500), **BEFORE_5), element(energy(0.27, 500))),
        [charging(30, kwh=4.3), charging(30, kwh=1.1)],
        1.184,
        1.184,
        {"start": local(16, 30)},
    ),
    "21: time across a price change": (
        tariff(element(time(5, 600), **BEFORE_5), element(time(7, 600))),
        [charging(6), charging(22)],
        3.3,
        3.3,
        {"start": local(16, 54)},
    ),
    "22: only parking is rounded": (
        tariff(time(1, 600), parking(2, 600)),
        [charging(21), parked(16)],
        1.016667,
        1.016667,
        {},
    ),
    "22b: 21 and 7 minutes in steps of 5": (
        tariff(time(60, 300), parking(60, 300)),
        [charging(21), parked(7)],
        31,
        31,
        {},
    ),
    "23: power": (
        tariff(
            element(energy(0.2, vat=20), max_power=16),
            element(energy(0.35, vat=20), max_power=32),
            element(energy(0.5, vat=20)),
        ),
        [period(10, kwh=kwh, min_power=kw, max_power=kw) for kwh, kw in ((1, 6), (40, 48), (0.5, 4))],
        20.3,
        24.36,
        {},
    ),
    "24: duration": (
        tariff(
            element(energy(0, vat=20), max_duration=1800),
            element(energy(0.25, vat=20), max_duration=3600),
            element(energy(0.4, vat=20)),
        ),
        [period(30, kwh=5), period(10, kwh=1.2)],
        0.3,
        0.36,
        {},
    ),
    "25a: 115.2 Wh in steps of 1": (tariff(energy(0.25, 1)), [period(kwh=0.1152)], 0.029, 0.029, {}),
    "25b: in steps of 25": (tariff(energy(0.25, 25)), [period(kwh=0.1152)], 0.03125, 0.03125, {}),
    "25c: in steps of 500": (tariff(energy(0.25, 500)), [period(kwh=0.1152)], 0.125, 0.125, {}),
    "26: the sample CDR": (tariff(time(2, 300, 10)), [charging(118.38)], 4, 4.4, {}),
    "27: current": (
        tariff(element(energy(2, 10000), max_current=20), element(energy(5, 10000), min_current=20)),
        [period(kwh=3, **minutes_at(10)), period(kwh=3, **minutes_at(40)), period(kwh=3, **minutes_at(10))],
        29,
        29,
        {},
    ),
}


@pytest.mark.requirement("TCS-01", "TCS-22", "TCS-32", "TCS-35", "TCS-36", "TCS-49", "R8", "R14", "R16", "R18", "R21")
@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_comes_out(name: str) -> None:
    prices, periods, excl, incl, fields = VECTORS[name]
    found = priced(periods, prices, **fields)
    assert found.total_cost is not None
    assert float(found.total_cost.excl_vat) == pytest.approx(excl, abs=1e-5)
    assert float(found.total_cost.incl_vat) == pytest.approx(incl, abs=1e-5)


@pytest.mark.requirement("R14", "R19")
def test_the_parts_of_a_reservation_with_a_fee() -> None:
    found = priced([reserved(13), *TWENTY], RESERVED_FEE)
    assert found.total_reservation_cost is not None
    assert found.total_fixed_cost is not None
    assert found.billed is not None
    assert float(found.total_reservation_cost.excl_vat) == 3.25
    assert float(found.total_fixed_cost.excl_vat) == 0.5
    assert float(found.billed.reservation_h) == 0.25


@pytest.mark.requirement("R22", "R25")
def test_a_dynamic_price_behind_tariff_alt_url_is_a_mismatch_with_a_note() -> None:
    prices = tariff(START_FEE, energy(0.25, 100, 10), tariff_alt_url="https://company.com/tariffs/13")
    verdict = judged([charging(60, kwh=20.45)], prices, total_cost=billed(5.01, 5.56))
    assert verdict.verdict == "mismatch"
    assert "tariff_alt_url" in {finding.code for finding in verdict.findings}


@pytest.mark.requirement("R22")
def test_the_misprinted_saturday_is_a_mismatch() -> None:
    verdict = judged(
        [charging(114, **minutes_at(43)), parked(71)],
        COMPLEX,
        start=local(13, 30, 12),
        total_cost=billed(12.28, 13.861),
    )
    assert verdict.verdict == "mismatch"
