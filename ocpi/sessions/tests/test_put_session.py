"""PUT session: create or replace, whole, periods included."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from ocpi.sessions.models import Session
from tests import factories
from tests.callers import Answer, Caller

S1 = ("sessions", "NL", "CPO", "S1")
LATER = "2026-03-01T12:05:00Z"
EARLIER = "2026-03-01T11:55:00Z"
PERIODS = [factories.period(f"2026-03-01T10:{n:02}:00Z", n) for n in range(3)]


@pytest.mark.requirement("SES-01", "SES-11", "TRA-16")
def test_a_new_session_is_created_and_a_known_one_replaced(cpo: Caller) -> None:
    first = cpo.put(*S1, body=factories.session())
    again = cpo.put(*S1, body=factories.session(kwh=2.25, meter_id="M1"))
    assert (first.status, again.status, "data" in first.body) == ((201, 1000), (200, 1000), False)
    assert cpo.get(*S1).data == factories.session(kwh=2.25, meter_id="M1")


@pytest.mark.requirement("SES-02", "TRA-35")
@pytest.mark.parametrize("without", [{}, {"charging_periods": []}, {"charging_periods": None}])
def test_periods_that_the_new_object_leaves_out_are_gone(cpo: Caller, without: dict) -> None:
    cpo.put(*S1, body=factories.session(charging_periods=PERIODS))
    assert cpo.get(*S1).data["charging_periods"] == PERIODS
    assert cpo.put(*S1, body=factories.session(**without)).status == (200, 1000)
    assert cpo.get(*S1).data.get("charging_periods", []) == []


@pytest.mark.requirement("SES-02", "SES-11")
def test_periods_stay_in_the_order_in_which_they_came(cpo: Caller) -> None:
    cpo.put(*S1, body=factories.session(charging_periods=PERIODS[::-1]))
    assert cpo.get(*S1).data["charging_periods"] == PERIODS[::-1]


@pytest.mark.requirement("SES-13", "TRA-39")
def test_a_foreign_party_is_not_found_and_nothing_is_stored(cpo: Caller, cp2: Caller) -> None:
    foreign = factories.session(country_code="DE", party_id="CP2")
    assert cpo.put("sessions", "DE", "CP2", "S1", body=foreign).status == (404, 2001)
    assert cp2.get("sessions", "DE", "CP2", "S1").status == (404, 2001)


@pytest.mark.requirement("SES-13", "TRA-40")
@pytest.mark.parametrize("changes", [{"party_id": "CP2"}, {"country_code": "DE"}, {"id": "S2"}])
def test_other_ids_in_the_body_than_in_the_url_are_refused(cpo: Caller, changes: dict) -> None:
    assert cpo.put(*S1, body=factories.session(**changes)).status == (200, 2001)
    assert cpo.get(*S1).status == (404, 2001)


@pytest.mark.requirement("SES-14", "SES-16", "SES-17")
def test_a_session_may_walk_through_all_its_states(cpo: Caller) -> None:
    for n, status in enumerate(["RESERVATION", "PENDING", "ACTIVE", "COMPLETED"]):
        moment = f"2026-03-01T12:0{n}:00Z"
        body = factories.session(status=status, start_date_time=moment, last_updated=moment)
        if status == "COMPLETED":
            body["end_date_time"] = moment
        assert cpo.put(*S1, body=body).status[1] == 1000
        assert cpo.get(*S1).data == body


@pytest.mark.requirement("SES-14", "AMB-18")
def test_reserved_is_read_as_reservation_and_never_emitted(cpo: Caller) -> None:
    assert cpo.put(*S1, body=factories.session(status="RESERVED")).status == (201, 1000)
    assert cpo.get(*S1).data["status"] == "RESERVATION"
    assert cpo.patch(*S1, body={"status": "RESERVED", "last_updated": LATER}).status == (200, 1000)
    assert cpo.get("sessions").data[0]["status"] == "RESERVATION"


@pytest.mark.requirement("SES-14", "TRA-24")
@pytest.mark.parametrize("status", ["active", "STOPPED", "", None, 1])
def test_an_unknown_status_is_refused(cpo: Caller, status: object) -> None:
    assert cpo.put(*S1, body=factories.session(status=status)).status == (200, 2001)
    assert cpo.get(*S1).status == (404, 2001)


@pytest.mark.requirement("SES-18", "SES-24", "SES-25", "TAR-16")
@pytest.mark.parametrize(
    "changes",
    [
        {"total_cost": {"excl_vat": 0}},
        {"total_cost": {"excl_vat": 0.0, "incl_vat": 0}},
        {"total_cost": {"excl_vat": 12.345678}},
        {"kwh": 0},
        {"charging_periods": [{"start_date_time": "2026-03-01T10:00:00Z", "dimensions": [
            {"type": "STATE_OF_CHARGE", "volume": 55}, {"type": "POWER", "volume": 10.5},
            {"type": "CURRENT", "volume": 16}, {"type": "ENERGY_IMPORT", "volume": 1}]}]},
        {"charging_periods": [factories.period(kwh=41000)], "kwh": 41},
    ],
)  # fmt: skip
def test_amounts_come_back_as_they_came(cpo: Caller, changes: dict) -> None:
    body = factories.session(**changes)
    assert cpo.put(*S1, body=body).status == (201, 1000)
    assert cpo.get(*S1).data == body


@pytest.mark.requirement("SES-18")
def test_an_absent_cost_stays_absent_and_is_not_free(cpo: Caller) -> None:
    cpo.put(*S1, body=factories.session())
    assert "total_cost" not in cpo.get(*S1).data
    assert Session.objects.get().total_cost is None


@pytest.mark.requirement("SES-19", "SES-20", "TRA-49")
@pytest.mark.parametrize(
    "changes",
    [
        {"status": "RESERVATION", "evse_uid": "#NA", "connector_id": "#NA"},
        {"location_id": "LX"},
        {"cdr_token": factories.cdr_token(uid="NEVER-SEEN", type="APP_USER")},
    ],
)  # fmt: skip
def test_references_to_what_we_do_not_know_are_accepted(cpo: Caller, changes: dict) -> None:
    body = factories.session(**changes)
    assert cpo.put(*S1, body=body).status == (201, 1000)
    assert cpo.get(*S1).data == body


@pytest.mark.requirement("SES-20")
def test_a_location_that_comes_after_its_session_is_linked(cpo: Caller, cp2: Caller) -> None:
    cpo.put(*S1, body=factories.session(location_id="l1"))
    other = factories.location(country_code="DE", party_id="CP2")
    cp2.put("locations", "DE", "CP2", "L1", body=other)
    assert Session.objects.get().location_row is None
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location())
    assert Session.objects.get().location_row.location_id == "L1"


@pytest.mark.requirement("SES-21")
def test_a_driver_of_another_emsp_is_refused_and_nothing_stored(cpo: Caller) -> None:
    foreign = factories.cdr_token(country_code="FR", party_id="XYZ")
    assert cpo.put(*S1, body=factories.session(cdr_token=foreign)).status == (200, 2004)
    assert cpo.get(*S1).status == (404, 2001)
    incomplete = {key: value for key, value in factories.cdr_token().items() if key != "contract_id"}
    assert cpo.put(*S1, body=factories.session(cdr_token=incomplete)).status == (200, 2001)
    assert cpo.get(*S1).status == (404, 2001)


@pytest.mark.requirement("SES-21", "TOK-25")
def test_the_token_is_found_by_uid_type_and_party(cpo: Caller) -> None:
    factories.token(type="APP_USER")
    cpo.put(*S1, body=factories.session())
    assert Session.objects.get().token_row is None
    card = factories.token()
    cpo.put(*S1, body=factories.session(cdr_token=factories.cdr_token(uid="04aabbccdd")))
    assert Session.objects.get().token_row == card


@pytest.mark.requirement("LOC-52", "AMB-04")
def test_an_older_session_is_acknowledged_and_ignored_and_an_equal_one_applied(cpo: Caller) -> None:
    cpo.put(*S1, body=factories.session(charging_periods=PERIODS))
    assert cpo.put(*S1, body=factories.session(kwh=9, last_updated=EARLIER)).status == (200, 1000)
    assert cpo.get(*S1).data == factories.session(charging_periods=PERIODS)
    assert cpo.put(*S1, body=factories.session(kwh=9)).status == (200, 1000)
    assert cpo.get(*S1).data == factories.session(kwh=9)


@pytest.mark.requirement("SES-15", "AMB-20")
def test_a_change_after_the_end_is_applied_and_flagged_but_a_repetition_is_none(cpo: Caller) -> None:
    done = factories.session(status="COMPLETED", charging_periods=PERIODS)
    cpo.put(*S1, body=done)
    cpo.put(*S1, body=done)
    assert not Session.objects.get().changed_after_end
    corrected = done | {"kwh": 7.5, "last_updated": LATER}
    assert cpo.put(*S1, body=corrected).status == (200, 1000)
    assert cpo.get(*S1).data == corrected
    assert Session.objects.get().changed_after_end


@pytest.mark.requirement("SES-38")
@pytest.mark.long
def test_a_session_of_2000_periods(cpo: Caller) -> None:
    periods = [factories.period(f"2026-03-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z", n) for n in range(2000)]
    body = factories.session(charging_periods=periods)
    assert cpo.put(*S1, body=body).status == (201, 1000)
    assert cpo.get(*S1).data == body
    with CaptureQueriesContext(connection) as captured:
        cpo.patch(*S1, body={"charging_periods": [factories.period("2026-03-02T00:00:00Z")], "last_updated": LATER})
    assert len(captured) <= 13
    assert len(cpo.get(*S1).data["charging_periods"]) == 2001


@pytest.mark.requirement("TYP-01", "TRA-48")
def test_ids_survive_the_way_in_and_out(cpo: Caller) -> None:
    strange = "A*1/B C#+%25"
    assert cpo.put("sessions", "nl", "cpo", strange, body=factories.session(id=strange)).status == (201, 1000)
    assert cpo.get("sessions", "NL", "CPO", strange.lower()).data["id"] == strange


@pytest.mark.django_db(transaction=True)
@pytest.mark.long
def test_simultaneous_first_puts_of_one_session_make_one_session(cpo: Caller) -> None:
    def put(n: int) -> Answer:
        try:
            return cpo.put(*S1, body=factories.session(kwh=n, charging_periods=PERIODS))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(put, range(8)))
    assert sorted(answer.status for answer in answers) == [(200, 1000)] * 7 + [(201, 1000)]
    stored = cpo.get(*S1).data
    assert stored == factories.session(kwh=stored["kwh"], charging_periods=PERIODS)
    assert len(cpo.get("sessions").data) == 1
