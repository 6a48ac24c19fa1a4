"""Many rows in one statement: as `bulk_create` stores them, whichever database takes them apart."""

from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F

from ocpi.core import clock, many
from ocpi.locations.models import EVSE, Connector, Location
from ocpi.protocol.moments import format_datetime, parse_datetime
from tests import factories
from tests.callers import Caller

ODD = {'ü"\\': [1.5, None, "%s {}", 10**15, True]}


@pytest.fixture
def place(cpo: Caller) -> Location:
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location())
    return Location.objects.get()


def evse(place: Location, uid: str, **fields: Any) -> EVSE:
    return EVSE(
        location=place, uid=uid, position=7, status="AVAILABLE", payload=ODD, last_updated=clock.now(),
        since=clock.now(), **fields,
    )  # fmt: skip


def values(row: EVSE) -> dict[str, Any]:
    return EVSE.objects.filter(pk=row.pk).values().get() | {"id": None, "uid": None}


def test_rows_are_stored_as_django_stores_them(place: Location, django_assert_num_queries: Any) -> None:
    same: dict[str, Any] = {"capabilities": ["RFID_READER"], "hidden_at": clock.now()}
    mine, theirs = evse(place, "a1", **same), evse(place, "b1", **same)
    theirs.last_updated, theirs.since = mine.last_updated, mine.since
    EVSE.objects.bulk_create([theirs])
    with django_assert_num_queries(1):
        assert many.store([mine]) == [mine]
    assert values(mine) == values(theirs)
    assert (mine.uid, mine._state.adding) == ("A1", False)


@pytest.mark.parametrize("value", [2**70, -(2**70)])
def test_what_has_no_place_in_the_document_is_stored_by_django(place: Location, value: int) -> None:
    """Integers beyond 64 bits, in a field that nobody knows."""
    row, other = evse(place, "a1"), evse(place, "b1")
    row.payload = {"unknown": value}
    many.store([row, other])
    assert EVSE.objects.get(uid="A1").payload == {"unknown": value}
    assert EVSE.objects.get(uid="B1").payload == ODD


def bare(place: Location, uid: str, **fields: Any) -> dict[str, Any]:
    """What `evse` is, as values; its times are text."""
    times = dict.fromkeys(("last_updated", "since"), "2026-03-01T10:00:00.123Z")
    given = {"location_id": place.pk, "uid": uid, "position": 7, "status": "AVAILABLE", "payload": ODD}
    return {**given, **times, "evse_id": "", "capabilities": [], "physical_reference": "", "field_times": {}, **fields}


@pytest.mark.parametrize("payload", [ODD, {"unknown": 2**70}], ids=["in one document", "by Django"])
def test_values_are_stored_as_rows_are(place: Location, payload: Any) -> None:
    keys = many.store_values(EVSE, [bare(place, f"n{n}", payload=payload) for n in range(300)])
    assert dict(zip(keys, (f"N{n}" for n in range(300)), strict=True)) == dict(
        EVSE.objects.filter(uid__startswith="N").values_list("pk", "uid")
    )
    row = evse(place, "b1")
    row.last_updated = row.since = parse_datetime("2026-03-01T10:00:00.123Z")
    row.payload = payload
    row.save()
    assert values(EVSE.objects.get(pk=keys[0])) == values(row)


def test_each_row_gets_its_own_key(place: Location) -> None:
    rows = many.store([evse(place, f"n{n}") for n in range(300)])
    assert {row.pk: row.uid for row in rows} == dict(EVSE.objects.filter(uid__startswith="N").values_list("pk", "uid"))


def test_what_is_there_is_written_over_in_the_named_columns_only(place: Location) -> None:
    known = EVSE.objects.get(uid="E1")
    again, new = evse(place, "e1", physical_reference="9"), evse(place, "new")
    many.store([again, new], over=["location", "uid"], names=["physical_reference"])
    assert (again.pk, new.pk) == (known.pk, EVSE.objects.get(uid="NEW").pk)
    after = EVSE.objects.get(pk=known.pk)
    assert (after.physical_reference, after.payload) == ("9", known.payload)


