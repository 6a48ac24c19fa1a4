"""Why a segment costs what it costs, in a sentence for a finance clerk."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ocpi.protocol.pricing.phrases import ENGLISH, conditions

if TYPE_CHECKING:
    from ocpi.protocol.pricing.results import Segment

_NAMES = {
    "ENERGY": "energy",
    "TIME": "charging time",
    "PARKING_TIME": "parking time",
    "RESERVATION_TIME": "reserved time",
}


def why(segment: Segment) -> str:
    """One sentence: which element of which tariff, under which condition, and what step_size added."""
    at = _local(segment)
    if segment.element is None:
        return f"No element of tariff {segment.tariff_id} prices {_NAMES[segment.dimension]} at {at}: it is free."
    element = f"Element {segment.element + 1} of tariff {segment.tariff_id}"
    met = conditions(segment.restrictions, ENGLISH)
    applied = f"{element} applied at {at}: {met}" if met else f"{element} applies without conditions"
    return f"{applied}{_rounding(segment)}."


def _local(segment: Segment) -> str:
    try:
        return f"{segment.start.astimezone(ZoneInfo(segment.time_zone)):%a %H:%M}"
    except OverflowError:
        return "an unknown time"


def _rounding(segment: Segment) -> str:
    if not segment.surplus:
        return ""
    unit = "Wh" if segment.dimension == "ENERGY" else "s"
    return f"; the session's total is billed in steps of {segment.step_size} {unit}, the surplus here"
