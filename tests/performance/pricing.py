"""How many bills a core checks in a second: `make bench`.

The average bill here has six charging periods and a tariff of three elements with time windows. A year of bills is
checked again after a change of a rule, so this decides whether that takes minutes or a night.
"""

import statistics
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from ocpi.protocol import pricing
from ocpi.protocol.cdrs import CDR

_ROUNDS, _SECONDS = 5, 1.0


def average_bill() -> dict[str, Any]:
    """10 kWh and a quarter of an hour per period, from 16:00 until 17:30 local time, across a price change at 17:00."""
    day, evening = {"end_time": "17:00"}, {"start_time": "17:00", "end_time": "21:00"}
    tariff = {
        "country_code": "NL", "party_id": "CPO", "id": "T1", "currency": "EUR", "last_updated": "2026-01-01T00:00:00Z",
        "elements": [
            {"price_components": [_energy(0.30)], "restrictions": day},
            {"price_components": [_energy(0.45)], "restrictions": evening},
            {"price_components": [_energy(0.25), {"type": "FLAT", "price": 0.5, "vat": 21, "step_size": 1}]},
        ],
    }  # fmt: skip
    place = {
        "id": "L1", "address": "Stationsplein 1", "city": "Utrecht", "country": "NLD", "evse_uid": "E1",
        "evse_id": "E1", "coordinates": {"latitude": "52.08950", "longitude": "5.11000"}, "connector_id": "1",
        "connector_standard": "IEC_62196_T2", "connector_format": "SOCKET", "connector_power_type": "AC_3_PHASE",
    }  # fmt: skip
    starts = [f"2026-03-02T{15 + n // 4:02d}:{n % 4 * 15:02d}:00Z" for n in range(6)]
    token = {"country_code": "NL", "party_id": "EMS", "uid": "04AA", "type": "RFID", "contract_id": "C1"}
    return {
        "country_code": "NL", "party_id": "CPO", "id": "D1", "start_date_time": starts[0], "cdr_token": token,
        "end_date_time": "2026-03-02T16:30:00Z", "auth_method": "WHITELIST", "cdr_location": place, "currency": "EUR",
        "tariffs": [tariff], "total_energy": 60, "total_time": 1.5,
        "total_cost": {"excl_vat": 21.5, "incl_vat": 26.015},
        "charging_periods": [
            {"start_date_time": start, "tariff_id": "T1",
             "dimensions": [{"type": "ENERGY", "volume": 10}, {"type": "TIME", "volume": 0.25}]}
            for start in starts
        ],
        "last_updated": "2026-03-02T16:31:00Z",
    }  # fmt: skip


def _energy(price: float) -> dict[str, Any]:
    return {"type": "ENERGY", "price": price, "vat": 21, "step_size": 1}


def rates(work: Any) -> list[float]:
    """Calls per second of a core, one figure per round; what else the machine does meanwhile does not count."""
    found = []
    for _ in range(_ROUNDS):
        count, started = 0, time.process_time()
        while time.process_time() - started < _SECONDS:
            work()
            count += 1
        found.append(count / (time.process_time() - started))
    return found


def main() -> None:
    raw = average_bill()
    parsed = CDR.from_wire(raw)
    verdict = pricing.check(parsed, time_zone="Europe/Amsterdam")
    console = Console()
    console.print(f"one bill: {verdict.verdict}, {verdict.expected}")
    table = Table("bills checked per second and core", "median", "lowest", "highest")
    for name, work in (
        ("parsed already", lambda: pricing.check(parsed, time_zone="Europe/Amsterdam")),
        ("read from JSON objects first", lambda: pricing.check(CDR.from_wire(raw), time_zone="Europe/Amsterdam")),
    ):
        found = rates(work)
        table.add_row(name, *(f"{figure:,.0f}" for figure in (statistics.median(found), min(found), max(found))))
    console.print(table)


if __name__ == "__main__":
    main()
