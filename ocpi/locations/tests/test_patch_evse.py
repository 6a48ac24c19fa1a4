"""PATCH EVSE: mostly its status, many times a day."""

import pytest

from tests import factories
from tests.callers import Caller

L1 = ("locations", "NL", "CPO", "L1")
LATER = "2026-03-01T12:05:00Z"


@pytest.fixture(autouse=True)
def _known(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location())


@pytest.mark.requirement("LOC-08", "LOC-05")
def test_a_status_changes_and_nothing_else_but_the_times(cpo: Caller) -> None:
    answer = cpo.patch(*L1, "E1", body={"status": "CHARGING", "last_updated": LATER})
    assert (answer.status, "data" in answer.body) == ((200, 1000), False)
    first, second = factories.location()["evses"]
    charging = first | {"status": "CHARGING", "last_updated": LATER}
    assert cpo.get(*L1).data == factories.location(evses=[charging, second], last_updated=LATER)


@pytest.mark.requirement("LOC-09")
def test_without_last_updated_nothing_changes(cpo: Caller) -> None:
    assert cpo.patch(*L1, "E1", body={"status": "CHARGING"}).status == (200, 2001)
    assert cpo.get(*L1).data == factories.location()


@pytest.mark.requirement("LOC-52")
def test_a_status_that_was_overtaken_is_acknowledged_and_ignored(cpo: Caller) -> None:
    cpo.patch(*L1, "E1", body={"status": "CHARGING", "last_updated": LATER})
    assert cpo.patch(*L1, "E1", body={"status": "BLOCKED", "last_updated": "2026-03-01T12:04:59Z"}).status == (
        200,
        1000,
    )
    assert cpo.get(*L1, "E1").data["status"] == "CHARGING"


@pytest.mark.requirement("LOC-06")
def test_the_location_never_moves_backwards(cpo: Caller) -> None:
    cpo.patch(*L1, "E1", body={"status": "CHARGING", "last_updated": LATER})
    cpo.patch(*L1, "E2", body={"status": "CHARGING", "last_updated": "2026-03-01T12:01:00Z"})
    location = cpo.get(*L1).data
    assert location["last_updated"] == LATER
    assert [evse["status"] for evse in location["evses"]] == ["CHARGING", "CHARGING"]


@pytest.mark.requirement("LOC-10", "LOC-11")
def test_connectors_are_merged_and_other_lists_replaced(cpo: Caller) -> None:
    body = {"capabilities": [], "connectors": [{"id": "C1", "max_amperage": 32}, factories.connector(id="C2")]}
    cpo.patch(*L1, "E1", body=body | {"evse_id": None, "last_updated": LATER})
    evse = cpo.get(*L1, "E1").data
    assert [c["max_amperage"] for c in evse["connectors"]] == [32, 16]
    assert (evse.get("capabilities", []), evse["evse_id"]) == ([], "NL*CPO*E1")


@pytest.mark.requirement("LOC-12")
@pytest.mark.parametrize("path", [("L1", "E9"), ("L9", "E1")])
def test_an_unknown_evse_is_not_created(cpo: Caller, path: tuple[str, str]) -> None:
    answer = cpo.patch("locations", "NL", "CPO", *path, body={"status": "CHARGING", "last_updated": LATER})
    assert answer.status == (404, 2003)


@pytest.mark.requirement("LOC-14")
def test_another_uid_than_that_of_the_url_is_refused(cpo: Caller) -> None:
    assert cpo.patch(*L1, "E1", body={"uid": "E2", "status": "BLOCKED", "last_updated": LATER}).status == (200, 2001)
    assert cpo.patch(*L1, "E1", body={"uid": "e1", "last_updated": LATER}).status == (200, 1000)
    assert cpo.get(*L1, "e1").data["uid"] == "E1"


@pytest.mark.requirement("TRA-52", "TRA-23")
def test_a_status_that_ocpi_does_not_know_is_refused(cpo: Caller) -> None:
    answer = cpo.patch(*L1, "E1", body={"status": "available", "last_updated": LATER})
    assert answer.status == (200, 2001)
    assert "status" in answer.message
    assert cpo.get(*L1).data == factories.location()


@pytest.mark.requirement("LOC-19", "LOC-20")
def test_a_removed_evse_stays_on_record_and_is_no_longer_offered(cpo: Caller, app: Caller) -> None:
    cpo.patch(*L1, "E1", body={"status": "REMOVED", "last_updated": LATER})
    assert cpo.get(*L1, "E1").data["status"] == app.get(*L1, "E1").data["status"] == "REMOVED"
    assert [evse["uid"] for evse in cpo.get(*L1).data["evses"]] == ["E1", "E2"]
    assert [evse["uid"] for evse in app.get("locations").data[0]["evses"]] == ["E2"]
    assert [evse["uid"] for evse in app.get(*L1).data["evses"]] == ["E2"]
    cpo.patch(*L1, "E2", body={"status": "REMOVED", "last_updated": LATER})
    assert app.get("locations").data == []
    assert len(cpo.get("locations").data) == 1


@pytest.mark.requirement("LOC-19")
def test_a_session_at_a_removed_evse_still_shows_it(cpo: Caller) -> None:
    cpo.put("sessions", "NL", "CPO", "S1", body=factories.session())
    cpo.patch(*L1, "E1", body={"status": "REMOVED", "last_updated": LATER})
    assert cpo.get("sessions", "NL", "CPO", "S1").data["evse_uid"] == "E1"


@pytest.mark.requirement("LOC-41")
def test_a_status_schedule_never_changes_the_status_by_itself(cpo: Caller) -> None:
    plan = [{"period_begin": "2020-01-01T00:00:00Z", "status": "OUTOFORDER"}]
    cpo.patch(*L1, "E1", body={"status_schedule": plan, "last_updated": LATER})
    evse = cpo.get(*L1, "E1").data
    assert (evse["status"], evse["status_schedule"]) == ("AVAILABLE", plan)


def test_a_status_takes_the_same_number_of_queries_however_large_the_location(
    cpo: Caller, django_assert_num_queries
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries(last_updated: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            cpo.patch(*L1, "E1", body={"status": "CHARGING", "last_updated": last_updated})
        return len(captured)

    queries("2026-03-01T12:04:00Z")  # who calls is known from then on
    small = queries(LATER)
    many = [factories.evse(uid=f"E{n}", last_updated=LATER) for n in range(30)]
    cpo.put(*L1, body=factories.location(evses=many, last_updated=LATER))
    assert queries("2026-03-01T12:06:00Z") == small == (2 if connection.vendor == "postgresql" else 7)
