"""Statements made from a model's meta: on SQLite and PostgreSQL alike, they keep what was written meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, models

from ocpi.cdrs.models import CDR
from ocpi.core import clock, rows, tables
from ocpi.core.rows import Key, Of
from ocpi.locations.models import EVSE, Connector, Location
from ocpi.sessions.models import ChargingPeriod, Session
from ocpi.tokens.models import Authorization, Policy, Token
from tests import factories
from tests.callers import Caller

S1 = ("sessions", "NL", "CPO", "S1")
PERIOD = factories.period()


@pytest.fixture
def stored(cpo: Caller) -> Session:
    factories.token()
    cpo.put(*S1, body=factories.session(total_cost={"excl_vat": 4.25}))
    return Session.objects.get()


def find(**changes: Any) -> Session | None:
    return rows.find(Session, **{"country_code": "NL", "party_id": "CPO", "session_id": "s1"} | changes)


def values(row: Session) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in Session._meta.concrete_fields}


def test_a_row_is_found_as_a_queryset_finds_it(stored: Session) -> None:
    found = find(partner=stored.partner)
    assert found is not None
    assert (values(found), found._state.adding) == (values(stored), False)
    assert find(partner=stored.partner_id + 1) is find(session_id="S2") is find(end_date_time=clock.now()) is None
    assert find(end_date_time=None) == stored


@pytest.mark.parametrize("model", [Session, CDR, Authorization, Location, EVSE, Connector, Token])
def test_a_blank_row_is_what_django_makes(model: type[models.Model]) -> None:
    row, other, made = tables.blank(model), tables.blank(model), model()
    assert {**vars(row), "_state": None} == {**vars(made), "_state": None}
    assert vars(row._state) == vars(made._state)
    shared = [
        name for name, value in vars(row).items() if isinstance(value, (list, dict)) and value is vars(other)[name]
    ]
    assert not shared


def test_conditions_of_one_shape_are_told_apart_by_what_they_compare(stored: Session) -> None:
    for ended, found in ((None, stored), (clock.now(), None), (None, stored)):
        assert rows.find(Session, session_id="s1", end_date_time=ended) == found
    assert rows.ids(Key(Session, partner=stored.partner), Key(Session, partner=stored.partner_id + 1)) == (
        stored.pk,
        None,
    )


def test_a_key_may_stand_in_another_and_is_asked_along(stored: Session) -> None:
    key = Key(Session, session_id="s1")
    ChargingPeriod.objects.bulk_create(ChargingPeriod.build(stored, clock.now(), [PERIOD]))
    assert rows.find(ChargingPeriod, session=key) == ChargingPeriod.objects.get()
    assert rows.ids(key, Key(Session, session_id="S2"), Key(Token, uid="04aabbccdd")) == (
        stored.pk, None, Token.objects.get().pk,
    )  # fmt: skip
    asking = {"is_governed": [Key(Policy, active=True, token=Of("id"))]}
    assert rows.find(Token, asking=asking, uid="04AABBCCDD").is_governed is False
    Policy.objects.create(name="P", token=Token.objects.get())
    assert rows.find(Token, asking=asking, uid="04AABBCCDD").is_governed is True


def test_of_several_the_first_is_found(db: None) -> None:
    tokens = [factories.token(contract_id="C1", uid=f"04AABBCC{n}0") for n in range(3)]
    assert rows.find(Token, contract_id="C1") == tokens[0]


def test_a_rewriting_writes_the_fields_it_names_and_what_follows(stored: Session) -> None:
    with rows.turn():
        row = find()
        row.kwh, row.currency, before = 7, "CHF", row.changed_at
        then = [rows.adding(ChargingPeriod.build(row, clock.now(), [PERIOD, factories.period(kwh=2)]))]
        assert rows.rewrite(row, ["kwh", "changed_at"], then=then)
    after = Session.objects.get()
    assert (after.kwh, after.currency, after.changed_at > before) == (7, "EUR", True)
    assert [period.payload for period in after.periods.all()] == [PERIOD, factories.period(kwh=2)]


def test_where_something_speaks_against_it_nothing_is_written(stored: Session) -> None:
    with rows.turn():
        row = find()
        row.kwh = 7
        then = [rows.adding(ChargingPeriod.build(row, clock.now(), [PERIOD]))]
        assert not rows.rewrite(row, ["kwh"], unless=[Key(Session, session_id="S1")], then=then)
    assert (Session.objects.get().kwh, ChargingPeriod.objects.count()) == (stored.kwh, 0)


@pytest.mark.parametrize(("minutes", "raised"), [(1, True), (0, False), (-1, False)])
def test_what_is_around_a_part_is_raised_and_never_lowered(stored: Session, minutes: int, raised: bool) -> None:
    moment = stored.last_updated + timedelta(minutes=minutes)
    with rows.turn():
        row = rows.find(Token, uid="04AABBCCDD")
        key = Key(Session, session_id="S1")
        assert rows.rewrite(
            row, ["issuer"], then=[rows.raising(key, "last_updated", moment, 'it"s\n1', kwh=3)], lock=key
        )
    after = Session.objects.get()
    assert (after.last_updated, after.kwh) == (max(moment, stored.last_updated), 3)
    assert after.payload == stored.payload | ({"last_updated": 'it"s\n1'} if raised else {})


def _row(stored: Session, **changes: Any) -> Session:
    row = Session(**{field.name: getattr(stored, field.name) for field in Session._meta.concrete_fields})
    row.pk = None
    for name, value in changes.items():
        setattr(row, name, value)
    return row


KEY = ["partner", "country_code", "party_id", "session_id"]


def test_an_upsert_inserts_what_is_new_and_tells(stored: Session) -> None:
    new = _row(stored, session_id="s2", payload={"ü": [1.5, None, "%s"]})
    found = rows.upsert(
        new, key=KEY, over="TRUE", token_row=Key(Token, uid="04AABBCCDD"), location_row=Key(Token, uid="X")
    )
    row = Session.objects.get(session_id="S2")
    assert found == (row.pk, True, Token.objects.get().pk, None)  # in the order that was asked in
    assert (row.payload, row.token_row, row.location_row) == ({"ü": [1.5, None, "%s"]}, Token.objects.get(), None)
    assert row.received_at == row.changed_at


def test_an_upsert_over_a_row_keeps_what_only_insertions_write(stored: Session) -> None:
    found = rows.upsert(
        _row(stored, kwh=9, currency="CHF"), key=KEY, over="old.kwh < new.kwh", keep={"currency"},
        computed={"period_count": "old.period_count + 5"},
    )  # fmt: skip
    row = Session.objects.get()
    assert found == (stored.pk, False)
    assert (row.kwh, row.currency, row.period_count, row.received_at) == (9, "EUR", 5, stored.received_at)
    assert row.changed_at > stored.changed_at


def test_an_upsert_whose_condition_does_not_hold_writes_nothing(stored: Session) -> None:
    before = Session.objects.values().get()
    assert rows.upsert(_row(stored, kwh=9), key=KEY, over="old.kwh > new.kwh") is None
    assert rows.upsert(_row(stored, kwh=9), key=KEY) is None
    assert Session.objects.values().get() == before


def test_nothing_new_is_inserted_where_somebody_waits_but_an_old_row_is_written(stored: Session) -> None:
    waiting = [Key(Token, uid="04AABBCCDD")]
    assert rows.upsert(_row(stored, session_id="S2"), key=KEY, over="TRUE", unless=waiting) is None
    assert rows.upsert(_row(stored, kwh=9), key=KEY, over="TRUE", unless=waiting) == (stored.pk, False)
    assert rows.upsert(_row(stored, session_id="S2"), key=KEY, unless=[Key(Token, uid="NOBODY")]) is not None


def test_nothing_happens_unless_all_that_is_given_is_there(stored: Session) -> None:
    card, nobody = Key(Token, uid="04AABBCCDD"), Key(Token, uid="NOBODY")
    for given, count in (([card, nobody], 1), ([nobody], 1), ([card, Key(Session, session_id="S1")], 2)):
        rows.upsert(_row(stored, session_id="S2"), key=KEY, given=given)
        assert Session.objects.count() == count
    assert rows.upsert(_row(stored, kwh=9), key=KEY, over="TRUE", given=[nobody]) is None
    assert rows.upsert(_row(stored, kwh=9), key=KEY, over="TRUE", given=[card]) == (stored.pk, False)


def test_nothing_happens_unless_all_that_is_looked_up_is_found(stored: Session) -> None:
    card = Token.objects.get().pk
    known, nobody = Key(Token, uid="04AABBCCDD"), Key(Token, uid="NOBODY")
    new = _row(stored, session_id="S2")
    assert rows.upsert(new, key=KEY, found_only=True, token_row=known, location_row=nobody) is None
    assert rows.upsert(new, key=KEY, found_only=True, token_row=known) == (
        Session.objects.get(session_id="S2").pk, True, card
    )  # fmt: skip


def test_an_inserted_row_is_whole(stored: Session) -> None:
    period = ChargingPeriod.build(stored, clock.now(), [PERIOD])[0]
    rows.insert(period)
    assert ChargingPeriod.objects.get().payload == PERIOD
    assert (ChargingPeriod.objects.get(), period._state.adding) == (period, False)


@pytest.fixture
def committed(transactional_db: None) -> Session:
    cpo = Caller(token="token-of-cpo", partner=factories.partner(), party=("NL", "CPO"))
    cpo.put(*S1, body=factories.session())
    return Session.objects.get()


def elsewhere(act: Any) -> None:
    """On a connection of its own."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(run).result()


