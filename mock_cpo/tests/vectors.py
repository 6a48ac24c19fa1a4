"""Worked examples of the specification (mod_tariffs, mod_cdrs) with what they cost, in a short notation.

tariff: elements, each (components, restrictions); a component is (type, price, vat, step_size)
periods: (local time on Monday 7 January 2019 in Berlin, volumes)
"""

from dataclasses import dataclass, field
from typing import Any

Component = tuple[str, float, float | None, int]
Element = tuple[list[Component], dict[str, Any]]
WORKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]
START: Component = ("FLAT", 0.5, 20, 1)
KWH: Component = ("ENERGY", 0.25, 10, 1)


@dataclass(frozen=True)
class Vector:
    name: str
    elements: list[Element]
    periods: list[tuple[str, dict[str, float]]]
    end: str
    excl: float
    incl: float
    limits: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, float] = field(default_factory=dict)
    expired: bool = False
    day: int = 7


def price(excl: float, incl: float) -> dict[str, float]:
    return {"excl_vat": excl, "incl_vat": incl}


COMPLEX: list[Element] = [
    ([("FLAT", 2.5, 15, 1)], {}),
    ([("TIME", 1.0, 20, 900)], {"max_current": 32}),
    ([("TIME", 2.0, 20, 600)], {"min_current": 32, "day_of_week": WORKDAYS}),
    ([("TIME", 1.25, 20, 600)], {"min_current": 32, "day_of_week": ["SATURDAY", "SUNDAY"]}),
    ([("PARKING_TIME", 5.0, 10, 300)], {"start_time": "09:00", "end_time": "18:00", "day_of_week": WORKDAYS}),
    ([("PARKING_TIME", 6.0, 10, 300)], {"start_time": "10:00", "end_time": "17:00", "day_of_week": ["SATURDAY"]}),
]
SWITCH: list[Element] = [
    ([("TIME", 1.2, None, 1800), ("PARKING_TIME", 1.0, None, 900)], {"start_time": "00:00", "end_time": "17:00"}),
    ([("TIME", 2.4, None, 900), ("PARKING_TIME", 1.0, None, 900)], {"start_time": "17:00", "end_time": "20:00"}),
    ([("TIME", 2.4, None, 900)], {"start_time": "20:00", "end_time": "00:00"}),
]
POWER: list[Element] = [
    ([("ENERGY", 0.2, 20, 1)], {"max_power": 16}),
    ([("ENERGY", 0.35, 20, 1)], {"max_power": 32}),
    ([("ENERGY", 0.5, 20, 1)], {}),
]
DURATION: list[Element] = [
    ([("ENERGY", 0.0, 20, 1)], {"max_duration": 1800}),
    ([("ENERGY", 0.25, 20, 1)], {"max_duration": 3600}),
    ([("ENERGY", 0.4, 20, 1)], {}),
]
RESERVED: Element = ([("TIME", 5.0, 20, 60)], {"reservation": "RESERVATION"})
RESERVED_WITH_FEE: Element = ([("FLAT", 2.0, 20, 1), ("TIME", 5.0, 20, 300)], {"reservation": "RESERVATION"})
EXPIRE_FEE: list[Element] = [
    ([("FLAT", 4.0, 20, 1)], {"reservation": "RESERVATION_EXPIRES"}),
    ([("TIME", 2.0, 20, 600)], {"reservation": "RESERVATION"}),
    ([START, KWH], {}),
]
EXPIRE_TIME: list[Element] = [
    ([("TIME", 6.0, 20, 600)], {"reservation": "RESERVATION_EXPIRES"}),
    ([("TIME", 3.0, 20, 600)], {"reservation": "RESERVATION"}),
    ([START, KWH], {}),
]
PLAIN: list[Element] = [([START, KWH], {})]
PARKED = ("PARKING_TIME", 2.0, 20, 900)
FIVE = [([("TIME", 5, None, 600)], {"end_time": "17:00"}), ([("TIME", 7, None, 600)], {})]
AMPERES = [([("ENERGY", 2.0, None, 10000)], {"max_current": 20}), ([("ENERGY", 5.0, None, 10000)], {"min_current": 20})]


