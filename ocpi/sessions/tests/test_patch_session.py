"""PATCH session: the given fields change, charging periods are appended."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from ocpi.sessions.models import Session
from tests import factories
from tests.callers import Answer, Caller

S1 = ("sessions", "NL", "CPO", "S1")
LATER = "2026-03-01T12:05:00Z"
EARLIER = "2026-03-01T11:55:00Z"
FIRST, SECOND, THIRD, FOURTH = (factories.period(f"2026-03-01T1{n}:00:00Z", n) for n in range(4))


def at(minute: int) -> str:
    return f"2026-03-01T12:{minute:02}:00Z"


@pytest.fixture(autouse=True)
def _known(cpo: Caller) -> None:
    cpo.put(*S1, body=factories.session(charging_periods=[FIRST]))


@pytest.mark.requirement("SES-03", "TRA-36", "TRA-16")
def test_only_the_given_fields_change(cpo: Caller) -> None:
    answer = cpo.patch(*S1, body={"total_cost": {"excl_vat": 4}, "last_updated": LATER})
    assert (answer.status, "data" in answer.body) == ((200, 1000), False)
    expected = factories.session(charging_periods=[FIRST], total_cost={"excl_vat": 4}, last_updated=LATER)
    assert cpo.get(*S1).data == expected


@pytest.mark.requirement("SES-04")
@pytest.mark.parametrize("last_updated", [{}, {"last_updated": None}, {"last_updated": "now"}])
def test_without_a_readable_last_updated_nothing_changes(cpo: Caller, last_updated: dict) -> None:
    assert cpo.patch(*S1, body={"kwh": 5} | last_updated).status == (200, 2001)
    assert cpo.get(*S1).data == factories.session(charging_periods=[FIRST])


@pytest.mark.requirement("SES-05", "SES-11")
def test_periods_are_appended_in_order(cpo: Caller) -> None:
    cpo.patch(*S1, body={"charging_periods": [SECOND], "last_updated": at(1)})
    cpo.patch(*S1, body={"charging_periods": [THIRD, FOURTH], "last_updated": at(2)})
    assert cpo.get(*S1).data["charging_periods"] == [FIRST, SECOND, THIRD, FOURTH]


@pytest.mark.requirement("SES-06", "AMB-01")
@pytest.mark.parametrize("periods", [{}, {"charging_periods": []}, {"charging_periods": None}])
def test_no_periods_leave_the_list_alone(cpo: Caller, periods: dict) -> None:
    assert cpo.patch(*S1, body={"kwh": 5, "last_updated": LATER} | periods).status == (200, 1000)
    assert cpo.get(*S1).data["charging_periods"] == [FIRST]


@pytest.mark.requirement("SES-07", "FLD-20")
def test_a_repeated_patch_adds_nothing(cpo: Caller) -> None:
    body = {"kwh": 5, "charging_periods": [SECOND, SECOND], "last_updated": LATER}
    assert cpo.patch(*S1, body=body).status == cpo.patch(*S1, body=body).status == (200, 1000)
    assert cpo.get(*S1).data["charging_periods"] == [FIRST, SECOND]


@pytest.mark.requirement("SES-07")
def test_the_same_period_written_otherwise_is_the_same_and_another_volume_is_not(cpo: Caller) -> None:
    two = [{"type": "ENERGY", "volume": 1}, {"type": "TIME", "volume": 0.5}]
    cpo.patch(*S1, body={"charging_periods": [SECOND | {"dimensions": two}], "last_updated": at(1)})
    again = SECOND | {"dimensions": [{"type": "TIME", "volume": 0.50}, {"type": "ENERGY", "volume": 1.0}],
                      "start_date_time": "2026-03-01T11:00:00+00:00"}  # fmt: skip
    cpo.patch(*S1, body={"charging_periods": [again], "last_updated": at(2)})
    assert len(cpo.get(*S1).data["charging_periods"]) == 2
    cpo.patch(*S1, body={"charging_periods": [SECOND | {"dimensions": two[:1]}], "last_updated": at(3)})
    assert len(cpo.get(*S1).data["charging_periods"]) == 3


@pytest.mark.requirement("SES-05", "TRA-23")
def test_an_invalid_period_refuses_the_whole_patch(cpo: Caller) -> None:
    answer = cpo.patch(*S1, body={"kwh": 5, "charging_periods": [SECOND, {"dimensions": []}], "last_updated": LATER})
    assert answer.status == (200, 2001)
    assert "charging_periods[1]" in answer.message
    assert cpo.get(*S1).data == factories.session(charging_periods=[FIRST])


@pytest.mark.requirement("SES-08")
def test_there_is_nothing_below_a_session(cpo: Caller) -> None:
    body = {"charging_periods": [SECOND], "last_updated": LATER}
    assert cpo.patch(*S1, "charging_periods", body=body).status == (404, 2001)


@pytest.mark.requirement("SES-09", "SES-13")
def test_an_unknown_or_foreign_session_is_not_created(cpo: Caller, cp2: Caller) -> None:
    body = {"kwh": 5, "last_updated": LATER}
    assert cpo.patch("sessions", "NL", "CPO", "S9", body=body).status == (404, 2001)
    assert cpo.get("sessions", "NL", "CPO", "S9").status == (404, 2001)
    assert cp2.patch(*S1, body=body).status == (404, 2001)
    assert cp2.patch("sessions", "DE", "CP2", "S1", body=body).status == (404, 2001)
    assert cpo.get(*S1).data["kwh"] == 1.5


@pytest.mark.requirement("TRA-40")
@pytest.mark.parametrize("changes", [{"id": "S2"}, {"party_id": "CP2"}, {"country_code": "DE"}])
def test_other_ids_than_those_of_the_url_are_refused(cpo: Caller, changes: dict) -> None:
    assert cpo.patch(*S1, body={"kwh": 5, "last_updated": LATER} | changes).status == (200, 2001)
    assert cpo.get(*S1).data["kwh"] == 1.5


@pytest.mark.requirement("SES-16", "SES-17", "SES-22", "SES-23")
def test_start_end_reference_and_auth_method_may_change_on_the_way(cpo: Caller) -> None:
    body = {
        "start_date_time": "2026-03-01T10:07:00Z", "end_date_time": "2026-03-01T11:00:00Z", "auth_method": "WHITELIST",
        "authorization_reference": "R2", "status": "COMPLETED", "last_updated": LATER,
    }  # fmt: skip
    assert cpo.patch(*S1, body=body).status == (200, 1000)
    assert cpo.get(*S1).data == factories.session(charging_periods=[FIRST], **body)


@pytest.mark.requirement("SES-15", "AMB-20")
def test_a_change_after_the_end_is_applied_and_flagged_but_a_repetition_is_none(cpo: Caller) -> None:
    done = {"status": "COMPLETED", "last_updated": at(1)}
    cpo.patch(*S1, body=done)
    cpo.patch(*S1, body=done)
    assert not Session.objects.get().changed_after_end
    assert cpo.patch(*S1, body={"kwh": 9, "status": "ACTIVE", "last_updated": at(2)}).status == (200, 1000)
    assert (cpo.get(*S1).data["kwh"], cpo.get(*S1).data["status"]) == (9, "ACTIVE")
    assert Session.objects.get().changed_after_end


@pytest.mark.requirement("SES-21")
def test_a_session_cannot_be_moved_to_another_emsps_driver(cpo: Caller) -> None:
    foreign = factories.cdr_token(country_code="FR", party_id="XYZ")
    assert cpo.patch(*S1, body={"cdr_token": foreign, "last_updated": LATER}).status == (200, 2004)
    assert cpo.get(*S1).data["cdr_token"] == factories.cdr_token()


@pytest.mark.requirement("LOC-52", "AMB-04")
def test_a_patch_from_before_the_last_put_is_acknowledged_and_ignored(cpo: Caller) -> None:
    body = {"kwh": 9, "charging_periods": [SECOND], "last_updated": EARLIER}
    assert cpo.patch(*S1, body=body).status == (200, 1000)
    assert cpo.get(*S1).data == factories.session(charging_periods=[FIRST])


@pytest.mark.requirement("SES-05", "AMB-04")
def test_a_patch_that_was_overtaken_changes_no_field_but_its_periods_are_not_lost(cpo: Caller) -> None:
    cpo.patch(*S1, body={"kwh": 9, "charging_periods": [THIRD], "last_updated": at(2)})
    assert cpo.patch(*S1, body={"kwh": 5, "charging_periods": [SECOND], "last_updated": at(1)}).status == (200, 1000)
    expected = factories.session(kwh=9, charging_periods=[FIRST, SECOND, THIRD], last_updated=at(2))
    assert cpo.get(*S1).data == expected
    cpo.patch(*S1, body={"charging_periods": [FOURTH], "last_updated": at(3)})
    assert cpo.get(*S1).data["charging_periods"] == [FIRST, SECOND, THIRD, FOURTH]


@pytest.mark.requirement("SES-03", "AMB-04")
def test_a_patch_that_was_overtaken_brings_what_no_newer_one_gave(cpo: Caller) -> None:
    cpo.patch(*S1, body={"kwh": 9, "last_updated": at(2)})
    cpo.patch(*S1, body={"kwh": 5, "authorization_reference": "R1", "last_updated": at(1)})
    expected = factories.session(kwh=9, authorization_reference="R1", charging_periods=[FIRST], last_updated=at(2))
    assert cpo.get(*S1).data == expected
    row = Session.objects.get()
    assert (row.kwh, row.authorization_reference) == (9, "R1")


@pytest.mark.requirement("SES-01", "SES-02", "AMB-04")
def test_a_put_that_was_overtaken_replaces_all_but_what_newer_patches_gave(cpo: Caller) -> None:
    cpo.patch(*S1, body={"kwh": 9, "charging_periods": [THIRD], "last_updated": at(2)})
    late = factories.session(kwh=5, meter_id="M1", charging_periods=[SECOND], last_updated=at(1))
    assert cpo.put(*S1, body=late).status == (200, 1000)
    assert cpo.get(*S1).data == late | {"kwh": 9, "charging_periods": [SECOND, THIRD], "last_updated": at(2)}


@pytest.mark.requirement("SES-02", "SES-05", "AMB-04")
def test_a_period_that_a_late_put_took_away_but_a_newer_patch_brought_again_stays(cpo: Caller) -> None:
    cpo.patch(*S1, body={"charging_periods": [SECOND], "last_updated": at(3)})
    cpo.patch(*S1, body={"charging_periods": [SECOND, THIRD], "last_updated": at(1)})
    assert cpo.get(*S1).data["charging_periods"] == [FIRST, SECOND, THIRD]
    cpo.put(*S1, body=factories.session(charging_periods=[FIRST], last_updated=at(2)))
    assert cpo.get(*S1).data["charging_periods"] == [FIRST, SECOND]
    assert Session.objects.get().period_count == 2


@pytest.mark.requirement("SES-05", "SES-11")
def test_periods_of_one_moment_are_in_order_of_time_and_those_of_one_push_as_they_were_sent(cpo: Caller) -> None:
    cpo.patch(*S1, body={"charging_periods": [FOURTH, THIRD], "last_updated": at(1)})
    cpo.patch(*S1, body={"charging_periods": [SECOND], "last_updated": at(1)})
    assert cpo.get(*S1).data["charging_periods"] == [FIRST, SECOND, FOURTH, THIRD]


@pytest.mark.requirement("SES-15", "AMB-20")
def test_what_came_late_from_before_the_end_is_no_change_after_it(cpo: Caller) -> None:
    cpo.patch(*S1, body={"status": "COMPLETED", "last_updated": at(3)})
    cpo.patch(*S1, body={"meter_id": "M1", "charging_periods": [SECOND], "last_updated": at(2)})
    assert not Session.objects.get().changed_after_end
    cpo.patch(*S1, body={"status": "COMPLETED", "last_updated": at(1)})
    assert Session.objects.get().changed_after_end  # over since then, and the next push came after that


@pytest.mark.requirement("SES-02", "SES-10")
def test_a_put_that_took_periods_away_is_not_undone_by_a_late_patch(cpo: Caller) -> None:
    cpo.patch(*S1, body={"charging_periods": [SECOND], "last_updated": at(1)})
    cpo.put(*S1, body=factories.session(charging_periods=[THIRD], last_updated=at(2)))
    cpo.patch(*S1, body={"charging_periods": [SECOND], "last_updated": at(1)})
    assert cpo.get(*S1).data["charging_periods"] == [THIRD]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("spread", [0, 1], ids=["one moment", "eight moments"])
@pytest.mark.requirement("SES-05")
@pytest.mark.long
def test_simultaneous_patches_lose_no_period(cpo: Caller, spread: int) -> None:
    periods = [factories.period(f"2026-03-01T11:{n:02}:00Z", n) for n in range(8)]

    def patch(n: int) -> Answer:
        try:
            return cpo.patch(*S1, body={"charging_periods": [periods[n]], "kwh": n, "last_updated": at(1 + n * spread)})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(patch, range(8)))
    assert {answer.status for answer in answers} == {(200, 1000)}
    first, *added = cpo.get(*S1).data["charging_periods"]
    assert first == FIRST
    assert sorted(added, key=lambda period: period["start_date_time"]) == periods
    if spread:
        assert (added, cpo.get(*S1).data["kwh"]) == (periods, 7)
