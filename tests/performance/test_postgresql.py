"""What our PostgreSQL backend does its own way; on SQLite there is nothing to see."""

from copy import copy
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg import IsolationLevel

from ocpi.cdrs.models import CDR
from ocpi.core import clock, rows, tables
from ocpi.core.postgresql import prepared
from ocpi.core.rows import Key
from ocpi.partners.models import Partner
from ocpi.tokens.models import Token
from tests import factories
from tests.callers import Caller

pytestmark = pytest.mark.skipif("connection.vendor != 'postgresql'")


@pytest.fixture
def prepares(settings: Any) -> Any:
    """A connection of its own, as the setting has it."""

    def connect(wanted: bool) -> None:
        settings.PREPARED_STATEMENTS = wanted
        connection.close()

    yield connect
    connection.close()


@pytest.mark.parametrize(("wanted", "found"), [(True, 1), (False, 0)])
@pytest.mark.django_db(transaction=True)
def test_the_statements_of_the_hot_paths_are_planned_once(prepares: Any, wanted: bool, found: int) -> None:
    partner = factories.partner()
    prepares(wanted)
    for _ in range(3):
        assert rows.find(Partner, id=partner.pk) == partner
        Partner.objects.get(pk=partner.pk)  # and no others
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        prepared = cursor.fetchall()
    assert len(prepared) == found
    assert all(statement.startswith('SELECT "ocpi_partners') and runs == 3 for statement, runs in prepared)


@pytest.mark.django_db
def test_json_that_is_more_than_others_can_write() -> None:
    partner = factories.partner(lacks=["é", 2**70, {"a": 0.1}])
    partner.refresh_from_db()
    assert partner.lacks == ["é", 2**70, {"a": 0.1}]


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_fails_is_told_in_djangos_words_and_the_next_one_runs() -> None:
    partner = factories.partner()
    again = tables.blank(Partner)
    again.name = partner.name
    with pytest.raises(IntegrityError):
        rows.insert(again)
    assert rows.find(Partner, id=partner.pk) == partner


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_is_noticed() -> None:
    partner = factories.partner()
    for _ in range(2):
        assert rows.find(Partner, id=partner.pk) == partner
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_plan_that_was_made_for_an_empty_table_is_made_anew_as_it_fills() -> None:
    connection.close()
    token = factories.token()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ocpi_tokens_token")
    for _ in range(9):
        assert rows.find(Token, uid=token.uid) == token
    many = [Token(country_code="NL", party_id="EMS", uid=f"F{n}", last_updated=clock.now(), payload={"uid": f"F{n}"})
            for n in range(3000)]  # fmt: skip
    Token.objects.bulk_create(many)
    assert rows.find(Token, uid=token.uid) == token
    assert rows.find(Token, uid=token.uid) == token
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, statement FROM pg_prepared_statements")
        [(name, _)] = [each for each in cursor.fetchall() if "ocpi_tokens_token" in each[1]]
        cursor.execute(f"EXPLAIN EXECUTE {name}('{token.uid}')")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index" in plan


@pytest.mark.django_db(transaction=True)
def test_what_is_seldom_is_looked_for_by_an_index_also_by_a_plan_that_serves_any_value() -> None:
    """Of 2,000 bills none is a credit, and PostgreSQL knows it: it must not read them all to find none."""
    cpo = Caller(token="token-of-cpo", partner=factories.partner(), party=("NL", "CPO"))
    factories.token()
    assert cpo.post("cdrs", body=factories.cdr()).status == (201, 1000)
    bill = CDR.objects.get()
    many = [copy(bill) for _ in range(2000)]
    for n, each in enumerate(many):
        each.pk, each.cdr_id = None, f"B{n}"
    CDR.objects.bulk_create(many)
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ocpi_cdrs_cdr")
    owner = {"partner": bill.partner_id, "country_code": "NL", "party_id": "CPO"}
    for n in range(12):
        assert rows.ids(Key(CDR, **owner, credit=True, credit_reference_id=f"B{n}")) == (None,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        [(name,)] = cursor.fetchall()
        cursor.execute(f"EXPLAIN EXECUTE {name}({bill.partner_id}, 'NL', 'CPO', 'B1')")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan" not in plan


@pytest.mark.django_db(transaction=True)
def test_of_many_statements_the_oldest_is_forgotten(prepares: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_MOST", 2)
    prepares(True)
    found = [connection.all_rows(f"SELECT %s::int + {n % 3}", [n]) for n in range(9)]
    assert found == [[(n + n % 3,)] for n in range(9)]
    assert connection.all_rows("SELECT name FROM pg_prepared_statements WHERE statement LIKE %s", ["% + %"]) == [
        ("emsp_8",)
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("isolation", [None, IsolationLevel.SERIALIZABLE])
def test_a_statement_is_part_of_the_transaction_that_it_begins(isolation: IsolationLevel | None) -> None:
    partner = factories.partner()
    other = tables.blank(Partner)
    other.__dict__.update({**partner.__dict__, "id": None, "name": "Another"})
    for _ in range(2):
        with transaction.atomic():
            connection.connection.isolation_level = isolation
            rows.insert(other)
            assert connection.all_rows("SHOW transaction_isolation", []) == [
                ("serializable" if isolation else "read committed",)
            ]
            transaction.set_rollback(True)
        assert rows.find(Partner, name="Another") is None
    connection.connection.isolation_level = None
    with transaction.atomic():
        rows.insert(other)
    assert rows.find(Partner, name="Another") == other


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_ends_under_a_statement_is_an_operational_error() -> None:
    partner = factories.partner()
    assert rows.find(Partner, id=partner.pk) == partner
    with pytest.raises(OperationalError):
        connection.all_rows("SELECT pg_terminate_backend(pg_backend_pid()), %s::int", [1])
    connection.close()
    assert rows.find(Partner, id=partner.pk) == partner


@pytest.mark.django_db(transaction=True)
def test_values_are_those_that_a_cursor_gives() -> None:
    """What stands in every column of every table: as Django's own cursor reads and writes it."""
    values = ["é", None, 3, 2**40, True, Decimal("1.50"), clock.now(), [1, 2], {"a": 1}]
    sql = "SELECT %s::text, %s::text, %s::int, %s::bigint, %s::bool, %s::numeric, %s::timestamptz, %s::int[], %s::jsonb"
    params = [*values[:-1], connection.ops.adapt_json_value(values[-1], None)]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        assert connection.all_rows(sql, params) == cursor.fetchall()
