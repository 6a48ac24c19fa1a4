"""What an operator acts on: each finding has a code, a severity, an amount and a sentence, and appears once."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocpi.cdrs import checks
from ocpi.cdrs.models import CDR, Finding
from ocpi.core import clock
from ocpi.tariffs.models import TariffVersion
from ocpi.tokens.models import Authorization, Token
from tests import factories
from tests.callers import Caller

BEGAN = "2026-03-01T10:00:00Z"
TIMED = [{"type": "ENERGY", "volume": 10}, {"type": "TIME", "volume": 1}]


def priced(*components: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return (
        factories.tariff(last_updated="2026-01-01T00:00:00Z", elements=[{"price_components": list(components)}])
        | changes
    )


ENERGY = {"type": "ENERGY", "price": 0.35, "vat": 21, "step_size": 1}
TIME = {"type": "TIME", "price": 2, "vat": 21, "step_size": 1}


@pytest.fixture
def world(cpo: Caller) -> Caller:
    """A CPO whose location, tariff, session and driver we know; the tariff came before the charge."""
    factories.token()
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location())
    publish(cpo, priced(ENERGY), "2026-01-02T00:00:00+00:00")
    session = factories.session(status="COMPLETED", kwh=10, end_date_time="2026-03-01T11:00:00Z")
    cpo.put("sessions", "NL", "CPO", "S1", body=session)
    return cpo


def publish(cpo: Caller, tariff: dict[str, Any], received: str) -> None:
    cpo.put("tariffs", "NL", "CPO", tariff["id"], body=tariff)
    newest = TariffVersion.objects.filter(tariff_id=tariff["id"]).order_by("-pk").values("pk")[:1]
    TariffVersion.objects.filter(pk__in=newest).update(received_at=datetime.fromisoformat(received))


def receive(cpo: Caller, **changes: Any) -> CDR:
    """A checked bill; it came an hour after the charge."""
    cdr = factories.cdr(tariffs=[priced(ENERGY)]) | changes
    answer = cpo.post("cdrs", body=cdr)
    assert answer.status in {(201, 1000), (200, 1000)}, answer.message
    row = CDR.objects.get(cdr_id=cdr["id"], partner=cpo.partner)
    CDR.objects.filter(pk=row.pk).update(received_at=row.end_date_time + timedelta(hours=1))
    for pk in checks.waiting():
        checks.check(pk)
    row.refresh_from_db()
    return row


def found(row: CDR) -> dict[str, tuple[str, float | None]]:
    """Code: severity and amount."""
    return {
        f.code: (f.severity, None if f.amount is None else round(float(f.amount), 4))
        for f in row.findings.all()
        if f.sentence
    }


def at_twelve_kwh(**changes: Any) -> dict[str, Any]:
    return {"total_energy": 12, "charging_periods": [factories.period(kwh=12)], **costs(4.2), **changes}


def costs(excl: float) -> dict[str, Any]:
    return {"total_cost": {"excl_vat": excl, "incl_vat": round(excl * 1.21, 4)}}


LATE_START = {
    "start_date_time": "2026-03-01T10:30:00Z",
    "charging_periods": [factories.period("2026-03-01T10:30:00Z", 10)],
}
FAST = {"total_energy": 40, "charging_periods": [factories.period(kwh=40)], **costs(14)}
PARKED = {
    "end_date_time": "2026-03-01T16:00:00Z",
    "total_time": 6,
    "charging_periods": [
        factories.period(kwh=40),
        {**factories.period("2026-03-01T11:00:00Z"), "dimensions": [{"type": "PARKING_TIME", "volume": 5}]},
    ],
}
UNSPLIT = priced(ENERGY)
UNSPLIT["elements"] = [
    {"price_components": [ENERGY], "restrictions": {"end_time": "11:30"}},  # 10:30 UTC
    {"price_components": [{**ENERGY, "price": 0.55}]},
]


@pytest.mark.parametrize(
    ("changes", "code", "severity", "amount"),
    [
        ({"session_id": "S404"}, "no_such_session", "warning", 3.5),
        (at_twelve_kwh(), "energy_differs_from_session", "warning", 0.7),
        ({"total_time": 1.5, "end_date_time": "2026-03-01T11:30:00Z"}, "time_differs_from_session", "warning", 1.1667),
        (FAST, "impossible_power", "error", 14),
        (FAST | PARKED, "impossible_power", "error", 14),
        ({"end_date_time": BEGAN, "total_time": 0}, "no_duration", "error", 3.5),
        ({"cdr_token": factories.cdr_token(uid="04FFFF")}, "unknown_token", "warning", 3.5),
        ({"currency": "SEK", "tariffs": [priced(ENERGY, currency="SEK")]}, "currency_differs", "error", 3.5),
        ({"currency": "SEK"}, "currency_differs", "error", 3.5),
        ({"tariffs": [priced(ENERGY, TIME)]}, "missing_dimension", "warning", 2),
        ({"tariffs": [UNSPLIT]}, "period_spans_price_change", "warning", 1),
        ({"tariffs": [priced(ENERGY | {"price": 0.45})], **costs(4.5)}, "tariff_differs_from_published", "warning", 1),
        (costs(4.5), "total_cost_differs", "error", 1.21),
        ({"charging_periods": [factories.period(kwh=10, tariff_id="T9")]}, "unknown_tariff", "warning", 3.5),
        ({"charging_periods": [factories.period(dimensions=[*TIMED, *TIMED])], "total_energy": 20, **costs(7)},
         "more_time_than_passed", "warning", 0),
    ],
)  # fmt: skip
def test_a_finding_has_code_severity_amount_and_sentence(
    world: Caller, changes: dict[str, Any], code: str, severity: str, amount: float
) -> None:
    assert found(receive(world, **changes))[code] == (severity, amount)


def test_a_right_bill_has_none(world: Caller) -> None:
    row = receive(world)
    assert (row.verdict, found(row)) == ("match", {})


def test_a_bill_that_comes_late_is_told(world: Caller) -> None:
    row = receive(world)
    CDR.objects.filter(pk=row.pk).update(received_at=row.end_date_time + timedelta(hours=72))
    checks.recheck(row.pk)
    assert found(row) == {}
    CDR.objects.filter(pk=row.pk).update(received_at=row.end_date_time + timedelta(hours=72, seconds=1))
    checks.recheck(row.pk)
    assert found(row) == {"late": ("info", 3.5)}


def test_a_token_that_was_blocked_at_the_time_is_an_error(world: Caller) -> None:
    """Blocked before the charge: an error. Blocked afterwards: none."""
    token = factories.token(status="BLOCKED")
    row = receive(world)
    assert found(row) == {}
    Token.objects.filter(pk=token.pk).update(last_updated=row.start_date_time)
    checks.recheck(row.pk)
    assert found(row) == {"token_refused": ("error", 3.5)}


@pytest.mark.parametrize(
    ("minutes", "place", "allowed", "refused"),
    [
        (-1, "L1", "BLOCKED", True),
        (-59, "", "NO_CREDIT", True),
        (-1, "L1", "ALLOWED", False),
        (-1, "L2", "BLOCKED", False),
        (-61, "L1", "BLOCKED", False),
        (5, "L1", "BLOCKED", False),
    ],
)
def test_a_charge_that_we_refused_is_an_error_though_the_token_is_active_again(
    world: Caller, minutes: int, place: str, allowed: str, refused: bool
) -> None:
    began = datetime.fromisoformat(BEGAN)
    Authorization.objects.create(
        partner=world.partner, token=Token.objects.get(), location_id=place, allowed=allowed,
        decided_at=began + timedelta(minutes=minutes),
    )  # fmt: skip
    assert ("token_refused" in found(receive(world))) is refused


def test_the_same_charge_is_a_duplicate_by_its_start_or_by_its_session(world: Caller) -> None:
    receive(world)
    assert found(receive(world, id="D2"))["duplicate_charge"] == ("error", 3.5)
    assert "duplicate_charge" in found(receive(world, id="D3", session_id="S9"))
    assert "duplicate_charge" in found(receive(world, id="D4", **LATE_START))
    later = LATE_START | {"start_date_time": "2026-03-01T10:30:01Z"}
    assert found(receive(world, id="D5", session_id="S9", **later))["overlapping_charge"] == ("warning", 3.5)


def test_a_charge_of_seconds_that_is_billed_twice_is_a_duplicate(world: Caller) -> None:
    short = {"end_date_time": "2026-03-01T10:00:20Z", "total_time": 0.0056, "session_id": "S7"}
    receive(world, **short)
    assert "duplicate_charge" in found(receive(world, id="D2", **short | {"session_id": "S8"}))


def test_one_charge_after_the_other_is_no_overlap(world: Caller) -> None:
    receive(world)
    after = {"start_date_time": "2026-03-01T11:00:00Z", "end_date_time": "2026-03-01T12:00:00Z", "session_id": "S2"}
    row = receive(world, id="D2", charging_periods=[factories.period("2026-03-01T11:00:00Z", 10)], **after)
    assert set(found(row)) == {"no_such_session"}


def test_of_two_bills_for_one_charge_the_later_one_is_blamed_however_often_they_are_checked(world: Caller) -> None:
    first, second = receive(world), receive(world, id="D2")
    for _ in range(2):
        checks.recheck(second.pk)
        checks.recheck(first.pk)
    assert (found(first), set(found(second))) == ({}, {"duplicate_charge"})
    assert Finding.objects.count() == 1


def test_a_bill_is_credited_once(world: Caller) -> None:
    receive(world)
    credit = {"credit": True, "credit_reference_id": "D1", "total_cost": {"excl_vat": -3.5, "incl_vat": -4.235}}
    first, second = receive(world, id="D1-C", **credit), receive(world, id="D1-C2", **credit)
    assert (first.verdict, found(first)) == ("credit", {})
    assert found(second) == {"credited_twice": ("error", -3.5)}


def test_a_credit_of_another_amount_is_a_mismatch_with_the_rest(world: Caller) -> None:
    receive(world)
    wrong = {"total_cost": {"excl_vat": -3, "incl_vat": -3.63}}
    credit = receive(world, id="D1-C", credit=True, credit_reference_id="D1", **wrong)
    assert (credit.verdict, found(credit)) == ("mismatch", {"credit_amount_differs": ("error", 0.5)})


def test_the_connector_of_another_party_of_the_platform_proves_nothing(world: Caller) -> None:
    row = receive(world, **FAST)
    assert "impossible_power" in found(row)
    CDR.objects.filter(pk=row.pk).update(party_id="TWO")
    checks.recheck(row.pk)
    assert "impossible_power" not in found(row)


# --- what was published when


def test_a_tariff_that_was_backdated_afterwards_is_not_what_was_published(world: Caller) -> None:
    dearer = priced(ENERGY | {"price": 0.45}, last_updated="2026-02-01T00:00:00Z")
    publish(world, dearer, "2026-03-02T00:00:00+00:00")
    row = receive(world, tariffs=[dearer], **costs(4.5))
    assert (row.verdict, found(row)) == ("match", {"tariff_differs_from_published": ("warning", 1)})


def test_without_tariffs_of_its_own_a_bill_is_priced_by_what_we_had_received_by_then(world: Caller) -> None:
    dearer = priced(ENERGY | {"price": 0.45}, last_updated="2026-02-01T00:00:00Z")
    publish(world, dearer, "2026-03-02T00:00:00+00:00")
    row = receive(world, tariffs=[], **costs(4.5))
    assert (row.verdict, row.our_cost) == ("mismatch", Decimal("3.5"))
    assert found(row)["deviation_other_tariff_version"] == ("info", 1)


def test_of_two_versions_with_one_date_the_one_that_came_last_counts(world: Caller) -> None:
    publish(world, priced(ENERGY | {"price": 0.4}), "2026-01-03T00:00:00+00:00")
    row = receive(world, tariffs=[], charging_periods=[{**factories.period(kwh=10), "tariff_id": None}], **costs(4))
    assert (row.verdict, row.our_cost) == ("match", Decimal(4))


def test_a_tariff_that_first_came_after_the_charge_counts_by_its_own_date(world: Caller) -> None:
    TariffVersion.objects.update(received_at=clock.now())
    row = receive(world, tariffs=[])
    assert (row.verdict, found(row)) == ("match", {"tariff_came_later": ("warning", 3.5)})
    assert found(receive(world, id="D2", session_id="S2", tariffs=[priced(ENERGY)])).keys() == {
        "no_such_session",
        "duplicate_charge",
    }


def test_of_the_tariffs_of_a_connector_the_first_in_its_list_is_taken(world: Caller) -> None:
    plug = factories.connector(tariff_ids=["t2", "T1"])
    world.put("locations", "NL", "CPO", "L1", body=factories.location(evses=[factories.evse(connectors=[plug])]))
    publish(world, priced(ENERGY | {"price": 0.5}, id="T2"), "2026-01-03T00:00:00+00:00")
    unnamed = [{**factories.period(kwh=10), "tariff_id": None}]
    assert receive(world, tariffs=[], charging_periods=unnamed, **costs(5)).verdict == "match"


# --- the check itself


def test_a_check_costs_a_bounded_number_of_queries(world: Caller) -> None:
    row = receive(world)
    long = [factories.period(f"2026-03-01T10:{n:02}:00Z", 0.2) for n in range(50)]
    many = receive(
        world, id="D2", session_id="S2", charging_periods=long, tariffs=[priced(ENERGY), priced(ENERGY, id="T2")]
    )
    plain = receive(world, id="D3", session_id="S3", tariffs=[])
    for one in (row, many, plain):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            checks.recheck(one.pk)
        assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) <= 14  # three of them open a review


def test_a_check_whose_worker_died_is_done_by_the_next_sweep(world: Caller) -> None:
    row = receive(world)
    CDR.objects.filter(pk=row.pk).update(verdict="waiting", check_claimed_at=clock.now() - timedelta(minutes=4))
    assert checks.waiting() == []
    checks.check(row.pk)
    row.refresh_from_db()
    assert row.verdict == "waiting"
    CDR.objects.filter(pk=row.pk).update(check_claimed_at=clock.now() - timedelta(minutes=6))
    assert checks.waiting() == [row.pk]
    checks.check(row.pk)
    row.refresh_from_db()
    assert (row.verdict, row.check_claimed_at) == ("match", None)


def test_a_worker_that_lost_its_claim_writes_nothing(world: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it judges, the session arrives and the bill waits again: what it found out is out of date."""
    row = receive(world, **costs(4.5))
    before = found(row)
    judge = checks._judged

    def overtaken(claimed: CDR) -> Any:
        verdict = judge(claimed)
        CDR.objects.filter(pk=claimed.pk).update(check_claimed_at=None, our_cost=7)
        Finding.objects.filter(cdr=claimed).exclude(code="total_cost_differs").delete()
        return verdict

    monkeypatch.setattr(checks, "_judged", overtaken)
    checks.recheck(row.pk)
    row.refresh_from_db()
    assert (row.verdict, row.our_cost) == ("waiting", 7)
    assert set(found(row)) == {"total_cost_differs"} < set(before)


