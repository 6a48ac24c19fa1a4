"""What is announced in floods goes out many to a message, from a thread of its own, and holds up nobody."""

import logging
import threading
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from ocpi.core import logs
from ocpi.core.outbox import Gatherer


class Broker:
    """In place of a Celery task: what would have been sent."""

    name = "ocpi.test.look"

    def __init__(self) -> None:
        self.sent: list[tuple[tuple[str, ...], list[str]]] = []
        self.failing: Exception | None = None
        self.asked = threading.Event()

    def delay(self, *keys: str, flows: list[str]) -> None:
        try:
            if self.failing is not None:
                raise self.failing
            self.sent.append((keys, flows))
        finally:
            self.asked.set()


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def idle(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Gatherer:
    """Without its thread, and with room for a hundred and ten."""
    monkeypatch.setattr(Gatherer, "_start", lambda self: None)
    return Gatherer(broker, held=110)  # type: ignore[arg-type]


def announce(gatherer: Gatherer, *keys: int) -> None:
    for key in keys:
        with logs.bound(correlation_id=f"c-{key}"):
            gatherer.receive(pk=key)


def test_rows_of_one_moment_share_a_message_and_keep_their_flows(idle: Gatherer, broker: Broker) -> None:
    announce(idle, 1, 2)
    assert broker.sent == []
    idle.flush()
    assert broker.sent == [(("1", "2"), ["c-1", "c-2"])]


def test_a_message_holds_a_hundred_at_most_and_what_does_not_fit_is_for_the_sweeper(
    idle: Gatherer, broker: Broker
) -> None:
    announce(idle, *range(120))
    idle.flush()
    assert [len(keys) for keys, _ in broker.sent] == [100, 10]


@pytest.mark.parametrize("failure", [OperationalError("away"), OSError("away"), RuntimeError("odd")])
def test_a_broker_that_is_away_is_asked_once(
    idle: Gatherer, broker: Broker, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    announce(idle, *range(110))
    broker.failing = failure
    with caplog.at_level(logging.WARNING):
        idle.flush()
    assert caplog.text.count("for the sweeper") == 1
    broker.failing = None
    idle.flush()
    assert [len(keys) for keys, _ in broker.sent] == [10]


def test_a_thread_sends_soon_and_survives_a_failure(broker: Broker) -> None:
    gatherer, asked = Gatherer(broker), broker.asked  # type: ignore[arg-type]
    broker.failing = RuntimeError("odd")
    announce(gatherer, 1)
    assert asked.wait(30)
    broker.failing = None
    asked.clear()
    announce(gatherer, 2)
    assert asked.wait(30)
    assert [keys for keys, _ in broker.sent] == [("2",)]


def test_whoever_announces_never_waits_for_the_broker(broker: Broker) -> None:
    gate = threading.Event()

    def stuck(*keys: str, **kwargs: Any) -> None:
        broker.asked.set()
        assert gate.wait(30)

    broker.delay = stuck  # type: ignore[method-assign]
    gatherer = Gatherer(broker)  # type: ignore[arg-type]
    announce(gatherer, 1)
    assert broker.asked.wait(30)
    announce(gatherer, 2, 3)  # returns although the thread is stuck
    gate.set()