def test_nothing_is_nothing(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert many.store([]) == []


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no lengths")
def test_what_the_database_cannot_hold_is_told_as_always(place: Location) -> None:
    with pytest.raises(DataError), transaction.atomic():
        many.store([evse(place, "long", physical_reference="x" * 17)])


def test_a_value_for_each_row(place: Location, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        many.write_each(Location, "listed_digest", {place.pk: "d1", place.pk + 1: "d2"}, listed_at=F("changed_at"))
    after = Location.objects.get()
    assert (after.listed_digest, after.listed_at, after.changed_at) == ("d1", place.changed_at, place.changed_at)


def tree(*, same: dict[str, str]) -> list[many.Level]:
    """Two EVSEs of the second of two locations, of which the second has a connector."""
    now = clock.now()
    moment = format_datetime(now)
    theirs = Location.objects.filter(location_id="L1").values().get() | {"received_at": now, "changed_at": now}
    del theirs["id"]
    places = [theirs | {"location_id": id_, "listed_digest": "d"} for id_ in ("n1", "n2")]
    part = {"position": 0, "last_updated": moment, "since": moment, "field_times": {}, "payload": ODD}
    evses = [part | {"uid": uid, "status": "AVAILABLE", "evse_id": "", "capabilities": [], "physical_reference": "",
                     "place": 1} for uid in ("a1", "a2")]  # fmt: skip
    inner = part | {"connector_id": "c1", "standard": "CHADEMO", "format": "CABLE", "power_type": "DC", "place": 1,
                    "max_voltage": 400, "max_amperage": 100, "power_w": 40_000, "tariff_ids": []}  # fmt: skip
    return [
        many.Level(Location, places, same=same), many.Level(EVSE, evses, "location_id"),
        many.Level(Connector, [inner], "evse_id"),
    ]  # fmt: skip


def test_what_hangs_on_new_rows_is_stored_with_them(place: Location, django_assert_num_queries: Any) -> None:
    many.store_tree(tree(same={}))  # learns the sequences
    Location.objects.exclude(pk=place.pk).delete()
    levels = tree(same={"listed_at": "changed_at"})
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 4):
        first, second = many.store_tree(levels)
    assert list(Location.objects.filter(pk__in=[first, second]).values_list("pk", "location_id", "listed_digest")) == [
        (first, "N1", "d"), (second, "N2", "d"),
    ]  # fmt: skip
    for row in Location.objects.filter(pk__in=[first, second]):
        assert row.listed_at == row.changed_at
    below = EVSE.objects.filter(location__in=[first, second]).order_by("uid")
    assert [(evse.location_id, evse.uid, evse.payload) for evse in below] == [(second, "A1", ODD), (second, "A2", ODD)]
    [connector] = Connector.objects.filter(evse__in=below)
    assert (connector.evse.uid, connector.connector_id, connector.power_w) == ("A2", "C1", 40_000)


def test_a_tree_that_is_there_already_is_told_and_nothing_of_it_is_stored(place: Location) -> None:
    many.store_tree(tree(same={}))
    with pytest.raises(IntegrityError), transaction.atomic():
        many.store_tree(tree(same={}))
    assert (Location.objects.count(), EVSE.objects.filter(uid="A1").count()) == (3, 1)


def test_rows_by_their_names(place: Location, cp2: Caller, django_assert_num_queries: Any) -> None:
    cp2.put("locations", "NL", "CP2", "L1", body=factories.location(country_code="NL", party_id="CP2"))
    keys = [("NL", "CPO", "L1"), ("NL", "CPO", "L2"), ("NL", "CP2", "L1")]
    names, partner = ["country_code", "party_id", "location_id"], place.partner_id
    with django_assert_num_queries(1):
        assert many.named(Location, partner, keys, names, ["id", "city"]) == [(place.pk, place.city)]
    assert many.named(Location, partner, keys, names, ["id"], lacking="gone_at") == [(place.pk,)]
    assert many.named(Location, partner, keys, names, ["id"], alike=("listed_at", "changed_at")) == []
    Location.objects.update(gone_at=clock.now(), listed_at=F("changed_at"))
    assert many.named(Location, partner, keys, names, ["id"], lacking="gone_at") == []
    assert many.named(Location, partner, keys, names, ["id"], alike=("listed_at", "changed_at")) == [(place.pk,)]
    with django_assert_num_queries(0):
        assert many.named(Location, partner, [], names, ["id"]) == []
