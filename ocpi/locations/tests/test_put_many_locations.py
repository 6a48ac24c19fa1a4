"""A page of locations, written as a whole: whatever a PUT of each would have done."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocpi.locations import bulk, services
from ocpi.locations.models import EVSE, Connector, Location
from ocpi.partners.owned import Stored
from ocpi.protocol import locations as wire
from ocpi.protocol.headers import PartyId
from tests import factories
from tests.callers import Caller

NOW, LATER = "2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"
Put = Callable[[Caller, list[dict[str, Any]]], list[Stored]]
_OF_A_ROW = {"id", "partner", "location", "evse", "received_at", "changed_at", "hidden_at", "listed_at"}


def place(id_: str, uids: str = "12", moment: str = NOW, connectors: str = "1", **fields: Any) -> dict[str, Any]:
    inner = [factories.connector(id=c, last_updated=moment) for c in connectors]
    evses = [factories.evse(uid=f"{id_}-{uid}", connectors=inner, last_updated=moment) for uid in uids]
    return factories.location(id=id_, evses=evses, last_updated=moment, **fields)


def pairs(caller: Caller, places: list[dict[str, Any]]) -> list[tuple[PartyId, wire.Location]]:
    party = {"country_code": caller.party[0], "party_id": caller.party[1]}
    return [(PartyId(*caller.party), wire.Location.from_wire(each | party)) for each in places]


def at_once(caller: Caller, places: list[dict[str, Any]], **digests: str) -> list[Stored]:
    """`digests`: by id."""
    listed = [
        bulk.listed(location, location.to_wire())._replace(digest=digests.get(location.id))
        for _, location in pairs(caller, places)
    ]
    return bulk.put(partner=caller.partner, locations=listed)


def one_by_one(caller: Caller, places: list[dict[str, Any]]) -> list[Stored]:
    found = pairs(caller, places)
    return [services.put(partner=caller.partner, party=party, location=location) for party, location in found]


def columns(row: Any) -> dict[str, Any]:
    names = [field.name for field in row._meta.concrete_fields if field.name not in _OF_A_ROW]
    payload = {key: value for key, value in row.payload.items() if key not in ("country_code", "party_id")}
    values = {name: getattr(row, name) for name in names} | {"payload": payload}
    return {key: value for key, value in values.items() if key not in ("country_code", "party_id")}


def stored(caller: Caller) -> list[Any]:
    """Everything that is kept of the caller's locations, whoever it is."""
    found: list[Any] = []
    for location in Location.objects.filter(partner=caller.partner).order_by("location_id"):
        found.append(columns(location) | {"gone": location.gone_at is not None})
        for evse in location.evses.order_by("uid"):
            found.append(columns(evse) | {"hidden": evse.hidden_at is not None})
            inner = evse.connectors.order_by("connector_id")
            found += [columns(each) | {"hidden": each.hidden_at is not None} for each in inner]
    return found


def pushed(caller: Caller) -> None:
    patch = {"status": "CHARGING", "last_updated": "2026-03-01T12:30:00Z"}
    assert caller.patch("locations", *caller.party, "B", "B-1", body=patch).status == (200, 1000)


PAGES = {
    "new": [[place("A"), place("B", uids="")]],
    "the same again": [[place("A"), place("B")], [place("A"), place("B")]],
    "newer, with others inside": [[place("A"), place("B")], [place("A", "23", LATER, "2"), place("B", "2", LATER)]],
    "an EVSE comes back": [[place("A"), place("B")], [place("A", "1", LATER)], [place("A", "12", LATER), place("C")]],
    "older": [[place("A", moment=LATER), place("B")], [place("A", "3"), place("B", "3", name="New")]],
    "twice in a page": [[place("A"), place("a", "3", LATER), place("B")]],
    "of one something was pushed": [[place("A"), place("B")], pushed, [place("A", "1", LATER), place("B", "1", LATER)]],
    "what was pushed is newer": [[place("A"), place("B")], pushed, [place("A", name="N"), place("B", name="N")]],
}  # fmt: skip


