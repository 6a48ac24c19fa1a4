"""R1 to R7: what is read, which tariff prices it, and when there is no honest number."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ocpi.protocol.cdrs import CDR
from ocpi.protocol.pricing import Policy, Priced, check, price
from ocpi.protocol.pricing.tests.builders import (
    BERLIN,
    START,
    billed,
    cdr,
    charging,
    codes,
    element,
    energy,
    excl,
    flat,
    judged,
    parked,
    parking,
    period,
    priced,
    session,
    tariff,
    time,
)

TIERS = tariff(element(energy(1), max_kwh=10), element(energy(2)))


def unpriceable(found: Priced) -> str:
    """The code of the reason, having made sure that there is no number."""
    assert found.unpriceable is not None
    assert found.total_cost is None
    assert found.total_energy_cost is None
    assert found.billed is None
    assert found.unpriceable.reason
    return found.unpriceable.code


@pytest.mark.requirement("R1")
def test_r01_periods_are_sorted_before_they_are_priced() -> None:
    late, early = period(60, kwh=10, at=START + timedelta(hours=1)), period(60, kwh=10, at=START)
    found = priced([late, early], TIERS, end_date_time="2024-01-15T11:00:00Z")
    assert [(one.period, float(one.cost.excl_vat)) for one in found.segments] == [(1, 10), (0, 20)]
    assert found.segments[0].end == found.segments[1].start
    assert "periods_out_of_order" in codes(found)


@pytest.mark.requirement("R1")
def test_r01_the_last_period_ends_with_the_session() -> None:
    found = priced([period(30, kwh=1), period(30, kwh=1)], tariff(energy(1)))
    assert found.segments[-1].end == START + timedelta(hours=1)


@pytest.mark.requirement("R1")
@pytest.mark.parametrize(
    ("code", "begin", "fields"),
    [
        ("period_before_session_start", START - timedelta(minutes=17), {}),
        ("period_after_session_end", START, {"end_date_time": "2024-01-15T08:59:59Z"}),
        ("session_ends_before_start", START, {"end_date_time": "2024-01-15T08:00:00Z"}),
    ],
)
def test_r01_a_period_outside_the_session_is_remarked(code: str, begin: object, fields: dict[str, str]) -> None:
    found = priced([period(kwh=1, at=begin)], tariff(energy(1)), **fields)
    assert code in codes(found)
    assert found.total_cost is not None


@pytest.mark.requirement("R1")
def test_r01_two_periods_that_start_together_are_remarked() -> None:
    assert "periods_start_together" in codes(priced([period(0, kwh=1), period(kwh=1)], tariff(energy(1))))


@pytest.mark.requirement("R2")
def test_r02_without_any_tariff_there_is_no_number() -> None:
    assert unpriceable(priced([charging(60, kwh=5)])) == "no_tariff"
    assert judged([charging(60, kwh=5)]).verdict == "unpriceable"


@pytest.mark.requirement("R2")
def test_r02_our_own_tariff_is_used_in_the_version_that_was_known() -> None:
    old = tariff(energy(1), last_updated="2023-01-01T00:00:00Z")
    older = tariff(energy(3), last_updated="2022-01-01T00:00:00Z")
    later = tariff(energy(2), last_updated="2024-02-01T00:00:00Z")
    verdict = judged([charging(60, kwh=5)], stored=[later, older, old], total_cost=billed(5))
    assert verdict.verdict == "match"


@pytest.mark.requirement("R2")
@pytest.mark.parametrize(
    ("stored", "objection"),
    [
        (tariff(energy(1), last_updated="2024-02-01T00:00:00Z"), "T1 was changed on 2024-02-01"),
        (tariff(energy(1), end_date_time="2024-01-01T00:00:00Z"), "T1 was not valid"),
        (tariff(energy(1), party_id="OTH"), "T1 is of DE-OTH"),
    ],
    ids=["newer", "ended", "another party's"],
)
def test_r02_a_tariff_that_could_not_apply_is_not_used(stored: object, objection: str) -> None:
    found = judged([charging(60, kwh=5)], stored=[stored])
    assert found.verdict == "unpriceable"
    assert objection in found.unpriceable.reason


@pytest.mark.requirement("R2")
def test_r02_an_operator_may_trust_newer_tariffs() -> None:
    newer = tariff(energy(1), last_updated="2024-02-01T00:00:00Z")
    verdict = judged([charging(60, kwh=5)], stored=[newer], total_cost=billed(5), policy=Policy(newer_tariffs=True))
    assert verdict.verdict == "match"


@pytest.mark.requirement("R2", "TCS-12")
def test_r02_the_tariff_in_the_cdr_beats_the_published_one() -> None:
    verdict = judged([charging(60, kwh=5)], tariff(energy(1)), stored=[tariff(energy(2))], total_cost=billed(5))
    assert verdict.verdict == "match"
    assert codes(verdict) == {"tariff_differs_from_published"}
    assert verdict.findings[0].amount == -5


@pytest.mark.requirement("R3", "TCS-12")
def test_r03_validity_is_judged_at_session_start() -> None:
    first = tariff(energy(1), id="A", end_date_time="2024-01-15T09:30:00Z")
    second = tariff(energy(9), id="B", start_date_time="2024-01-15T09:30:00Z")
    periods = [charging(30, kwh=1, tariff_id=None), charging(30, kwh=1, tariff_id=None)]
    assert excl(periods, second, first) == 2


@pytest.mark.requirement("R3")
def test_r03_start_is_inclusive_and_end_exclusive() -> None:
    one = [charging(60, kwh=1, tariff_id=None)]
    assert excl(one, tariff(energy(1), start_date_time="2024-01-15T09:00:00Z")) == 1
    ended = priced(one, tariff(energy(1), end_date_time="2024-01-15T09:00:00Z"))
    assert unpriceable(ended) == "no_active_tariff"


@pytest.mark.requirement("R4", "TCS-11")
def test_r04_each_period_has_the_tariff_that_it_names() -> None:
    periods = [charging(30, kwh=1, tariff_id="night"), charging(30, kwh=1, tariff_id="DAY")]
    assert excl(periods, tariff(energy(1), id="Day"), tariff(energy(10), id="Night")) == 11


@pytest.mark.requirement("R4", "CDR-28")
def test_r04_an_unknown_tariff_cannot_be_priced() -> None:
    assert unpriceable(priced([charging(60, kwh=1, tariff_id="T9")], tariff(energy(1)))) == "unknown_tariff"


@pytest.mark.requirement("R4", "TCS-06", "TCS-10")
def test_r04_without_a_name_the_first_active_tariff_for_everyone_is_taken() -> None:
    ad_hoc = tariff(energy(9), id="A", type="AD_HOC_PAYMENT")
    found = priced([charging(60, kwh=1, tariff_id=None)], ad_hoc, tariff(energy(1), id="B", type="REGULAR"))
    assert found.segments[0].tariff_id == "B"
    assert "tariff_id_missing" in codes(found)


@pytest.mark.requirement("R4")
def test_r04_where_no_tariff_is_for_everyone_the_first_active_one_is_taken() -> None:
    green, cheap = tariff(energy(2), id="G", type="PROFILE_GREEN"), tariff(energy(1), id="C", type="PROFILE_CHEAP")
    assert excl([charging(60, kwh=1, tariff_id=None)], green, cheap) == 2


@pytest.mark.requirement("R4")
def test_r04_an_operator_may_refuse_to_guess() -> None:
    policy = Policy(missing_tariff_id="unpriceable")
    found = priced([charging(60, kwh=1, tariff_id=None)], tariff(energy(1)), policy=policy)
    assert unpriceable(found) == "period_without_tariff"


@pytest.mark.requirement("R4")
def test_r04_a_named_tariff_counts_even_outside_of_its_validity_and_is_remarked() -> None:
    found = priced([charging(60, kwh=1)], tariff(energy(1), end_date_time="2023-01-01T00:00:00Z"))
    assert found.total_cost is not None
    assert "tariff_not_valid" in codes(found)


@pytest.mark.requirement("R5", "CDR-26")
def test_r05_another_currency_cannot_be_priced() -> None:
    assert unpriceable(priced([charging(60, kwh=1)], tariff(energy(1), currency="SEK"))) == "currency_differs"


@pytest.mark.requirement("R6", "CDR-22")
def test_r06_what_ocpi_does_not_price_is_ignored_with_a_note() -> None:
    found = priced([charging(60, kwh=1, power=50, x_session_time=3)], tariff(energy(1)))
    assert float(found.total_cost.excl_vat) == 1
    assert [one.sentence.split()[0] for one in found.warnings] == ["POWER", "X_SESSION_TIME"]


@pytest.mark.requirement("R6")
def test_r06_a_dimension_that_is_listed_twice_counts_with_both() -> None:
    twice = period(60, kwh=1)
    twice["dimensions"].append({"type": "ENERGY", "volume": 2})
    assert excl([twice], tariff(energy(1))) == 3


@pytest.mark.requirement("R6", "TCS-08")
def test_r06_only_what_is_listed_is_priced() -> None:
    assert excl([period(60, kwh=5)], tariff(time(6))) == 0
    assert excl([charging(60), parked(90)], tariff(time(2))) == 2


@pytest.mark.requirement("R6")
def test_r06_energy_that_only_the_total_has_is_remarked() -> None:
    assert "total_energy_not_in_periods" in codes(priced([charging(60)], tariff(time(1)), total_energy=5))


@pytest.mark.requirement("R7", "TCS-29")
@pytest.mark.parametrize(
    ("hours", "step", "billed_h"),
    [(0.0834, 300, 1 / 12), (0.0833, 300, 1 / 12), (0.1167, 60, 7 / 60), (0.0002, 0, 1 / 3600)],
)
def test_r07_hours_snap_to_the_whole_second_that_they_stand_for(hours: float, step: int, billed_h: float) -> None:
    one = period(5)
    one["dimensions"].append({"type": "TIME", "volume": hours})
    found = priced([one], tariff(time(1, step)))
    assert found.billed is not None
    assert float(found.billed.time_h) == pytest.approx(billed_h, abs=1e-12)


@pytest.mark.requirement("R7")
def test_r07_what_is_far_from_a_whole_second_stays_as_it_is() -> None:
    one = period(1)
    one["dimensions"].append({"type": "TIME", "volume": 0.00015})
    assert priced([one], tariff(time(1, 0))).segments[0].volume == Decimal("0.00015")


@pytest.mark.requirement("TCS-46")
def test_a_running_session_is_priced_so_far() -> None:
    found = price(session([charging(30, kwh=5), charging(30, kwh=5)]), [tariff(energy(1), flat(1))], time_zone=BERLIN)
    assert found.total_cost is not None
    assert found.total_cost.excl_vat == 11


@pytest.mark.requirement("TCS-46")
def test_a_session_without_periods_or_tariffs_has_no_number() -> None:
    assert unpriceable(price(session([]), [tariff(energy(1))], time_zone=BERLIN)) == "no_periods"
    assert unpriceable(price(session([charging(60)]), [], time_zone=BERLIN)) == "no_tariff"


@pytest.mark.requirement("CDR-30")
def test_a_period_at_an_unknown_time_cannot_be_priced_by_the_clock() -> None:
    unknown = {"start": START.replace(year=1970)}
    timed = tariff(element(energy(1), start_time="08:00"))
    assert unpriceable(priced([charging(60, kwh=1)], timed, **unknown)) == "time_unknown"
    assert excl([charging(60, kwh=1)], tariff(energy(1)), **unknown) == 1


@pytest.mark.requirement("TAMB-13")
def test_a_missing_zone_matters_only_where_the_price_depends_on_local_time() -> None:
    plain, timed = tariff(energy(1)), tariff(element(energy(1), start_time="09:30"), element(energy(2)))
    assert not codes(priced([charging(60, kwh=1)], plain, zone=None))
    guessed = priced([charging(60, kwh=1)], timed, zone=None)
    assert (guessed.time_zone, guessed.confidence, codes(guessed)) == (BERLIN, "low", {"time_zone_guessed"})
    abroad = cdr([charging(60, kwh=1)], timed)
    abroad.cdr_location.country = "USA"
    assert codes(price(abroad, time_zone=None)) >= {"time_zone_missing"}
    assert price(abroad, time_zone=None).time_zone == "UTC"
    strict = Policy(missing_time_zone="unpriceable")
    assert unpriceable(price(abroad, time_zone=None, policy=strict)) == "time_zone_unknown"


def test_a_zone_that_does_not_exist_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="Mars"):
        priced([charging(60, kwh=1)], tariff(energy(1)), zone="Mars/Phobos")


def test_a_cdr_from_json_with_floats_is_priced_in_decimals() -> None:
    found = check(cdr([charging(60, kwh=0.1), charging(60, kwh=0.2)], tariff(energy(0.1, 0))), time_zone=BERLIN)
    assert found.expected is not None
    assert found.expected.excl_vat == Decimal("0.03")
    assert isinstance(CDR.from_wire(cdr([parked(1)], tariff(parking(1))).to_wire()), CDR)
