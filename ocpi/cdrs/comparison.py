"""A bill laid out beside our price of it: the same rows for the screen, the letter and the evidence."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .models import CDR

# A CDR's cost → what people call it, and the part of a price that it is.
COSTS = {
    "total_energy_cost": ("energy", "energy"), "total_time_cost": ("time", "time"),
    "total_parking_cost": ("parking", "parking"), "total_fixed_cost": ("flat fees", "fixed"),
    "total_reservation_cost": ("reservation", "reservation"), "total_cost": ("total", None),
}  # fmt: skip
_VOLUMES = {
    "total_energy": ("energy", "kWh"),
    "total_time": ("time in total", "h"),
    "total_parking_time": ("parking", "h"),
}


@dataclass(frozen=True)
class Line:
    """One amount or volume on both sides; None where a side does not say. `unit`: a currency, kWh or h."""

    name: str
    unit: str
    theirs: Decimal | None
    ours: Decimal | None
    theirs_incl: Decimal | None = None
    ours_incl: Decimal | None = None
    differs: bool = False

    @property
    def difference(self) -> Decimal | None:
        return None if self.theirs is None or self.ours is None else self.theirs - self.ours


def amounts(row: CDR) -> list[Line]:
    """Each cost that one side or the other has, the total last. `differs` as the check judged it."""
    report = row.report or {}
    wrong = {finding["code"] for finding in report.get("findings", [])}
    found = [
        _amount(name, row.payload.get(key), report.get(key), row.currency, differs=f"{key}_differs" in wrong)
        for key, (name, _) in COSTS.items()
    ]
    return [line for line in found if line.theirs or line.ours or line is found[-1]]


def _amount(name: str, theirs: Any, ours: Any, currency: str, *, differs: bool) -> Line:
    sides = (_exact((side or {}).get(key)) for key in ("excl_vat", "incl_vat") for side in (theirs, ours))
    return Line(name, currency, *sides, differs)


def volumes(row: CDR) -> list[Line]:
    """What they say in total beside the sum of what their periods list: that is what we price."""
    periods = row.payload.get("charging_periods", [])
    sums = {kind: _sum(periods, kind) for kind in ("ENERGY", "TIME", "PARKING_TIME")}
    ours = {
        "total_energy": sums["ENERGY"], "total_parking_time": sums["PARKING_TIME"],
        "total_time": sums["TIME"] + sums["PARKING_TIME"] or None,
    }  # fmt: skip
    found = []
    for key, (name, unit) in _VOLUMES.items():
        theirs, own = _exact(row.payload.get(key)), ours[key]
        if theirs:
            apart = own is not None and abs(theirs - own) > Decimal("0.01")
            found.append(Line(name, unit, theirs, own, differs=apart and key != "total_time"))
    return found


def _sum(periods: list[dict[str, Any]], kind: str) -> Decimal:
    listed = [_exact(d["volume"]) for period in periods for d in period["dimensions"] if d["type"] == kind]
    return sum((volume for volume in listed if volume is not None), Decimal(0))


def _exact(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def cause(row: CDR) -> str:
    """What the CPO seems to have done differently, or why we have no price; empty when neither is known."""
    report = row.report or {}
    if reason := report.get("unpriceable"):
        return str(reason["reason"])
    return str((report.get("explanation") or {}).get("sentence", ""))
