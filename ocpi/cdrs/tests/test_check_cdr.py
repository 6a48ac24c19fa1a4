"""A received bill is checked by a worker: verdict, findings, again after a change."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ocpi.cdrs import checks, tasks
from ocpi.cdrs.models import CDR
from ocpi.core import logs
from ocpi.tariffs.models import TariffVersion
from tests import factories
from tests.callers import Caller

# After the tariff of the factories was published, and before its next version.
AFTERNOON = {
    "start_date_time": "2026-03-01T12:30:00Z",
    "end_date_time": "2026-03-01T13:30:00Z",
    "charging_periods": [factories.period("2026-03-01T12:30:00Z", 10)],
}
CREDIT = {
    "id": "D1-C",
    "credit": True,
    "credit_reference_id": "D1",
    "total_cost": {"excl_vat": -3.5, "incl_vat": -4.235},
}


@pytest.fixture
def world(cpo: Caller) -> Caller:
    """A CPO whose location, tariff, session and driver we know."""
    factories.token()
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location())
    cpo.put("tariffs", "NL", "CPO", "T1", body=factories.tariff())
    session = factories.session(status="COMPLETED", kwh=10, end_date_time="2026-03-01T11:00:00Z")
    cpo.put("sessions", "NL", "CPO", "S1", body=session)
    return cpo


def receive(cpo: Caller, **changes: Any) -> CDR:
    cdr = factories.cdr(**changes)
    assert cpo.post("cdrs", body=cdr).status in {(201, 1000), (200, 1000)}
    return checked(cdr["id"])


def checked(cdr_id: str) -> CDR:
    for pk in checks.waiting():
        checks.check(pk)
    return CDR.objects.get(cdr_id=cdr_id)


def codes(row: CDR) -> set[str]:
    return set(row.findings.values_list("code", flat=True)) - {"late"}


def test_a_right_bill_is_a_match_without_findings(world: Caller) -> None:
    row = receive(world)
    assert (row.verdict, row.our_cost, row.difference) == ("match", 3.5, 0)
    assert codes(row) == set()
    assert row.report["segments"][0]["why"]


def test_a_wrong_bill_is_a_mismatch_with_the_amount(world: Caller) -> None:
    row = receive(world, total_cost={"excl_vat": 4.5, "incl_vat": 5.45})
    assert (row.verdict, row.difference) == ("mismatch", 1)
    assert row.findings.filter(severity="error").exists()


def test_a_bill_without_any_tariff_is_unpriceable_and_never_a_match(world: Caller) -> None:
    TariffVersion.objects.all().delete()
    row = receive(world, tariffs=[])
    assert (row.verdict, row.our_cost) == ("unpriceable", None)


def test_a_bill_without_tariffs_is_priced_by_the_version_of_its_time(world: Caller) -> None:
    dearer = factories.tariff(last_updated="2026-03-02T00:00:00Z")
    dearer["elements"][0]["price_components"][0]["price"] = 0.99
    world.put("tariffs", "NL", "CPO", "T1", body=dearer)
    assert TariffVersion.objects.count() == 2
    row = receive(world, tariffs=[], **AFTERNOON)
    assert (row.verdict, row.our_cost) == ("match", 3.5)


def test_a_tariff_that_differs_from_the_published_one_is_flagged(world: Caller) -> None:
    dearer = factories.tariff()
    dearer["elements"][0]["price_components"][0]["price"] = 0.45
    row = receive(world, tariffs=[dearer], total_cost={"excl_vat": 4.5, "incl_vat": 5.445}, **AFTERNOON)
    assert row.verdict == "match"
    assert "tariff_differs_from_published" in codes(row)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"session_id": "S404"}, "no_such_session"),
        ({"total_energy": 12, "charging_periods": [factories.period(kwh=12)]}, "energy_differs_from_session"),
        ({"total_time": 3, "end_date_time": "2026-03-01T13:00:00Z"}, "time_differs_from_session"),
        ({"total_energy": 80, "charging_periods": [factories.period(kwh=80)]}, "impossible_power"),
        ({"cdr_token": factories.cdr_token(uid="04FFFF")}, "unknown_token"),
        ({"currency": "SEK", "tariffs": [factories.tariff(currency="SEK")]}, "currency_differs"),
    ],
)
def test_what_an_operator_should_see_is_a_finding(world: Caller, changes: dict[str, Any], code: str) -> None:
    assert code in codes(receive(world, **changes))


def test_a_token_that_was_blocked_before_the_charge_is_an_error(world: Caller) -> None:
    factories.token(status="BLOCKED")
    late = {"start_date_time": "2099-03-01T10:00:00Z", "end_date_time": "2099-03-01T11:00:00Z"}
    row = receive(world, **late, charging_periods=[factories.period("2099-03-01T10:00:00Z", 10)])
    assert "token_refused" in codes(row)


def test_the_same_charge_twice_is_one_bill_too_many(world: Caller) -> None:
    receive(world)
    assert "duplicate_charge" in codes(receive(world, id="D2"))


def test_another_charge_of_the_token_at_the_same_time_is_pointed_out(world: Caller) -> None:
    receive(world)
    elsewhere = {**factories.cdr()["cdr_location"], "evse_uid": "E2", "evse_id": "NL*CPO*E2"}
    assert "overlapping_charge" in codes(receive(world, id="D2", session_id="S2", cdr_location=elsewhere))


def test_a_credited_bill_does_not_count_as_a_duplicate(world: Caller) -> None:
    original = receive(world)
    credit = receive(world, **CREDIT)
    assert (original.verdict, credit.verdict) == ("match", "credit")
    assert codes(receive(world, id="D2")) == set()


def test_a_credit_that_came_first_is_checked_again_when_its_original_comes(world: Caller) -> None:
    first = receive(world, **CREDIT)
    before = codes(first)
    receive(world)
    assert codes(checked("D1-C")) < before


def test_a_bill_that_came_before_its_session_is_checked_again_with_it(cpo: Caller) -> None:
    factories.token()
    assert "no_such_session" in codes(receive(cpo))
    session = factories.session(status="COMPLETED", kwh=10, end_date_time="2026-03-01T11:00:00Z")
    cpo.put("sessions", "NL", "CPO", "S1", body=session)
    assert "no_such_session" not in codes(checked("D1"))


def test_a_check_that_is_claimed_is_not_done_twice(world: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    row = receive(world)
    monkeypatch.setattr(checks, "judge", lambda row: pytest.fail("checked again"))
    checks.check(row.pk)


def test_a_check_that_fails_is_unpriceable_and_says_so(world: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(row: CDR) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(checks, "_judged", fail)
    row = receive(world)
    assert (row.verdict, codes(row)) == ("unpriceable", {"check_failed"})


def test_recheck_cdrs_finds_what_changed(world: Caller) -> None:
    row = receive(world)
    CDR.objects.filter(pk=row.pk).update(verdict="mismatch")
    said = StringIO()
    call_command("recheck_cdrs", "--partner", "CPO", "--since", "2026-01-01", stdout=said, stderr=StringIO())
    assert said.getvalue() == "1 CDRs checked: 1 match; 1 changed their verdict\n"


@pytest.mark.parametrize("arguments", [["--partner", "Nobody"], ["--since", "yesterday"], ["--since", "2026-02-31"]])
def test_recheck_cdrs_says_what_it_does_not_understand(db: None, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("recheck_cdrs", *arguments)


def test_an_app_sees_the_check_and_the_partner_does_not(world: Caller, app: Caller) -> None:
    receive(world, total_cost={"excl_vat": 4.5, "incl_vat": 5.45})
    seen = app.get("cdrs", "D1", "check").data
    assert (seen["verdict"], seen["difference"]) == ("mismatch", 1)
    assert {"code", "severity", "sentence", "amount"} <= seen["findings"][0].keys()
    assert seen["report"]["segments"]
    assert world.get("cdrs", "D1", "check").status == (404, 2001)


def test_several_bills_are_checked_by_one_task_each_in_its_own_flow(
    world: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[int, str]] = []

    def note(pk: int) -> None:
        done.append((pk, logs.context().get("correlation_id", "")))

    monkeypatch.setattr(checks, "check", note)
    tasks.check("7", "8", flows=["c-7", "c-8"])
    tasks.check("9")  # of the sweeper, or of a release that sent one at a time
    assert done == [(7, "c-7"), (8, "c-8"), (9, "")]
