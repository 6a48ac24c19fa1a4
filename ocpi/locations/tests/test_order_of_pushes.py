"""A location, its EVSEs and connectors are pushed on three levels, and each level may overtake the others."""

from typing import Any

import pytest

from ocpi.locations.models import Location
from tests import factories
from tests.callers import Caller

L1 = ("locations", "NL", "CPO", "L1")


def at(minute: int) -> str:
    return f"2026-03-01T12:{minute:02}:00Z"


@pytest.fixture(autouse=True)
def _known(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location())


@pytest.mark.requirement("LOC-01", "LOC-06", "AMB-04")
def test_a_put_that_the_status_of_an_evse_overtook_is_not_lost_and_the_status_stays(cpo: Caller) -> None:
    cpo.patch(*L1, "E1", body={"status": "CHARGING", "last_updated": at(5)})
    second = factories.evse(floor_level="2", last_updated=at(3))
    third = factories.evse(uid="E3", last_updated=at(3))
    body = factories.location(name="Renamed", evses=[second, third], last_updated=at(3))
    assert cpo.put(*L1, body=body).status == (200, 1000)
    charging = second | {"status": "CHARGING", "last_updated": at(5)}
    assert cpo.get(*L1).data == body | {"evses": [charging, third], "last_updated": at(5)}


@pytest.mark.requirement("LOC-04", "LOC-08", "AMB-04")
def test_the_status_of_an_evse_counts_although_its_connector_was_changed_later(cpo: Caller) -> None:
    cpo.patch(*L1, "E1", "C1", body={"max_amperage": 32, "last_updated": at(5)})
    assert cpo.patch(*L1, "E1", body={"status": "CHARGING", "last_updated": at(3)}).status == (200, 1000)
    evse = cpo.get(*L1, "E1").data
    assert (evse["status"], evse["last_updated"], evse["connectors"][0]["max_amperage"]) == ("CHARGING", at(5), 32)


@pytest.mark.requirement("LOC-08", "LOC-52")
def test_an_older_patch_brings_what_no_newer_one_gave(cpo: Caller) -> None:
    cpo.patch(*L1, body={"name": "New", "last_updated": at(5)})
    cpo.patch(*L1, body={"name": "Old", "city": "Gouda", "last_updated": at(3)})
    assert cpo.get(*L1).data == factories.location(name="New", city="Gouda", last_updated=at(5))


@pytest.mark.requirement("LOC-02", "LOC-22", "AMB-03")
def test_an_evse_that_was_removed_does_not_come_back_by_an_older_push(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location(evses=[factories.evse()], last_updated=at(5)))
    second = factories.evse(uid="E2", last_updated=at(3))
    assert cpo.put(*L1, "E2", body=second).status == (200, 1000)
    assert [evse["uid"] for evse in cpo.get(*L1).data["evses"]] == ["E1"]
    assert cpo.put(*L1, "E2", body=second | {"last_updated": at(6)}).status == (201, 1000)
    assert [evse["uid"] for evse in cpo.get(*L1).data["evses"]] == ["E1", "E2"]


@pytest.mark.requirement("LOC-02", "LOC-03", "AMB-04")
def test_what_was_put_on_its_own_after_a_put_of_the_whole_stays(cpo: Caller) -> None:
    evse, connector = factories.evse(uid="E3", last_updated=at(5)), factories.connector(id="C2", last_updated=at(6))
    cpo.put(*L1, "E3", body=evse)
    cpo.put(*L1, "E1", "C2", body=connector)
    cpo.put(*L1, body=factories.location(name="Late", last_updated=at(3)))
    shown = cpo.get(*L1).data
    assert (shown["name"], shown["last_updated"]) == ("Late", at(6))
    assert {each["uid"]: len(each["connectors"]) for each in shown["evses"]} == {"E1": 2, "E2": 1, "E3": 1}
    assert shown["evses"][0]["last_updated"] == at(6)


@pytest.mark.requirement("LOC-01", "LOC-22")
def test_a_newer_put_of_the_whole_forgets_what_was_pushed_on_its_own_before(cpo: Caller) -> None:
    cpo.patch(*L1, "E1", body={"status": "CHARGING", "last_updated": at(2)})
    cpo.patch(*L1, "E1", "C1", body={"max_amperage": 32, "last_updated": at(3)})
    moved: dict[str, Any] = {"last_updated": at(4)}
    whole = factories.location(evses=[factories.evse(connectors=[factories.connector(**moved)], **moved)], **moved)
    assert cpo.put(*L1, body=whole).status == (200, 1000)
    assert cpo.get(*L1).data == whole
    evse = Location.objects.get().evses.get(uid="E1")
    assert (evse.field_times, evse.connectors.get().field_times) == ({}, {})
