"""Requirements section 15 over HTTP: bills with the specification's own numbers, and what we make of them.

The whole of the cost rules is proven inside `ocpi/protocol/pricing`; here stand the numbers that were once misprinted.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from ocpi.protocol.pricing.tests import builders as of
from tests import factories

from .platforms import Caller, Platform
from .steps import CREATED

WEEKEND = ["SATURDAY", "SUNDAY"]
HOURLY_OR_LATE = of.tariff(
    of.element(of.time(1.2, 1800), of.parking(1, 900), start_time="00:00", end_time="17:00"),
    of.element(of.time(2.4, 900), of.parking(1, 900), start_time="17:00", end_time="20:00"),
    of.element(of.time(2.4, 900), start_time="20:00", end_time="00:00"),
)
COMPLEX = of.tariff(
    of.element(of.flat(2.5, vat=15)),
    of.element(of.time(1.25, 600, 20), min_current=32, day_of_week=WEEKEND),
    of.element(of.parking(6, 300, 10), start_time="10:00", end_time="17:00", day_of_week=["SATURDAY"]),
)
RESERVED = of.tariff(
    of.element(of.time(5, 60, 20), reservation="RESERVATION"),
    of.element(of.flat(0.5, vat=20), of.energy(0.25, vat=10)),
)
EVENING = datetime(2019, 1, 7, 18, 40, tzinfo=UTC)  # 19:40 in Berlin
SATURDAY = datetime(2019, 1, 12, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("prices", "periods", "start", "right", "wrong"),
    [
        pytest.param(
            HOURLY_OR_LATE, [of.charging(12), of.parked(8), of.parked(12)], EVENING, (0.73, 0.73), (0.80, 0.80),
            marks=pytest.mark.requirement("FIX-07", "TCS-26", "TCS-27"), id="parking that becomes free",
        ),
        pytest.param(
            COMPLEX, [of.charging(114, min_current=43, max_current=43), of.parked(71)], SATURDAY, (12.375, 13.975),
            (12.28, 13.861), marks=pytest.mark.requirement("SMP-10", "TCS-17", "TCS-15"), id="a Saturday",
        ),
        pytest.param(
            RESERVED, [of.reserved(15), of.charging(60, kwh=20)], EVENING, (6.75, 7.6), (5.5, 6.1),
            marks=pytest.mark.requirement("TCS-07", "TCS-20", "TCS-47", "TCS-48"), id="a reservation",
        ),
    ],
)  # fmt: skip
def test_the_corrected_number_is_right_and_the_misprinted_one_is_not(
    cpo: Platform, app: Caller, prices: Any, periods: Any, start: datetime, right: Any, wrong: Any
) -> None:
    mine = {"country_code": cpo.country_code, "party_id": cpo.party_id}
    place = cpo.object("location", time_zone="Europe/Berlin")
    assert cpo.put(f"locations/{cpo.me}/L1", place).codes == CREATED
    for name, total, verdicts in (("RIGHT", right, {"match", "rounding"}), ("WRONG", wrong, {"mismatch"})):
        bill = of.cdr(periods, prices, start=start).to_wire()
        bill |= mine | {
            "id": f"{name}-{cpo.party_id}", "total_cost": of.billed(*total), "cdr_token": factories.cdr_token(),
            "tariffs": [{**prices.to_wire(), **mine}],
            "cdr_location": {**bill["cdr_location"], "id": "L1"},
        }  # fmt: skip
        assert cpo.post("cdrs", bill).codes == CREATED
        path = f"cdrs/{bill['id']}/check?country_code={cpo.country_code}&party_id={cpo.party_id}"
        told = app.until(path, lambda reply: reply.data["verdict"] != "waiting")
        assert told.data["verdict"] in verdicts, told.data
