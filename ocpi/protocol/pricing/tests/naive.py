"""A second opinion: the rules once more, naively from their text, in fractions, sharing no line with the engine.

Slow, and for CDRs that leave nothing open: every period names its tariff, and MIN and MAX prove the current.
"""

from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from ocpi.protocol.cdrs import CDR

Wire = dict[str, Any]
DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
PARTS = {
    "ENERGY": "energy",
    "TIME": "time",
    "PARKING_TIME": "parking",
    "RESERVATION_TIME": "reservation",
    "FLAT": "fixed",
}


def bill(cdr: CDR, zone: str) -> dict[str, tuple[Fraction, Fraction]]:
    """Cost without and with VAT by part, and `total`."""
    wire = cdr.to_wire()
    periods = sorted(wire["charging_periods"], key=lambda p: moment(p["start_date_time"]))
    charging = [p for p in periods if volume(p, "ENERGY", "TIME", "PARKING_TIME") or not volume(p, "RESERVATION_TIME")]
    items: list[Wire] = []  # what is billed: part, kind, quantity, component
    for p, facts in with_facts(wire, periods, charging, ZoneInfo(zone)):
        tariff = named(wire["tariffs"], p)
        if volume(p, "RESERVATION_TIME"):
            facts["seconds"] = facts["since_reservation"]
            names = ["RESERVATION"] if charging else ["RESERVATION_EXPIRES", "RESERVATION"]
            for kind in ("FLAT", "RESERVATION_TIME"):
                add(items, "reservation", kind, p, [component(tariff, kind, facts, name) for name in names])
        if p in charging:
            facts["seconds"] = facts["since_start"]
            for kind in ("FLAT", "ENERGY", "TIME", "PARKING_TIME"):
                add(items, PARTS[kind], kind, p, [component(tariff, kind, facts, None)])
    round_up(items)
    return limited(totals(items), named(wire["tariffs"], (charging or periods)[0]), expired=not charging)


def with_facts(wire: Wire, periods: list[Wire], charging: list[Wire], zone: ZoneInfo) -> Any:
    """Each period with what its restrictions are judged by."""
    start, end = moment(wire["start_date_time"]), moment(wire["end_date_time"])
    reserved = any(volume(p, "RESERVATION_TIME") for p in periods)
    clock = moment(charging[0]["start_date_time"]) if reserved and charging else start
    measured = any(d["type"] == "ENERGY" for p in periods for d in p["dimensions"])
    energy = Fraction(0)
    for number, p in enumerate(periods):
        at = moment(p["start_date_time"])
        until = moment(periods[number + 1]["start_date_time"]) if number + 1 < len(periods) else end
        power = volume(p, "ENERGY") * 3600 / Fraction((until - at).total_seconds())
        yield (
            p,
            {
                "at": at.astimezone(zone),
                "energy": energy,
                "power": power if measured else None,
                "period": p,
                "since_start": max(0, (at - clock).total_seconds()),
                "since_reservation": (at - start).total_seconds(),
            },
        )
        energy += volume(p, "ENERGY")


def add(items: list[Wire], part: str, kind: str, p: Wire, components: list[Wire | None]) -> None:
    """A session has one FLAT, its reservation another; what has no component costs nothing."""
    found = next((one for one in components if one), None)
    again = kind == "FLAT" and any((item["part"], item["kind"]) == (part, kind) for item in items)
    quantity = {"FLAT": Fraction(1), "ENERGY": volume(p, "ENERGY")}.get(kind, seconds(p, kind))
    if found and quantity and not again:
        items.append({"part": part, "kind": kind, "quantity": quantity, "component": found})


def named(tariffs: list[Wire], p: Wire) -> Wire:
    return next(tariff for tariff in tariffs if tariff["id"].upper() == p["tariff_id"].upper())


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def volume(period: Wire, *kinds: str) -> Fraction:
    return sum((Fraction(str(d["volume"])) for d in period["dimensions"] if d["type"] in kinds), Fraction(0))


