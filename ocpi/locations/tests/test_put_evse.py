"""PUT EVSE: one EVSE inside a known location."""

import pytest

from tests import factories
from tests.callers import Caller

L1 = ("locations", "NL", "CPO", "L1")
LATER = "2026-03-01T12:05:00Z"
EARLIER = "2026-03-01T11:55:00Z"


@pytest.fixture(autouse=True)
def _known(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location(evses=[factories.evse()]))


@pytest.mark.requirement("LOC-02", "LOC-40")
def test_an_evse_is_added_and_replaced_and_its_siblings_stay(cpo: Caller) -> None:
    second = factories.evse(uid="E2", evse_id="NL*CPO*E2")
    assert cpo.put(*L1, "E2", body=second).status == (201, 1000)
    assert cpo.put(*L1, "E2", body=second | {"status": "CHARGING"}).status == (200, 1000)
    assert cpo.get(*L1).data["evses"] == [factories.evse(), second | {"status": "CHARGING"}]


@pytest.mark.requirement("LOC-02", "TRA-35")
def test_replacing_an_evse_forgets_what_is_left_out_and_its_other_connectors(cpo: Caller) -> None:
    both = factories.evse(connectors=[factories.connector(), factories.connector(id="C2")])
    cpo.put(*L1, "E1", body=both)
    bare = {key: value for key, value in factories.evse().items() if key not in {"evse_id", "capabilities"}}
    cpo.put(*L1, "E1", body=bare)
    assert cpo.get(*L1, "E1").data == bare
    assert cpo.get(*L1, "E1", "C2").status == (404, 2003)


@pytest.mark.requirement("LOC-05")
def test_its_last_updated_becomes_that_of_the_location(cpo: Caller) -> None:
    cpo.put(*L1, "E1", body=factories.evse(last_updated=LATER))
    assert cpo.get(*L1).data["last_updated"] == LATER


@pytest.mark.requirement("LOC-06")
def test_the_location_never_moves_backwards(cpo: Caller) -> None:
    cpo.put(*L1, "E2", body=factories.evse(uid="E2", last_updated=EARLIER))
    location = cpo.get(*L1).data
    assert location["last_updated"] == factories.LAST_UPDATED
    assert location["evses"][1]["last_updated"] == EARLIER


@pytest.mark.requirement("LOC-13")
def test_under_an_unknown_location_it_is_not_found_and_nothing_is_created(cpo: Caller) -> None:
    assert cpo.put("locations", "NL", "CPO", "L9", "E1", body=factories.evse()).status == (404, 2003)
    assert cpo.get("locations", "NL", "CPO", "L9").status == (404, 2003)


@pytest.mark.requirement("LOC-15", "TRA-24", "SMP-02")
@pytest.mark.parametrize("lacking", ["connectors", "status", "uid", "last_updated"])
def test_an_evse_that_lacks_a_required_field_is_refused_whole(cpo: Caller, lacking: str) -> None:
    body = {key: value for key, value in factories.evse(uid="E2").items() if key != lacking}
    assert cpo.put(*L1, "E2", body=body).status == (200, 2001)
    assert cpo.put(*L1, "E2", body=factories.evse(uid="E2", connectors=[])).status == (200, 2001)
    assert cpo.get(*L1, "E2").status == (404, 2003)


@pytest.mark.requirement("TRA-40")
def test_another_uid_than_that_of_the_url_is_refused(cpo: Caller) -> None:
    assert cpo.put(*L1, "E2", body=factories.evse(uid="E3")).status == (200, 2001)
    assert cpo.put(*L1, "E2", body=factories.evse(uid="e2")).status == (201, 1000)


@pytest.mark.requirement("LOC-52")
def test_an_older_evse_is_acknowledged_and_ignored(cpo: Caller) -> None:
    assert cpo.put(*L1, "E1", body=factories.evse(status="BLOCKED", last_updated=EARLIER)).status == (200, 1000)
    assert cpo.get(*L1, "E1").data == factories.evse()


@pytest.mark.requirement("LOC-21")
def test_an_evse_id_may_move_to_another_evse(cpo: Caller) -> None:
    removed = {key: value for key, value in factories.evse(status="REMOVED").items() if key != "evse_id"}
    assert cpo.put(*L1, "E1", body=removed).status == (200, 1000)
    assert cpo.put(*L1, "E5", body=factories.evse(uid="E5")).status == (201, 1000)
    assert cpo.put(*L1, "E6", body=factories.evse(uid="E6")).status == (201, 1000)
    assert "evse_id" not in cpo.get(*L1, "E1").data


@pytest.mark.requirement("LOC-40")
def test_the_same_uid_may_stand_in_two_locations(cpo: Caller) -> None:
    cpo.put("locations", "NL", "CPO", "L2", body=factories.location(id="L2"))
    cpo.put("locations", "NL", "CPO", "L2", "E1", body=factories.evse(status="BLOCKED"))
    assert cpo.get(*L1, "E1").data["status"] == "AVAILABLE"
    assert cpo.get("locations", "NL", "CPO", "L2", "E1").data["status"] == "BLOCKED"


@pytest.mark.requirement("TRA-39")
def test_under_a_foreign_party_it_is_not_found(cp2: Caller, cpo: Caller) -> None:
    assert cp2.put(*L1, "E1", body=factories.evse(status="BLOCKED", last_updated=LATER)).status == (404, 2001)
    assert cpo.get(*L1, "E1").data == factories.evse()
