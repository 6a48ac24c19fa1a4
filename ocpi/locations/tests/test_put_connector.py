"""PUT and PATCH connector: the lowest level, whose time is carried up to the top."""

import pytest

from tests import factories
from tests.callers import Caller

E1 = ("locations", "NL", "CPO", "L1", "E1")
LATER = "2026-03-01T12:05:00Z"
EARLIER = "2026-03-01T11:55:00Z"


@pytest.fixture(autouse=True)
def _known(cpo: Caller) -> None:
    cpo.put(*E1[:-1], body=factories.location())


def times(cpo: Caller) -> list[str]:
    location = cpo.get(*E1[:-1]).data
    evse = location["evses"][0]
    return [location["last_updated"], evse["last_updated"], evse["connectors"][0]["last_updated"]]


@pytest.mark.requirement("LOC-03", "LOC-40")
def test_a_connector_is_added_and_replaced_and_its_siblings_stay(cpo: Caller) -> None:
    second = factories.connector(id="C2", standard="CHADEMO")
    assert cpo.put(*E1, "C2", body=second).status == (201, 1000)
    changed = {key: value for key, value in second.items() if key != "tariff_ids"} | {"max_amperage": 63}
    assert cpo.put(*E1, "c2", body=changed).status == (200, 1000)
    assert cpo.get(*E1).data["connectors"] == [factories.connector(), changed]
    assert cpo.get(*E1[:-1], "E2").data["connectors"] == [factories.connector()]


@pytest.mark.requirement("LOC-04")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_its_last_updated_is_carried_up_to_evse_and_location(cpo: Caller, method: str) -> None:
    body = factories.connector(last_updated=LATER) if method == "PUT" else {"max_amperage": 8, "last_updated": LATER}
    assert cpo.request(method, *E1, "C1", body=body).status == (200, 1000)
    assert times(cpo) == [LATER, LATER, LATER]


@pytest.mark.requirement("LOC-06")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_parents_never_move_backwards(cpo: Caller, method: str) -> None:
    newer = factories.location(evses=[factories.evse(last_updated=LATER)], last_updated=LATER)
    cpo.put(*E1[:-1], body=newer)
    between = "2026-03-01T12:03:00Z"
    body = (
        factories.connector(last_updated=between) if method == "PUT" else {"max_amperage": 8, "last_updated": between}
    )
    assert cpo.request(method, *E1, "C1", body=body).status == (200, 1000)
    assert times(cpo) == [LATER, LATER, between]


@pytest.mark.requirement("LOC-08")
def test_a_patch_changes_the_given_fields_only(cpo: Caller) -> None:
    cpo.patch(*E1, "C1", body={"tariff_ids": ["T2"], "format": None, "last_updated": LATER})
    assert cpo.get(*E1, "C1").data == factories.connector(tariff_ids=["T2"], last_updated=LATER)


@pytest.mark.requirement("LOC-09")
def test_a_patch_without_last_updated_changes_nothing(cpo: Caller) -> None:
    assert cpo.patch(*E1, "C1", body={"max_amperage": 8}).status == (200, 2001)
    assert cpo.get(*E1, "C1").data == factories.connector()


@pytest.mark.requirement("LOC-13", "LOC-12")
@pytest.mark.parametrize(
    "place", [("NL", "CPO", "L9", "E1"), ("NL", "CPO", "L1", "E9")], ids=["unknown location", "unknown EVSE"]
)
def test_under_an_unknown_parent_it_is_not_found(cpo: Caller, place: tuple[str, ...]) -> None:
    assert cpo.put("locations", *place, "C1", body=factories.connector()).status == (404, 2003)
    assert cpo.patch("locations", *place, "C1", body={"last_updated": LATER}).status == (404, 2003)


@pytest.mark.requirement("LOC-12")
def test_a_patch_of_an_unknown_connector_creates_nothing(cpo: Caller) -> None:
    assert cpo.patch(*E1, "C9", body={"last_updated": LATER}).status == (404, 2003)
    assert cpo.get(*E1, "C9").status == (404, 2003)


@pytest.mark.requirement("TRA-40", "LOC-14")
def test_another_id_than_that_of_the_url_is_refused(cpo: Caller) -> None:
    assert cpo.put(*E1, "C1", body=factories.connector(id="C2")).status == (200, 2001)
    assert cpo.patch(*E1, "C1", body={"id": "C2", "last_updated": LATER}).status == (200, 2001)
    assert cpo.get(*E1).data["connectors"] == [factories.connector()]


@pytest.mark.requirement("LOC-52")
def test_older_pushes_are_acknowledged_and_ignored(cpo: Caller) -> None:
    assert cpo.put(*E1, "C1", body=factories.connector(max_amperage=8, last_updated=EARLIER)).status == (200, 1000)
    assert cpo.patch(*E1, "C1", body={"max_amperage": 8, "last_updated": EARLIER}).status == (200, 1000)
    assert cpo.get(*E1, "C1").data == factories.connector()


@pytest.mark.requirement("LOC-15")
def test_a_connector_that_lacks_a_required_field_is_refused(cpo: Caller) -> None:
    body = {key: value for key, value in factories.connector(id="C2").items() if key != "power_type"}
    assert cpo.put(*E1, "C2", body=body).status == (200, 2001)
    assert cpo.get(*E1, "C2").status == (404, 2003)


@pytest.mark.requirement("LOC-22")
def test_a_connector_that_the_evse_no_longer_lists_is_hidden(cpo: Caller) -> None:
    cpo.put(*E1, "C2", body=factories.connector(id="C2"))
    cpo.put(*E1, body=factories.evse())
    assert cpo.get(*E1, "C2").status == (404, 2003)
    assert cpo.patch(*E1, "C2", body={"last_updated": LATER}).status == (404, 2003)
    assert cpo.put(*E1, "C2", body=factories.connector(id="C2")).status == (201, 1000)


@pytest.mark.requirement("TRA-39")
def test_under_a_foreign_party_it_is_not_found(cp2: Caller, cpo: Caller) -> None:
    assert cp2.put(*E1, "C1", body=factories.connector(max_amperage=8)).status == (404, 2001)
    assert cp2.patch(*E1, "C1", body={"max_amperage": 8, "last_updated": LATER}).status == (404, 2001)
    assert cpo.get(*E1, "C1").data == factories.connector()