@pytest.mark.requirement("AMB-04", "TRA-26")
def test_a_row_that_somebody_wrote_meanwhile_is_not_written_over(committed: Session) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("there nobody can come between: see turn()")
    row = find()
    elsewhere(lambda: Session.objects.update(kwh=5))
    row.kwh = 7
    then = [rows.adding(ChargingPeriod.build(row, clock.now(), [PERIOD]))]
    assert not rows.rewrite(row, ["kwh"], then=then)
    assert (Session.objects.get().kwh, ChargingPeriod.objects.count()) == (5, 0)


@pytest.mark.requirement("AMB-04", "TRA-26")
def test_many_who_rewrite_one_row_lose_nothing(committed: Session) -> None:
    def add(_: int) -> None:
        try:
            done = False
            while not done:
                with rows.turn():
                    row = find()
                    row.period_count += 1
                    done = rows.rewrite(row, ["period_count"])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(12)))
    assert Session.objects.get().period_count == 12


def test_times_are_kept_to_the_microsecond(stored: Session) -> None:
    moment = datetime.fromisoformat("2026-03-01T12:00:00.123456+00:00")
    rows.upsert(_row(stored, last_updated=moment), key=KEY, over="old.last_updated <= new.last_updated")
    assert find().last_updated == Session.objects.get().last_updated == moment
