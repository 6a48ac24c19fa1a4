"""Pushes to one location at the same moment, on real threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from tests import factories
from tests.callers import Answer, Caller

L1 = ("locations", "NL", "CPO", "L1")
MANY = [factories.evse(uid=f"E{n}", evse_id=f"NL*CPO*E{n}") for n in range(8)]


def at_once(action: Callable[[int], Answer]) -> list[Answer]:
    def run(n: int) -> Answer:
        try:
            return action(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(run, range(8)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("LOC-01", "TRA-26")
def test_first_puts_of_one_location_make_one_location(cpo: Caller) -> None:
    body = factories.location(evses=MANY)
    answers = at_once(lambda n: cpo.put(*L1, body=body))
    assert sorted(answer.status for answer in answers) == [(200, 1000)] * 7 + [(201, 1000)]
    assert cpo.get("locations").data == [body]


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("LOC-05", "LOC-06", "LOC-08")
def test_statuses_of_eight_evses_are_all_kept_and_the_latest_time_wins(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location(evses=MANY))
    times = [f"2026-03-01T12:0{n + 1}:00Z" for n in range(8)]
    answers = at_once(lambda n: cpo.patch(*L1, f"E{n}", body={"status": "CHARGING", "last_updated": times[n]}))
    assert {answer.status for answer in answers} == {(200, 1000)}
    charging = [evse | {"status": "CHARGING", "last_updated": times[n]} for n, evse in enumerate(MANY)]
    assert cpo.get(*L1).data == factories.location(evses=charging, last_updated=times[7])


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("LOC-02")
def test_eight_new_evses_of_one_location_are_all_kept(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location(evses=[]))
    answers = at_once(lambda n: cpo.put(*L1, f"E{n}", body=MANY[n]))
    assert {answer.status for answer in answers} == {(201, 1000)}
    assert sorted(evse["uid"] for evse in cpo.get(*L1).data["evses"]) == [f"E{n}" for n in range(8)]
