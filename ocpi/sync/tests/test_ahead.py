"""What is begun when, and that no page is lost or delayed for the sake of the next one."""

import threading
from collections.abc import Iterator

import pytest

from ocpi.protocol.errors import NotOcpi, PartnerError
from ocpi.sync.ahead import Ahead, by_one


def told(soon: bool, fails_at: int | None = None) -> list[str]:
    said: list[str] = []

    def pages() -> Iterator[int]:
        for n in range(3):
            if n == fails_at:
                raise NotOcpi("broken")
            said.append(f"came {n}")
            yield n

    def begin(n: int) -> object:
        said.append(f"begun {n}")
        return lambda: -n

    try:
        for page, result in by_one(pages(), begin, lambda: soon):  # type: ignore[arg-type]
            assert result == -page
            said.append(f"stored {page}")
    except PartnerError:
        said.append("broken")
    return said


def test_the_next_page_is_begun_before_one_is_stored() -> None:
    assert told(soon=True) == [
        "came 0", "begun 0", "came 1", "begun 1", "stored 0", "came 2", "begun 2", "stored 1", "stored 2",
    ]  # fmt: skip


def test_nobody_waits_for_a_page_that_takes_its_time() -> None:
    assert told(soon=False) == [
        "came 0", "begun 0", "stored 0", "came 1", "begun 1", "stored 1", "came 2", "begun 2", "stored 2",
    ]  # fmt: skip


@pytest.mark.parametrize("soon", [True, False])
def test_what_came_before_a_failure_is_stored_before_it_is_told(soon: bool) -> None:
    said = told(soon, fails_at=2)
    assert said[-1] == "broken"
    assert [each for each in said if each.startswith("stored")] == ["stored 0", "stored 1"]


def test_it_is_known_whether_work_is_finished() -> None:
    gate = threading.Event()
    with Ahead() as ahead:
        assert ahead.finishes(0)
        ahead.submit(gate.wait, 30)
        assert not ahead.finishes(0.01)
        gate.set()
        assert ahead.finishes(30)