def amperes(kwh: float, ampere: float) -> dict[str, float]:
    return {"ENERGY": kwh, "MIN_CURRENT": ampere, "MAX_CURRENT": ampere}


def power(kwh: float, kw: float) -> dict[str, float]:
    return {"ENERGY": kwh, "MIN_POWER": kw, "MAX_POWER": kw}


VECTORS = [
    Vector("01 energy", [([KWH], {})], [("10:00", {"ENERGY": 20})], "11:00", 5, 5.5),
    Vector("02 start fee", PLAIN, [("10:00", {"ENERGY": 20})], "11:00", 5.5, 6.1, parts={"fixed": 0.5, "energy": 5}),
    Vector(
        "03 above min_price",
        [([KWH], {})],
        [("10:00", {"ENERGY": 20})],
        "11:00",
        5,
        5.5,
        {"min_price": price(0.5, 0.55)},
    ),
    Vector(
        "04 min_price",
        [([KWH], {})],
        [("10:00", {"ENERGY": 1.2})],
        "11:00",
        0.5,
        0.55,
        {"min_price": price(0.5, 0.55)},
        {"energy": 0.3},
    ),
    Vector(
        "05 parking",
        [([START, KWH, PARKED], {})],
        [("10:00", {"ENERGY": 20}), ("11:00", {"PARKING_TIME": 0.6667})],
        "11:40",
        7,
        7.9,
        parts={"parking": 1.5},
    ),
    Vector(
        "06 max_price",
        PLAIN,
        [("10:00", {"ENERGY": 50})],
        "12:00",
        10,
        11,
        {"max_price": price(10, 11)},
        {"energy": 12.5},
    ),
    Vector("07 below max_price", PLAIN, [("10:00", {"ENERGY": 30})], "12:00", 8, 8.85, {"max_price": price(10, 11)}),
    Vector("08 time", [([("TIME", 2.0, 10, 60)], {})], [("10:00", {"TIME": 2.5})], "12:30", 5, 5.5),
    Vector(
        "09 time and parking",
        [([("TIME", 3, 10, 60), ("PARKING_TIME", 5, 20, 300)], {})],
        [("10:00", {"TIME": 2.5}), ("12:30", {"PARKING_TIME": 0.7})],
        "13:12",
        11.25,
        12.75,
        parts={"time": 7.5, "parking": 3.75},
    ),
    Vector("10 odd VAT", [([("TIME", 1.9, 5.2, 300)], {})], [("10:00", {"TIME": 2.5})], "12:30", 4.75, 4.997),
    Vector(
        "11 energy step",
        [([START, ("ENERGY", 0.25, 10, 100)], {})],
        [("10:00", {"ENERGY": 20.45})],
        "11:00",
        5.625,
        6.2375,
    ),
    Vector(
        "13 complex, Monday",
        COMPLEX,
        [
            ("09:30", {"TIME": 2.75, "ENERGY": 30.1, "MIN_CURRENT": 16, "MAX_CURRENT": 16}),
            ("12:15", {"PARKING_TIME": 0.7}),
        ],
        "12:57",
        9,
        10.3,
        parts={"fixed": 2.5, "time": 2.75, "parking": 3.75},
    ),
    Vector(
        "14 complex, Saturday",
        COMPLEX,
        [("13:30", {"TIME": 1.9, "MIN_CURRENT": 43, "MAX_CURRENT": 43}), ("15:24", {"PARKING_TIME": 1.1833})],
        "16:35",
        12.375,
        13.975,
        day=12,
    ),
    Vector("15 free", [([("FLAT", 0, None, 0)], {})], [("10:00", {"ENERGY": 20, "TIME": 1})], "11:00", 0, 0),
    Vector(
        "16 reservation",
        [RESERVED, *PLAIN],
        [("10:00", {"RESERVATION_TIME": 0.25}), ("10:15", {"ENERGY": 20})],
        "11:15",
        6.75,
        7.6,
        parts={"reservation": 1.25, "fixed": 0.5},
    ),
    Vector(
        "17 reservation with fee",
        [RESERVED_WITH_FEE, *PLAIN],
        [("10:00", {"RESERVATION_TIME": 0.2167}), ("10:13", {"ENERGY": 20})],
        "11:15",
        8.75,
        10,
        parts={"reservation": 3.25, "fixed": 0.5},
    ),
    Vector(
        "18 expire fee, used",
        EXPIRE_FEE,
        [("10:00", {"RESERVATION_TIME": 0.3667}), ("10:22", {"ENERGY": 20})],
        "11:15",
        6.5,
        7.3,
    ),
    Vector(
        "19 expire fee, expired",
        EXPIRE_FEE,
        [("10:00", {"RESERVATION_TIME": 1})],
        "11:00",
        6,
        7.2,
        parts={"reservation": 6},
        expired=True,
    ),
    Vector(
        "20 expire time, used",
        EXPIRE_TIME,
        [("10:00", {"RESERVATION_TIME": 0.3667}), ("10:22", {"ENERGY": 20})],
        "11:15",
        7,
        7.9,
    ),
    Vector(
        "21 expire time, expired", EXPIRE_TIME, [("10:00", {"RESERVATION_TIME": 1.5})], "11:30", 9, 10.8, expired=True
    ),
    Vector(
        "22a step 1 Wh", [([("ENERGY", 0.25, None, 1)], {})], [("10:00", {"ENERGY": 0.1152})], "11:00", 0.029, 0.029
    ),
    Vector(
        "22b step 25 Wh", [([("ENERGY", 0.25, None, 25)], {})], [("10:00", {"ENERGY": 0.1152})], "11:00", 0.0313, 0.0313
    ),
    Vector(
        "22c step 500 Wh", [([("ENERGY", 0.25, None, 500)], {})], [("10:00", {"ENERGY": 0.1152})], "11:00", 0.125, 0.125
    ),
    Vector(
        "23 switch, then parked",
        SWITCH,
        [("16:55", {"TIME": 0.0833}), ("17:00", {"TIME": 0.0833}), ("17:05", {"PARKING_TIME": 0.0333})],
        "17:07",
        0.55,
        0.55,
    ),
    Vector("24 switch", SWITCH, [("16:35", {"TIME": 0.4167}), ("17:00", {"TIME": 0.1667})], "17:10", 1.3, 1.3),
    Vector(
        "25 free parking after 20:00",
        SWITCH,
        [("19:40", {"TIME": 0.2}), ("19:52", {"PARKING_TIME": 0.1333}), ("20:00", {"PARKING_TIME": 0.2})],
        "20:12",
        0.73,
        0.73,
    ),
    Vector(
        "26 max_power",
        POWER,
        [("10:00", power(1, 6)), ("10:10", power(40, 48)), ("11:00", power(0.5, 4))],
        "11:08",
        20.3,
        24.36,
    ),
    Vector("27 max_duration", DURATION, [("10:00", {"ENERGY": 5}), ("10:30", {"ENERGY": 1.2})], "10:40", 0.3, 0.36),
    Vector(
        "28 energy over a switch",
        [([("ENERGY", 0.2, None, 500)], {"end_time": "17:00"}), ([("ENERGY", 0.27, None, 500)], {})],
        [("16:30", {"ENERGY": 4.3}), ("17:00", {"ENERGY": 1.1})],
        "17:10",
        1.184,
        1.184,
    ),
    Vector("29 time over a switch", FIVE, [("16:54", {"TIME": 0.1}), ("17:00", {"TIME": 0.3667})], "17:22", 3.3, 3.3),
    Vector(
        "30 charged and parked",
        [([("TIME", 1, None, 600), ("PARKING_TIME", 2, None, 600)], {})],
        [("10:00", {"TIME": 0.35}), ("10:21", {"PARKING_TIME": 0.2667})],
        "10:37",
        1.0167,
        1.0167,
    ),
    Vector("32 CDR sample", [([("TIME", 2, 10, 300)], {})], [("23:39", {"TIME": 1.973})], "01:37", 4, 4.4),
    Vector(
        "494 last step only",
        AMPERES,
        [("10:00", amperes(3, 10)), ("10:30", amperes(3, 40)), ("11:00", amperes(3, 10))],
        "12:00",
        29,
        29,
    ),
]
