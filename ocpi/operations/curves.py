"""A charge as curves: energy, power, state of charge and cost over time, from its charging periods."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ocpi.protocol.pricing import Priced
from ocpi.protocol.sessions import Session

_ZERO = Decimal(0)


class Point(NamedTuple):
    """The charge up to a moment. `kwh` and `cost` (excl. VAT) add up; `kw` is the power since the point before."""

    at: datetime
    kwh: Decimal
    kw: Decimal | None
    percent: Decimal | None
    cost: Decimal | None


def curve(session: Session, priced: Priced) -> list[Point]:
    """A point where each period begins and where the last one ends; none for a session without periods.

    The sender decides how dense periods are; the last one ends with the session, or with its last update. Where that
    comes before its begin (two clocks that differ, or a simulated charge), it has no length.
    """
    periods = sorted(session.charging_periods, key=lambda period: period.start_date_time)
    if not periods:
        return []
    last = max(session.end_date_time or session.last_updated, periods[-1].start_date_time)
    ends = [*(period.start_date_time for period in periods[1:]), last]
    found = [Point(periods[0].start_date_time, _ZERO, None, None, _cost(priced, 0))]
    for n, (period, end) in enumerate(zip(periods, ends, strict=True)):
        volumes = {str(dimension.type): dimension.volume for dimension in period.dimensions}
        kwh = volumes.get("ENERGY", _ZERO)
        kw = volumes.get("POWER") or _average(kwh, period.start_date_time, end)
        so_far = found[-1].kwh + kwh
        found.append(Point(end, so_far, kw, volumes.get("STATE_OF_CHARGE"), _cost(priced, n + 1)))
    return found


def _average(kwh: Decimal, start: datetime, end: datetime) -> Decimal | None:
    hours = Decimal((end - start).total_seconds()) / 3600
    return kwh / hours if hours > 0 else None


def _cost(priced: Priced, periods: int) -> Decimal | None:
    """Of the first periods; what a minimum or maximum price adds belongs to no moment."""
    if priced.total_cost is None:
        return None
    return sum((segment.cost.excl_vat for segment in priced.segments if segment.period < periods), _ZERO)


def chart(points: Sequence[Point], currency: str, zone: Any) -> tuple[str, str]:
    """Data and options for Chart.js."""
    lines = [
        _line("energy, kWh", [point.kwh for point in points], "#7c3aed", "y"),
        _line("power, kW", [point.kw for point in points], "#f97316", "y1", stepped="after"),
        _line("charged, %", [point.percent for point in points], "#0ea5e9", "y1"),
        _line(f"cost by our price, {currency}", [point.cost for point in points], "#16a34a", "y"),
    ]
    shown = [line for line in lines if any(value is not None for value in line["data"])]
    labels = [f"{point.at.astimezone(zone):%H:%M}" for point in points]
    axes = {
        "x": {"title": {"display": True, "text": "local time at the charger"}, "grid": {"color": "#e5e7eb"}},
        "y": {"beginAtZero": True, "position": "left", "title": {"display": True, "text": f"kWh, {currency}"},
              "grid": {"color": "#e5e7eb"}},
        "y1": {"beginAtZero": True, "position": "right", "title": {"display": True, "text": "kW, %"},
               "grid": {"drawOnChartArea": False}},
    }  # fmt: skip
    options = {
        "responsive": True, "maintainAspectRatio": False, "animation": False, "scales": axes,
        "interaction": {"mode": "index", "intersect": False}, "plugins": {"legend": {"position": "bottom"}},
    }  # fmt: skip
    return json.dumps({"labels": labels, "datasets": shown}), json.dumps(options)


def _line(label: str, values: Sequence[Decimal | None], colour: str, axis: str, **more: Any) -> dict[str, Any]:
    data = [None if value is None else round(float(value), 3) for value in values]
    return {
        "label": label, "data": data, "borderColor": colour, "backgroundColor": colour, "yAxisID": axis,
        "borderWidth": 2, "pointRadius": 2, "spanGaps": True, **more,
    }  # fmt: skip