def test_checking_again_gives_the_same(world: Caller) -> None:
    row = receive(world, **costs(4.5), session_id="S404")
    seen = []
    for _ in range(2):
        checks.recheck(row.pk)
        row.refresh_from_db()
        seen.append((row.verdict, row.our_cost, row.difference, row.report, found(row)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "times", [{"end_date_time": "0001-01-01T00:00:00Z"}, {"start_date_time": "9999-12-31T23:59:59Z"}]
)
def test_times_at_the_ends_of_the_calendar_do_not_stop_the_check(world: Caller, times: dict[str, Any]) -> None:
    assert world.post("cdrs", body=factories.cdr(**times)).status == (201, 1000)
    row = CDR.objects.get()
    checks.check(row.pk)
    row.refresh_from_db()
    assert row.verdict != "waiting"
    assert "check_failed" not in found(row)


def test_an_absurd_price_is_a_mismatch_that_can_be_stored(world: Caller) -> None:
    row = receive(world, tariffs=[priced(ENERGY | {"price": 10**12})], total_energy=10**9,
                  charging_periods=[factories.period(kwh=10**9)])  # fmt: skip
    assert (row.verdict, row.our_cost, row.difference) == ("mismatch", None, None)
    assert found(row)["total_cost_differs"] == ("error", None)
    assert row.report["total_cost"]["excl_vat"] == 10**21