def seconds(period: Wire, kind: str) -> Fraction:
    exact = volume(period, kind) * 3600
    return Fraction(round(exact)) if abs(exact - round(exact)) <= Fraction(36, 100) else exact


def component(tariff: Wire, kind: str, facts: Wire, reservation: str | None) -> Wire | None:
    """The first of that kind whose element holds; reserved time has the price of TIME."""
    kind = "TIME" if kind == "RESERVATION_TIME" else kind
    for element in tariff["elements"]:
        r = element.get("restrictions", {})
        if r.get("reservation") == reservation and holds(r, facts):
            for one in element["price_components"]:
                if one["type"] == kind:
                    return dict(one)
    return None


def holds(r: Wire, facts: Wire) -> bool:
    at, energy, since = facts["at"], facts["energy"], facts["seconds"]
    return (
        in_window(r.get("start_time"), r.get("end_time"), f"{at:%H:%M}")
        and r.get("start_date", "0") <= f"{at:%Y-%m-%d}" < r.get("end_date", "9")
        and DAYS[at.weekday()] in (r.get("day_of_week") or DAYS)
        and Fraction(str(r.get("min_kwh", energy))) <= energy < Fraction(str(r.get("max_kwh", energy + 1)))
        and r.get("min_duration", since) <= since < r.get("max_duration", since + 1)
        and flows(r, facts, "current")
        and flows(r, facts, "power")
    )


def in_window(start: str | None, end: str | None, now: str) -> bool:
    if start == end:
        return True
    start, end = start or "00:00", "24:00" if end in (None, "00:00") else end
    return start <= now < end if start < end else now >= start or now < end


def flows(r: Wire, facts: Wire, name: str) -> bool:
    for bound, wanted in ((r.get(f"min_{name}"), True), (r.get(f"max_{name}"), False)):
        if bound is not None and reaches(facts, name, Fraction(str(bound))) is not wanted:
            return False
    return True


def reaches(facts: Wire, name: str, bound: Fraction) -> bool | None:
    listed = {d["type"]: Fraction(str(d["volume"])) for d in facts["period"]["dimensions"]}
    least, most = listed.get(f"MIN_{name.upper()}"), listed.get(f"MAX_{name.upper()}")
    if least is not None and least >= bound:
        return True
    if most is not None and most < bound:
        return False
    return facts["power"] >= bound if name == "power" and facts["power"] is not None else None


def round_up(items: list[Wire]) -> None:
    timed = "PARKING_TIME" if any(item["kind"] == "PARKING_TIME" for item in items) else "TIME"
    for kind, unit in (("ENERGY", Fraction(1, 1000)), (timed, Fraction(1)), ("RESERVATION_TIME", Fraction(1))):
        mine = [item for item in items if item["kind"] == kind]
        if mine and mine[-1]["component"]["step_size"] > 0:
            step = mine[-1]["component"]["step_size"] * unit
            total = sum(item["quantity"] for item in mine)
            mine[-1]["quantity"] += -(-total // step) * step - total


def totals(items: list[Wire]) -> dict[str, tuple[Fraction, Fraction]]:
    costs = dict.fromkeys([*PARTS.values(), "total"], (Fraction(0), Fraction(0)))
    for item in items:
        per = 3600 if item["kind"].endswith("TIME") else 1
        excl = item["quantity"] * Fraction(str(item["component"]["price"])) / per
        incl = excl * (1 + Fraction(str(item["component"].get("vat", 0))) / 100)
        for name in (item["part"], "total"):
            costs[name] = (costs[name][0] + excl, costs[name][1] + incl)
    return costs


def limited(costs: Any, tariff: Wire, *, expired: bool) -> Any:
    for name, choose in (("min_price", max), ("max_price", min)):
        if name in tariff and not (expired and name == "min_price"):
            bounds = (Fraction(str(tariff[name][side])) for side in ("excl_vat", "incl_vat"))
            costs["total"] = tuple(choose(mine, bound) for mine, bound in zip(costs["total"], bounds, strict=True))
    return costs
