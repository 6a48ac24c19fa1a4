"""Why a segment costs what it costs, in a sentence for a finance clerk."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ocpi.protocol.pricing.phrases import ENGLISH, conditions, duration, number

if TYPE_CHECKING:
    from ocpi.protocol.pricing.results import Segment

_NAMES = {
    "ENERGY": "energy",
    "TIME": "charging time",
    "PARKING_TIME": "parking time",
    "RESERVATION_TIME": "reserved time",
}


_KINDS = {"RESERVATION": "reservations", "RESERVATION_EXPIRES": "reservations that expire unused"}


def why(segment: Segment) -> str:
    """One sentence: which element of which tariff, under which condition, and what step_size added."""
    at = _local(segment)
    if segment.element is None:
        return f"No element of tariff {segment.tariff_id} prices {_NAMES[segment.dimension]} at {at}: it is free."
    element = f"Element {segment.element + 1} of tariff {segment.tariff_id}"
    met = conditions(segment.restrictions, ENGLISH)
    kind = segment.restrictions.reservation if segment.restrictions else None
    usual = f"applies to {_KINDS[kind]}" if kind else "applies without conditions"
    applied = f"{element} applied at {at}: {met}" if met else f"{element} {usual}"
    return f"{applied}{_rounding(segment)}."


def _local(segment: Segment) -> str:
    try:
        return f"{segment.start.astimezone(ZoneInfo(segment.time_zone)):%a %H:%M}"
    except OverflowError:
        return "an unknown time"


def _rounding(segment: Segment) -> str:
    if not segment.surplus:
        return ""
    if segment.dimension == "ENERGY":
        step, added = (f"{number(kwh, ENGLISH)} kWh" for kwh in (Decimal(segment.step_size) / 1000, segment.surplus))
    else:
        step, added = (
            duration(int(s), ENGLISH) for s in (segment.step_size, (segment.surplus * 3600).to_integral_value())
        )
    return f"; the session's total is rounded up to steps of {step}, which adds {added} here"
