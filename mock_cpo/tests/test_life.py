"""Charges all over the network, with time moved by hand: whatever the tariff, the bill follows from the periods."""

from datetime import datetime

import pytest

from mock_cpo.billing import Period, price_session
from mock_cpo.charge import Authority
from mock_cpo.config import Config, Settings
from mock_cpo.cpo import Cpo
from mock_cpo.platform import Platform
from mock_cpo.tests.emsp import token
from ocpi.protocol.cdrs import CDR
from ocpi.protocol.sessions import Session

DIMENSIONS = ("ENERGY", "TIME", "PARKING_TIME")


def volume(periods: list[dict], *kinds: str) -> float:
    return sum(d["volume"] for period in periods for d in period["dimensions"] if d["type"] in kinds)


@pytest.fixture(scope="module")
def finished() -> Cpo:
    """One charge at the first EVSE of every site, from the first minute to the last bill."""
    platform = Platform(Config(), Settings(report_pause=0, report_interval=600))
    passed = [0.0]
    platform.clock.elapsed = lambda: passed[0]  # type: ignore[method-assign]
    cpo = platform.cpos[0]
    for number, site in enumerate(cpo.network.sites()):
        evse = site.location["evses"][0]
        authority = Authority(token(f"CARD-{number}"), "WHITELIST")
        cpo.life.start(authority, site.location["id"], evse["uid"], evse["connectors"][0]["id"])
    while any(charge.open for charge in cpo.yard.charges()):
        passed[0] += 173
        for charge in cpo.yard.open_charges():
            cpo.life.advance(charge)
    return cpo


@pytest.mark.requirement("CDR-20", "CDR-21", "CDR-28", "CDR-29", "TCS-45")
def test_every_cdr_can_be_priced_again_from_what_it_says(finished: Cpo) -> None:
    assert len(finished.cdrs.records) == len(finished.network.sites())
    for record in finished.cdrs.records:
        cdr = record.cdr
        CDR.from_wire(cdr)
        periods = [Period.from_wire(period) for period in cdr["charging_periods"]]
        end = datetime.fromisoformat(cdr["end_date_time"])
        bill = price_session(cdr["tariffs"], periods, end, finished.network.zone(cdr["cdr_location"]["id"]))
        for name, price in bill.to_wire().items():
            assert cdr[name] == pytest.approx(price, abs=0.002), cdr["tariffs"][0]["id"]


@pytest.mark.requirement("TCS-45", "CDR-22", "CDR-27")
def test_the_volumes_of_a_cdr_add_up(finished: Cpo) -> None:
    for record in finished.cdrs.records:
        cdr = record.cdr
        assert volume(cdr["charging_periods"], "ENERGY") == pytest.approx(cdr["total_energy"])
        assert volume(cdr["charging_periods"], "TIME", "PARKING_TIME") == pytest.approx(cdr["total_time"], abs=0.0005)
        assert {d["type"] for period in cdr["charging_periods"] for d in period["dimensions"]} <= set(DIMENSIONS)
        starts = [period["start_date_time"] for period in cdr["charging_periods"]]
        assert starts == sorted(set(starts))


@pytest.mark.requirement("SES-24", "SES-25")
def test_session_and_cdr_tell_the_same_story(finished: Cpo) -> None:
    cdrs = {record.cdr["session_id"]: record.cdr for record in finished.cdrs.records}
    for charge in finished.yard.charges():
        session = charge.session()
        Session.from_wire(session)
        cdr = cdrs[charge.id]
        assert (session["status"], session["kwh"], session["total_cost"]) == (
            "COMPLETED",
            cdr["total_energy"],
            cdr["total_cost"],
        )
        assert volume(session["charging_periods"], "ENERGY") == pytest.approx(session["kwh"])
