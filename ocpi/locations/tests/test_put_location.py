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
    with django_assert_max_num_queries(15):
        cpo.put(*L1, body=factories.location(evses=evses))


@pytest.mark.requirement("LOC-25")
@pytest.mark.parametrize(
    "entry",
    [{}, {"type": "RFID"}, {"uid": "U"}, {"visual_number": "V"}, {"issuer": "I"}, {"visual_number": "V", "uid": ""}],
)
def test_an_entry_of_publish_allowed_to_that_matches_nothing_is_refused(cpo: Caller, entry: dict) -> None:
    closed = factories.location(publish=False, publish_allowed_to=[{"group_id": "G"}, entry])
    answer = cpo.put(*L1, body=closed)
    assert answer.status == (200, 2001)
    assert "publish_allowed_to[1]" in answer.message


@pytest.mark.requirement("LOC-25")
def test_on_a_published_location_the_list_is_kept_and_ignored(cpo: Caller, app: Caller) -> None:
    body = factories.location(publish_allowed_to=[{"group_id": "G"}])
    assert cpo.put(*L1, body=body).status == (201, 1000)
    assert cpo.get(*L1).data == body
    assert len(app.get("locations").data) == 1


_HOURS = {"twentyfourseven": False, "regular_hours": [{"weekday": 1, "period_begin": "22:00", "period_end": "00:00"}]}
_MIX = {"is_green_energy": True, "energy_sources": [{"source": "WIND", "percentage": 90}]}


@pytest.mark.requirement("TRA-50", "LOC-31", "LOC-33", "LOC-36", "LOC-37", "LOC-39", "LOC-47", "LOC-29")
@pytest.mark.parametrize(
    "changes",
    [
        {"opening_times": _HOURS},
        {"energy_mix": _MIX},
        {"charging_when_closed": False},
        {"coordinates": {"latitude": "52.1", "longitude": "5.123456789012345"}},
        {"facilities": ["SPACE_PORT"], "parking_type": "IN_THE_AIR"},
        {"evses": [factories.evse(connectors=[factories.connector(standard="MCS", tariff_ids=["UNKNOWN", "T2"])])]},
        {"evses": [factories.evse(capabilities=["TELEPATHY"])]},
        {"gireve_id": "G1", "help_phone": "+31"},
    ],
)  # fmt: skip
def test_what_is_new_or_odd_but_harmless_is_kept_as_it_came(cpo: Caller, changes: dict) -> None:
    body = factories.location(**changes)
    assert cpo.put(*L1, body=body).status == (201, 1000)
    assert cpo.get(*L1).data == body


@pytest.mark.requirement("LOC-30", "LOC-32", "LOC-33", "LOC-34")
@pytest.mark.parametrize(
    "changes",
    [
        {"opening_times": {"twentyfourseven": False}},
        {"time_zone": "CET+1"},
        {"time_zone": None},
        {"coordinates": {"latitude": "91.00000", "longitude": "5.00000"}},
        {"coordinates": {"latitude": "north", "longitude": "5.00000"}},
        {"country": "NL"},
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused(cpo: Caller, changes: dict) -> None:
    assert cpo.put(*L1, body=factories.location(**changes)).status == (200, 2001)
    assert cpo.get(*L1).status == (404, 2003)


@pytest.mark.requirement("TRA-40")
@pytest.mark.parametrize("changes", [{"id": "L2"}, {"party_id": "CP2"}, {"country_code": "DE"}])
def test_other_ids_in_the_body_than_in_the_url_are_refused(cpo: Caller, changes: dict) -> None:
    assert cpo.put(*L1, body=factories.location(**changes)).status == (200, 2001)


@pytest.mark.requirement("LOC-22")
def test_an_old_session_still_shows_an_evse_that_is_no_longer_listed(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location())
    cpo.put("sessions", "NL", "CPO", "S1", body=factories.session(evse_uid="E2"))
    cpo.put(*L1, body=factories.location(evses=[factories.evse()]))
    assert cpo.get("sessions", "NL", "CPO", "S1").data["evse_uid"] == "E2"


@pytest.mark.requirement("LOC-01", "AMB-44")
def test_case_variants_of_one_evse_are_one_evse(cpo: Caller) -> None:
    both = [factories.evse(uid="e1", status="CHARGING"), factories.evse(uid="E1")]
    assert cpo.put(*L1, body=factories.location(evses=both)).status == (201, 1000)
    assert len(cpo.get(*L1).data["evses"]) == 1


@pytest.mark.requirement("LOC-01", "LOC-16")
@pytest.mark.long
def test_a_location_of_500_evses(cpo: Caller) -> None:
    evses = [factories.evse(uid=f"E{n}", connectors=[factories.connector(), factories.connector(id="C2")])
             for n in range(500)]  # fmt: skip
    body = factories.location(evses=evses)
    assert cpo.put(*L1, body=body).status == (201, 1000)
    assert cpo.put(*L1, body=body).status == (200, 1000)
    assert cpo.get(*L1).data == body
