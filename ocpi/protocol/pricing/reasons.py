"""Why a segment costs what it costs, in a sentence for a finance clerk."""

from datetime import datetime
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from ocpi.protocol.pricing.phrases import ENGLISH, conditions
from ocpi.protocol.tariffs import TariffRestrictions

_NAMES = {
    "ENERGY": "energy",
    "TIME": "charging time",
    "PARKING_TIME": "parking time",
    "RESERVATION_TIME": "reserved time",
    "FLAT": "a session",
}


class Reasoned(Protocol):
    """What a sentence is made of; `results.Segment` has it all."""

    @property
    def start(self) -> datetime: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def dimension(self) -> str: ...
    @property
    def tariff_id(self) -> str: ...
    @property
    def element(self) -> int | None: ...
    @property
    def surplus(self) -> Decimal: ...
    @property
    def step_size(self) -> int: ...
    @property
    def restrictions(self) -> TariffRestrictions | None: ...


def why(segment: Reasoned) -> str:
    """One sentence: which element of which tariff, under which condition, and what step_size added."""
    at = _local(segment)
    if segment.element is None:
        return f"No element of tariff {segment.tariff_id} prices {_NAMES[segment.dimension]} at {at}: it is free."
    element = f"Element {segment.element + 1} of tariff {segment.tariff_id}"
    met = conditions(segment.restrictions, ENGLISH)
    applied = f"{element} applied at {at}: {met}" if met else f"{element} applies without conditions"
    return f"{applied}{_rounding(segment)}."


def _local(segment: Reasoned) -> str:
    try:
        return f"{segment.start.astimezone(ZoneInfo(segment.time_zone)):%a %H:%M}"
    except OverflowError:
        return "an unknown time"


def _rounding(segment: Reasoned) -> str:
    if not segment.surplus:
        return ""
    unit = "Wh" if segment.dimension == "ENERGY" else "s"
    return f"; the session's total is billed in steps of {segment.step_size} {unit}, the surplus here"