@pytest.mark.parametrize("pages", PAGES.values(), ids=PAGES)
def test_it_is_as_if_each_had_been_put(cpo: Caller, cp2: Caller, pages: list[Any]) -> None:
    for page in pages:
        if callable(page):
            page(cpo), page(cp2)
        else:
            assert at_once(cpo, page) == one_by_one(cp2, page)
        assert stored(cpo) == stored(cp2)


def test_a_vanished_location_is_there_again(cpo: Caller) -> None:
    at_once(cpo, [place("A"), place("B")])
    Location.objects.update(gone_at="2026-03-02T00:00:00Z")
    at_once(cpo, [place("A"), place("B")])
    assert not Location.objects.exclude(gone_at=None).exists()


def test_a_page_takes_as_many_statements_as_two_locations(cpo: Caller) -> None:
    counts = []
    for size in (2, 30):
        new = [place(f"L{size}-{n}") for n in range(size)]
        for page in (new, [place(f"L{size}-{n}", "1", LATER) for n in range(size)]):
            with CaptureQueriesContext(connection) as queries:
                at_once(cpo, page)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 12


class TestUnchanged:
    def test_what_a_list_brought_last_is_known_until_somebody_touches_it(self, cpo: Caller, cp2: Caller) -> None:
        keys = {("NL", "CPO", "A"): "d1", ("NL", "CPO", "B"): "d2"}
        at_once(cpo, [place("A"), place("B")])
        assert bulk.unchanged(partner=cpo.partner, digests=keys) == set()
        bulk.remember(partner=cpo.partner, digests=keys)
        assert bulk.unchanged(partner=cpo.partner, digests=keys) == set(keys)
        assert bulk.unchanged(partner=cp2.partner, digests=keys) == set()
        assert bulk.unchanged(partner=cpo.partner, digests=dict.fromkeys(keys, "d3")) == set()
        pushed(cpo)
        assert bulk.unchanged(partner=cpo.partner, digests=keys) == {("NL", "CPO", "A")}
        Location.objects.filter(location_id="A").update(gone_at=Location.objects.get(location_id="A").changed_at)
        assert bulk.unchanged(partner=cpo.partner, digests=keys) == set()

    def test_what_is_written_may_be_remembered_at_once(self, cpo: Caller) -> None:
        keys = {("NL", "CPO", id_): "d1" for id_ in "ABC"}
        at_once(cpo, [place("A"), place("B"), place("C")], A="d1", B="d1")
        assert bulk.unchanged(partner=cpo.partner, digests=keys) == {("NL", "CPO", "A"), ("NL", "CPO", "B")}
        pushed(cpo)
        at_once(cpo, [place(id_, moment=LATER) for id_ in "ABC"], A="d2", B="d2")  # B as a PUT would be
        later = dict.fromkeys(keys, "d2")
        assert bulk.unchanged(partner=cpo.partner, digests=later) == {("NL", "CPO", "A"), ("NL", "CPO", "B")}
        at_once(cpo, [place(id_, moment=NOW) for id_ in "ABC"], A="d3", B="d3")  # older: not written
        assert bulk.unchanged(partner=cpo.partner, digests=later) == {("NL", "CPO", "A"), ("NL", "CPO", "B")}

    @pytest.mark.parametrize("level", ["location", "evse", "connector"])
    def test_each_push_parts_the_row_from_the_list(self, cpo: Caller, level: str) -> None:
        keys = {("NL", "CPO", "B"): "d"}
        at_once(cpo, [place("B")])
        bulk.remember(partner=cpo.partner, digests=keys)
        path = {"location": ("B",), "evse": ("B", "B-1"), "connector": ("B", "B-1", "1")}[level]
        answer = cpo.patch("locations", *cpo.party, *path, body={"last_updated": LATER})
        assert answer.status == (200, 1000)
        assert bulk.unchanged(partner=cpo.partner, digests=keys) == set()


def test_nothing_of_another_partner_is_written(cpo: Caller, cp2: Caller) -> None:
    at_once(cp2, [place("A")])
    before = stored(cp2)
    at_once(cpo, [place("A", "3", LATER), place("B")])
    assert stored(cp2) == before
    assert (EVSE.objects.count(), Connector.objects.count()) == (5, 5)
