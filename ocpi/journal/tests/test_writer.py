"""The writer: in batches, from its own thread, bounded, and nothing is lost on shutdown."""

import logging
import queue
import threading
from typing import Any

import pytest
from django.db import connection, connections

from ocpi.core import clock
from ocpi.journal import writer
from ocpi.journal.models import Exchange


def row(name: str = "/x", **fields: Any) -> writer.Row:
    return {
        "direction": "IN", "partner_id": None, "api_client_id": None, "module": "versions", "method": "GET",
        "url": name,
        "http_status": 200, "status_code": 1000, "duration_ms": 1, "request_id": "", "correlation_id": "",
        "request_headers": {}, "request_body": "", "response_headers": {}, "response_body": "", "error": "",
        "started_at": clock.now(), **fields,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def own_queue(monkeypatch: pytest.MonkeyPatch) -> queue.Queue[writer.Row]:
    """A small one; there is no thread unless the test starts one."""
    mine: queue.Queue[writer.Row] = queue.Queue(maxsize=5)
    monkeypatch.setattr(writer, "_QUEUE", mine)
    monkeypatch.setattr(writer, "_start", lambda: None)
    return mine


def test_nothing_is_written_before_it_is_flushed(db: None) -> None:
    writer.add(row())
    assert Exchange.objects.count() == 0
    writer.flush()
    assert Exchange.objects.count() == 1


def test_many_rows_take_one_statement_and_their_counts_another(db: None, django_assert_num_queries: Any) -> None:
    for _ in range(5):
        writer.add(row())
    with django_assert_num_queries(2):
        writer.flush()
    assert Exchange.objects.count() == 5


def test_a_full_queue_drops_the_newest_and_says_how_many(db: None, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(8):
        writer.add(row(f"/{number}"))
    with caplog.at_level(logging.WARNING):
        writer.flush()
    assert list(Exchange.objects.order_by("pk").values_list("url", flat=True)) == [f"/{n}" for n in range(5)]
    assert "3 exchanges were not kept" in caplog.text
    writer.add(row())
    writer.flush()
    assert Exchange.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_one_row_that_cannot_be_stored_does_not_take_the_others_with_it() -> None:
    for name in ("/1", "/2", "/3"):
        writer.add(row(name, request_body="\x00" if name == "/2" and connection.vendor == "postgresql" else ""))
    writer.flush()
    kept = list(Exchange.objects.order_by("pk").values_list("url", flat=True))
    assert kept == (["/1", "/3"] if connection.vendor == "postgresql" else ["/1", "/2", "/3"])


def test_messages_of_a_partner_that_was_deleted_meanwhile_are_kept_without_it(cpo: Any) -> None:
    writer.add(row("/1", partner_id=cpo.partner.pk))
    writer.add(row("/2", partner_id=4711, api_client_id=4712))
    writer.flush()
    found = Exchange.objects.order_by("pk").values_list("url", "partner_id", "api_client_id")
    assert list(found) == [("/1", cpo.partner.pk, None), ("/2", None, None)]


def test_large_messages_fill_the_queue_sooner(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_MOST_HELD", 100)
    for number in range(4):
        writer.add(row(f"/{number}", response_body="x" * 60))
    writer.flush()
    assert Exchange.objects.count() == 2
    writer.add(row())
    writer.flush()
    assert Exchange.objects.count() == 3


def test_a_database_that_fails_is_logged_and_survived(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, own_queue: queue.Queue[writer.Row]
) -> None:
    def broken(rows: Any) -> None:
        raise RuntimeError("gone")

    monkeypatch.setattr(writer, "_store", broken)
    monkeypatch.setattr(writer, "connections", type("None", (), {"close_all": staticmethod(lambda: None)}))
    writer.add(row())
    with caplog.at_level(logging.WARNING):
        writer.flush()
    assert "1 exchanges could not be written" in caplog.text
    assert own_queue.unfinished_tasks == 0


def test_a_shutdown_waits_for_the_batch_that_is_being_written(monkeypatch: pytest.MonkeyPatch) -> None:
    writing, may_go_on, stored = threading.Event(), threading.Event(), []

    def slow(rows: list[writer.Row]) -> None:
        writing.set()
        may_go_on.wait(30)
        stored.extend(rows)

    monkeypatch.setattr(writer, "_store", slow)
    writer.add(row())
    thread = threading.Thread(target=lambda: writer._write(writer._take(block=True)))
    thread.start()
    assert writing.wait(30)
    threading.Timer(0.05, may_go_on.set).start()
    writer.flush()
    assert len(stored) == 1
    thread.join()


def test_a_shutdown_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_PATIENCE", 0.05)
    writer.add(row())
    assert writer._take(block=False)  # by a thread that never comes back
    writer.flush()


@pytest.mark.django_db(transaction=True)
def test_the_thread_writes_by_itself(monkeypatch: pytest.MonkeyPatch, own_queue: queue.Queue[writer.Row]) -> None:
    def once() -> None:
        try:
            writer._write(writer._take(block=True))
        finally:
            connections.close_all()

    thread = threading.Thread(target=once)
    thread.start()
    writer.add(row())
    thread.join(30)
    assert Exchange.objects.count() == 1


def test_the_thread_is_started_once_and_again_after_its_death(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    started: list[threading.Thread] = []
    alive = threading.Event()

    def run() -> None:
        started.append(threading.current_thread())
        alive.wait(30)

    monkeypatch.setattr(writer, "_run", run)
    monkeypatch.setattr(writer, "_thread", None)
    for _ in range(3):
        writer._start()
    assert len(started) == 1
    alive.set()
    started[0].join(30)
    writer._start()
    assert len(started) == 2
    started[1].join(30)


def test_a_batch_has_a_moment_to_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement and a commit for each row would cost more than the requests that they tell of."""
    monkeypatch.setattr(writer.time, "sleep", lambda seconds: writer.add(row("/later")))
    writer.add(row("/first"))
    assert [each["url"] for each in writer._take(block=True)] == ["/first", "/later"]


def test_a_full_batch_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_BATCH", 1)
    monkeypatch.setattr(writer.time, "sleep", lambda seconds: pytest.fail("it waited"))
    writer.add(row("/first"))
    writer.add(row("/second"))
    assert len(writer._take(block=True)) == 1
