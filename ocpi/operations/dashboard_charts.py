"""Thirty days of bills as charts and as a table, from the counts of `ocpi.cdrs.days`: no CDR is read.

Energy of different currencies adds up; money does not, so each currency has a chart of its own.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from ocpi.cdrs import days
from ocpi.cdrs.models import BillDay
from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.partners.models import Partner

_DAYS = 30
_PARTNERS = 6  # with a colour of their own; the others share one
_LISTED = 10  # partners in the table
_CURRENCIES = 3  # with a chart
_COLOURS = ("#7c3aed", "#0ea5e9", "#f97316", "#16a34a", "#ec4899", "#eab308", "#9ca3af")
_INK = "#9ca3af"  # legible on light and on dark
_ZERO = Decimal(0)
Series = dict[int, dict[date, Decimal]]  # partner → day → amount


@dataclass
class _Month:
    days: list[date]
    names: dict[int, str] = field(default_factory=dict)
    bills: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    energy: Series = field(default_factory=lambda: defaultdict(lambda: defaultdict(Decimal)))
    costs: dict[str, Series] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(Decimal)))
    )
    weight: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # currency → bills

    @property
    def ranked(self) -> list[int]:
        """Partners, those with the most energy first."""
        return sorted(self.names, key=lambda pk: -total(self.energy[pk]))

    @property
    def currencies(self) -> list[str]:
        """Those of the most bills first."""
        return sorted(self.weight, key=lambda currency: -self.weight[currency])


def fill(since: datetime) -> dict[str, Any]:
    """`charts`: [{"title", "data", "options"}, …]; `by_partner`: lines of the table; `month_url`: the bills behind."""
    month = _read()
    shown = month.currencies[:_CURRENCIES]
    charts = [_chart("Energy per day", month, month.energy, "kWh")]
    charts += [_chart(f"Cost per day, {each} excl. VAT", month, month.costs[each], each) for each in shown]
    return {
        "charts": charts,
        "by_partner": [_line(month, pk) for pk in month.ranked[:_LISTED]],
        "other_partners": max(0, len(month.names) - _LISTED),
        "other_currencies": core.lines(month.currencies[_CURRENCIES:]) if month.currencies[_CURRENCIES:] else "",
        "month_url": core.list_page("ocpi_cdrs.cdr", end_date_time__gte=_since(month)),
    }


def total(amounts: Mapping[date, Decimal]) -> Decimal:
    return sum(amounts.values(), _ZERO)


def _read() -> _Month:
    today = timezone.localtime(clock.now()).date()
    month = _Month([today - timedelta(days=n) for n in reversed(range(_DAYS))])
    rows = BillDay.objects.filter(day__gte=month.days[0], day__lte=today).order_by()
    fields = ("partner_id", "partner__name", "day", "currency", "bills", "energy", "cost")
    for pk, name, day, currency, bills, energy, cost in rows.values_list(*fields):
        month.names[pk] = name
        month.bills[pk] += bills
        month.weight[currency] += bills
        month.energy[pk][day] += energy
        month.costs[currency][pk][day] += cost
    return month


def _since(month: _Month) -> str:
    return days.begin_of(month.days[0]).isoformat()


def _chart(title: str, month: _Month, series: Series, unit: str) -> dict[str, str]:
    """Bars, one upon another: the partners with the most energy in colours of their own, so that all charts agree."""
    own, others = month.ranked[:_PARTNERS], month.ranked[_PARTNERS:]
    sets = [_bars(month.names[pk], month, [pk], series, _COLOURS[n]) for n, pk in enumerate(own) if series.get(pk)]
    if any(series.get(pk) for pk in others):
        sets.append(_bars("others", month, others, series, _COLOURS[-1]))
    labels = [f"{day:%a} {day.day}" for day in month.days]
    return {"title": title, "data": json.dumps({"labels": labels, "datasets": sets}), "options": _options(unit)}


def _bars(name: str, month: _Month, partners: list[int], series: Series, colour: str) -> dict[str, Any]:
    sums = [sum((series.get(pk, {}).get(day, _ZERO) for pk in partners), _ZERO) for day in month.days]
    data = [round(float(amount), 2) for amount in sums]
    return {"label": name, "data": data, "backgroundColor": colour, "maxBarThickness": 22, "borderRadius": 2}


def _options(unit: str) -> str:
    ticks = {"color": _INK, "maxRotation": 0, "autoSkip": True}
    axes = {
        "x": {"stacked": True, "ticks": ticks, "grid": {"display": False}},
        "y": {"stacked": True, "ticks": ticks, "title": {"display": True, "text": unit, "color": _INK}, "grid": {}},
    }
    legend = {"position": "bottom", "labels": {"color": _INK, "boxWidth": 10, "boxHeight": 10}}
    return json.dumps({
        "responsive": True, "maintainAspectRatio": False, "animation": False, "scales": axes,
        "interaction": {"mode": "index", "intersect": False}, "plugins": {"legend": legend},
    })  # fmt: skip


def _line(month: _Month, pk: int) -> dict[str, str]:
    costs = ((each, total(month.costs[each].get(pk, {}))) for each in month.currencies)
    where = {"partner__id__exact": pk, "end_date_time__gte": _since(month)}
    return {
        "name": month.names[pk],
        "page": core.page(Partner(pk=pk)),
        "bills": f"{month.bills[pk]:,}",
        "url": core.list_page("ocpi_cdrs.cdr", **where),
        "energy": core.number(total(month.energy[pk]), "kWh", 0),
        "cost": core.lines(core.money(cost, currency) for currency, cost in costs if cost),
    }
