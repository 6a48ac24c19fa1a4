"""PUT location: create or replace, whole."""

import pytest

from tests import factories
from tests.callers import Caller

L1 = ("locations", "NL", "CPO", "L1")


@pytest.mark.requirement("LOC-01", "TRA-26", "TRA-16")
def test_a_new_location_is_created_and_a_known_one_replaced(cpo: Caller) -> None:
    first = cpo.put(*L1, body=factories.location())
    again = cpo.put(*L1, body=factories.location(name="Renamed"))
    assert (first.status, again.status) == ((201, 1000), (200, 1000))
    assert "data" not in first.body
    assert cpo.get(*L1).data == factories.location(name="Renamed")


@pytest.mark.requirement("TRA-35")
def test_put_forgets_what_the_new_object_leaves_out(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location())
    without_name = {key: value for key, value in factories.location().items() if key != "name"}
    cpo.put(*L1, body=without_name)
    assert "name" not in cpo.get(*L1).data


@pytest.mark.requirement("LOC-52")
def test_an_older_location_is_acknowledged_and_ignored(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location())
    older = factories.location(name="Old", last_updated="2026-02-01T12:00:00Z")
    assert cpo.put(*L1, body=older).status == (200, 1000)
    assert cpo.get(*L1).data["name"] == "Stationsplein"


@pytest.mark.requirement("LOC-22")
def test_an_evse_that_is_no_longer_listed_is_hidden_and_comes_back_when_listed(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location())
    cpo.put(*L1, body=factories.location(evses=[factories.evse()]))
    assert [e["uid"] for e in cpo.get(*L1).data["evses"]] == ["E1"]
    assert cpo.get(*L1, "E2").status == (404, 2003)
    cpo.put(*L1, body=factories.location())
    assert [e["uid"] for e in cpo.get(*L1).data["evses"]] == ["E1", "E2"]


@pytest.mark.requirement("TRA-23", "TRA-24", "TYP-23")
def test_one_bad_connector_refuses_the_whole_location_and_names_its_path(cpo: Caller) -> None:
    bad = factories.evse(connectors=[factories.connector(max_voltage="high")])
    answer = cpo.put(*L1, body=factories.location(evses=[factories.evse(), bad]))
    assert answer.status == (200, 2001)
    assert "evses[1].connectors[0].max_voltage" in answer.message
    assert cpo.get(*L1).status == (404, 2003)


@pytest.mark.requirement("TYP-01", "TRA-48")
def test_ids_survive_the_way_in_and_out(cpo: Caller) -> None:
    strange = "A*1/B C#+%25"
    assert cpo.put("locations", "nl", "cpo", strange, body=factories.location(id=strange)).status == (201, 1000)
    assert cpo.get("locations", "NL", "CPO", strange.lower()).data["id"] == strange


@pytest.mark.requirement("TRA-39")
def test_a_foreign_party_is_not_found_and_nothing_is_stored(cpo: Caller, cp2: Caller) -> None:
    foreign = factories.location(country_code="DE", party_id="CP2")
    assert cpo.put("locations", "DE", "CP2", "L1", body=foreign).status == (404, 2001)
    assert cp2.get("locations", "DE", "CP2", "L1").status == (404, 2003)


def test_a_location_takes_the_same_number_of_queries_whatever_its_size(
    cpo: Caller, django_assert_max_num_queries
) -> None:
    evses = [factories.evse(uid=f"E{n}") for n in range(50)]
    with django_assert_max_num_queries(14):
        cpo.put(*L1, body=factories.location(evses=evses))
