"""Pushes in order for each object, retried a few times, dropped in the end."""

import threading
from collections.abc import Iterator

import pytest

from mock_cpo import outbox as module
from mock_cpo.outbox import Outbox
from ocpi.protocol.errors import Failed, Refused


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outbox]:
    monkeypatch.setattr(module, "PAUSES", (0.01,))
    box = Outbox()
    box.start()
    yield box
    box.stop()


class Receiver:
    """Fails as often as it is told, then remembers."""

    def __init__(self, failures: int = 0, error: Exception | None = None) -> None:
        self.failures, self.error = failures, error or Failed()
        self.got: list[int] = []
        self.tried = 0
        self.changed = threading.Condition()

    def take(self, number: int) -> None:
        with self.changed:
            self.tried += 1
            self.changed.notify()
            if self.tried <= self.failures:
                raise self.error
            self.got.append(number)

    def wait(self, tried: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.tried >= tried, 30)


def add(outbox: Outbox, receiver: Receiver, numbers: range, tries: int = 1) -> None:
    for number in numbers:
        outbox.add("object", lambda number=number: receiver.take(number), tries)


def test_one_object_keeps_its_order_through_failures(outbox: Outbox) -> None:
    receiver = Receiver(failures=2)
    add(outbox, receiver, range(20), tries=3)
    receiver.wait(22)
    assert receiver.got == list(range(20))


def test_after_the_last_try_the_next_push_has_its_turn(outbox: Outbox) -> None:
    receiver = Receiver(failures=2)
    add(outbox, receiver, range(2), tries=2)
    receiver.wait(3)
    assert receiver.got == [1]


def test_a_refusal_is_not_repeated(outbox: Outbox) -> None:
    receiver = Receiver(failures=1, error=Refused())
    add(outbox, receiver, range(2), tries=5)
    receiver.wait(2)
    assert receiver.got == [1]


def test_a_crash_does_not_stop_the_worker(outbox: Outbox) -> None:
    receiver = Receiver(failures=1, error=RuntimeError("bug"))
    add(outbox, receiver, range(2))
    receiver.wait(2)
    assert receiver.got == [1]


def test_a_slow_object_does_not_hold_up_the_others(outbox: Outbox) -> None:
    gate, receiver = threading.Event(), Receiver()
    outbox.add("slow", lambda: bool(gate.wait(60)) or None)
    add(outbox, receiver, range(1))
    receiver.wait(1)
    gate.set()
