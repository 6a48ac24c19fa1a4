"""PATCH location: the given fields, and nothing else."""

import pytest

from tests import factories
from tests.callers import Caller

L1 = ("locations", "NL", "CPO", "L1")
LATER = "2026-03-01T12:05:00Z"


@pytest.fixture(autouse=True)
def _known(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location())


@pytest.mark.requirement("LOC-08", "TRA-36", "TRA-16")
def test_only_the_given_fields_change(cpo: Caller) -> None:
    answer = cpo.patch(*L1, body={"name": "Renamed", "last_updated": LATER})
    assert (answer.status, "data" in answer.body) == ((200, 1000), False)
    assert cpo.get(*L1).data == factories.location(name="Renamed", last_updated=LATER)


@pytest.mark.requirement("LOC-09")
@pytest.mark.parametrize("last_updated", [{}, {"last_updated": None}, {"last_updated": 5}, {"last_updated": "soon"}])
def test_without_a_readable_last_updated_nothing_changes(cpo: Caller, last_updated: dict) -> None:
    answer = cpo.patch(*L1, body={"name": "Renamed"} | last_updated)
    assert answer.status == (200, 2001)
    assert "last_updated" in answer.message
    assert cpo.get(*L1).data == factories.location()


@pytest.mark.requirement("LOC-10")
def test_null_means_not_given_and_an_empty_list_clears_a_plain_list(cpo: Caller) -> None:
    cpo.patch(*L1, body={"facilities": ["HOTEL"], "last_updated": LATER})
    cpo.patch(*L1, body={"name": None, "evses": None, "last_updated": LATER})
    assert cpo.get(*L1).data == factories.location(facilities=["HOTEL"], last_updated=LATER)
    cpo.patch(*L1, body={"facilities": [], "last_updated": LATER})
    assert cpo.get(*L1).data.get("facilities", []) == []


@pytest.mark.requirement("LOC-11")
def test_evses_are_merged_by_uid_and_connectors_by_id_and_none_is_lost(cpo: Caller) -> None:
    change = {"uid": "e1", "status": "BLOCKED", "connectors": [{"id": "c1", "max_amperage": 32}], "last_updated": LATER}
    new = factories.evse(uid="E3", evse_id="NL*CPO*E3", last_updated=LATER)
    cpo.patch(*L1, body={"evses": [change, new], "last_updated": LATER})
    connector = factories.connector(max_amperage=32)
    first = factories.evse(status="BLOCKED", connectors=[connector], last_updated=LATER)
    second = factories.location()["evses"][1]
    assert cpo.get(*L1).data == factories.location(evses=[first, second, new], last_updated=LATER)


@pytest.mark.requirement("LOC-11")
def test_an_empty_list_of_evses_removes_none(cpo: Caller) -> None:
    cpo.patch(*L1, body={"evses": [], "last_updated": LATER})
    assert [evse["uid"] for evse in cpo.get(*L1).data["evses"]] == ["E1", "E2"]


@pytest.mark.requirement("LOC-11", "TRA-23")
def test_an_incomplete_new_evse_refuses_the_whole_patch(cpo: Caller) -> None:
    answer = cpo.patch(*L1, body={"name": "X", "evses": [{"uid": "E3", "status": "AVAILABLE"}], "last_updated": LATER})
    assert answer.status == (200, 2001)
    assert "evses[2].connectors" in answer.message
    assert cpo.get(*L1).data == factories.location()


@pytest.mark.requirement("LOC-12")
def test_an_unknown_location_is_not_created(cpo: Caller) -> None:
    assert cpo.patch("locations", "NL", "CPO", "L9", body={"name": "X", "last_updated": LATER}).status == (404, 2003)
    assert cpo.get("locations", "NL", "CPO", "L9").status == (404, 2003)


@pytest.mark.requirement("LOC-14", "TRA-40")
@pytest.mark.parametrize("stated", [{"id": "L2"}, {"party_id": "CP2"}, {"country_code": "DE"}, {"id": 1}])
def test_other_ids_than_those_of_the_url_are_refused(cpo: Caller, stated: dict) -> None:
    assert cpo.patch(*L1, body={"name": "X", "last_updated": LATER} | stated).status == (200, 2001)
    assert cpo.get(*L1).data == factories.location()


@pytest.mark.requirement("LOC-14")
def test_the_ids_of_the_url_in_other_letters_are_accepted_and_keep_their_spelling(cpo: Caller) -> None:
    assert cpo.patch(*L1, body={"id": "l1", "party_id": "cpo", "last_updated": LATER}).status == (200, 1000)
    assert cpo.get(*L1).data == factories.location(last_updated=LATER)


@pytest.mark.requirement("LOC-52")
def test_an_older_patch_is_acknowledged_and_ignored_and_an_equal_one_applied(cpo: Caller) -> None:
    older = {"name": "Old", "last_updated": "2026-02-01T12:00:00Z"}
    assert cpo.patch(*L1, body=older).status == (200, 1000)
    assert cpo.get(*L1).data == factories.location()
    cpo.patch(*L1, body={"name": "Equal", "last_updated": factories.LAST_UPDATED})
    assert cpo.get(*L1).data["name"] == "Equal"


@pytest.mark.requirement("LOC-15", "TRA-25")
@pytest.mark.parametrize("body", [[], "text", 5, None, {"coordinates": {"latitude": 5}, "last_updated": LATER}])
def test_what_would_not_leave_a_whole_location_behind_is_refused(cpo: Caller, body: object) -> None:
    assert cpo.patch(*L1, body=body).status == (200, 2001)
    assert cpo.get(*L1).data == factories.location()


def test_a_patch_of_the_location_itself_touches_no_evse_however_many_there_are(
    cpo: Caller, django_assert_max_num_queries
) -> None:
    cpo.put(*L1, body=factories.location(evses=[factories.evse(uid=f"E{n}") for n in range(50)]))
    with django_assert_max_num_queries(7):
        cpo.patch(*L1, body={"name": "X", "last_updated": LATER})
    assert len(cpo.get(*L1).data["evses"]) == 50
