"""The journal on PostgreSQL: a partition for each day, dropped as a whole; elsewhere one table and small deletes."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocpi.core import clock
from ocpi.journal import partitions, services
from ocpi.journal.models import Exchange

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="one table elsewhere")
DAY = timedelta(days=1)


def row(started_at: datetime, **fields: Any) -> Exchange:
    made = {"direction": "IN", "method": "GET", "url": "/x", "module": "tokens", "duration_ms": 1} | fields
    return Exchange.objects.create(started_at=started_at, **made)


def lies_in(row: Exchange) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM ocpi_journal_exchange WHERE id = %s", [row.pk])
        return str(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def thirty_days(settings: Any, db: None, one_moment: datetime) -> None:
    settings.JOURNAL_RETENTION_DAYS = 30
    partitions.prepare()  # the migration may have run before midnight, and before a Monday


def week(days_ago: int) -> str:
    """The name of the partition of that week, which is made."""
    begin = partitions.monday(clock.now() - days_ago * DAY)
    assert connection.vendor != "postgresql" or partitions._succeeds(partitions.creation(begin))
    return partitions.name(begin)


def deletes(queries: CaptureQueriesContext) -> int:
    return sum(query["sql"].startswith('DELETE FROM "ocpi_journal_exchange"') for query in queries)


def test_what_is_old_is_forgotten_and_the_rest_stays() -> None:
    week(40), week(26)
    old = [row(clock.now() - n * DAY) for n in (40, 60, 400)]
    young = [row(clock.now() - n * DAY) for n in (29, 26, 0)]
    forgotten = services.forget_old()
    assert list(Exchange.objects.order_by("pk")) == young
    assert not Exchange.objects.filter(pk__in=[each.pk for each in old]).exists()
    assert (len(forgotten.weeks), forgotten.rows) == ((1, 2) if connection.vendor == "postgresql" else (0, 3))
    assert services.forget_old() == ([], 0)


def test_what_is_deleted_row_by_row_goes_in_small_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_BATCH", 2)
    for _ in range(5):
        row(clock.now() - 400 * DAY)
    with CaptureQueriesContext(connection) as queries:
        assert services.forget_old() == ([], 5)
    assert deletes(queries) == 3


def test_the_command_says_what_it_did() -> None:
    row(clock.now() - 400 * DAY)
    told = StringIO()
    call_command("forget_old_exchanges", stdout=told)
    assert told.getvalue() == "0 weeks dropped, 1 rows deleted\n"


@on_postgresql
class TestPostgresql:
    def test_a_row_lies_in_its_week(self) -> None:
        assert lies_in(row(clock.now())) == partitions.name(partitions.monday(clock.now()))
        assert lies_in(row(clock.now() - 400 * DAY)) == f"{partitions.TABLE}_default"

    def test_the_next_week_is_made_ahead_and_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert partitions.prepare() == []
        now = clock.now() + 7 * DAY
        monkeypatch.setattr(clock, "now", lambda: now)
        assert partitions.prepare() == [partitions.name(partitions.monday(now + 7 * DAY))]

    def test_rows_of_a_week_that_nobody_made_are_kept_and_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        late = clock.now() + 30 * DAY
        kept = row(late)
        monkeypatch.setattr(clock, "now", lambda: late)
        assert partitions.prepare() == [partitions.name(partitions.monday(late + 7 * DAY))]
        assert Exchange.objects.get(started_at=late) == kept

    def test_a_week_is_dropped_without_reading_its_rows(self) -> None:
        made = week(40)
        row(clock.now() - 40 * DAY)
        with CaptureQueriesContext(connection) as queries:
            assert services.forget_old() == ([made], 0)
        assert deletes(queries) == 0

    def test_the_parts_of_the_table_have_all_its_indexes(self) -> None:
        counted = "SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass"
        with connection.cursor() as cursor:
            found = [cursor.execute(counted, [name]) and cursor.fetchone()[0] for name in self.tables()]
        assert set(found) == {13}
        assert len(found) >= 4  # the whole, what belongs nowhere else, and the two weeks that the migration made

    @pytest.mark.parametrize("column", ["request_id", "correlation_id"])
    @pytest.mark.parametrize("condition", ["= 'a1'", "LIKE 'a1%'"])
    def test_an_id_is_found_whole_or_by_its_beginning_by_one_index(self, column: str, condition: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN SELECT 1 FROM {partitions.TABLE} WHERE {column} {condition}")  # noqa: S608
            plan = [line for (line,) in cursor.fetchall() if "Scan" in line]
        assert plan
        assert all(f"{column}_idx" in line for line in plan)

    @staticmethod
    def tables() -> list[str]:
        return [partitions.TABLE, *(each.name for each in partitions.existing())]

    def test_who_is_in_the_way_makes_nobody_wait(self) -> None:
        assert not partitions._succeeds(f"CREATE TABLE {partitions.TABLE}_default ()")
        assert partitions.existing()  # and the transaction of the caller lives


@on_postgresql
def test_bodies_are_packed_quickly_in_new_weeks_too() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'")
        if not cursor.fetchone()[0]:
            pytest.skip("a server that was built without lz4")
        this_week = partitions.name(partitions.monday(clock.now()))
        for table in (partitions.TABLE, this_week, week(33)):
            cursor.execute(
                "SELECT attname, attcompression::text FROM pg_attribute WHERE attrelid = %s::regclass "
                "AND attname LIKE '%%body' ORDER BY 1", [table],
            )  # fmt: skip
            assert cursor.fetchall() == [("request_body", "l"), ("response_body", "l")]
