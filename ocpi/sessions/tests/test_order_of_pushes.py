"""Any order and any repetition of a charge's pushes end in the state that the right order would have given."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocpi.locations.models import Location
from ocpi.sessions.models import Session
from tests import factories
from tests.callers import Caller

S1 = ("sessions", "NL", "CPO", "S1")
L1 = ("locations", "NL", "CPO", "L1")
Push = tuple[str, tuple[str, ...], dict[str, Any]]


def at(minute: int) -> str:
    return f"2026-03-01T12:{minute:02}:00Z"


def _period(n: int) -> dict[str, Any]:
    return factories.period(f"2026-03-01T10:{n:02}:00Z", n)


CHARGE: list[Push] = [
    *(("PATCH", S1, {"kwh": n, "charging_periods": [_period(n)], "last_updated": at(n)}) for n in range(1, 6)),
    ("PATCH", S1, {"kwh": 6, "status": "COMPLETED", "end_date_time": at(6), "last_updated": at(6)}),
]
CORRECTED: list[Push] = [
    *CHARGE[:3],
    ("PUT", S1, factories.session(kwh=4, charging_periods=[_period(1), _period(4)], last_updated=at(4))),
    ("PATCH", S1, {"kwh": 6, "charging_periods": [_period(6)], "status": "COMPLETED", "last_updated": at(6)}),
]
STATUSES: list[Push] = [
    ("PATCH", (*L1, uid), {"status": status, "last_updated": at(n)})
    for uid, start in (("E1", 1), ("E2", 3))
    for n, status in enumerate(["CHARGING", "BLOCKED", "OUTOFORDER", "AVAILABLE"], start)
]


@pytest.fixture
def play(cpo: Caller) -> Any:
    def play(pushes: list[Push]) -> tuple[Any, Any]:
        Session.objects.all().delete()
        Location.objects.all().delete()
        cpo.put(*L1, body=factories.location())
        cpo.put(*S1, body=factories.session())
        for method, path, body in pushes:
            assert cpo.request(method, *path, body=body).body["status_code"] == 1000
        return cpo.get(*L1).data, cpo.get(*S1).data

    return play


@pytest.mark.requirement("AMB-04", "LOC-06", "LOC-52", "SES-05", "SES-07", "FLD-20")
@pytest.mark.parametrize("story", [CHARGE, CORRECTED, STATUSES], ids=["charge", "corrected charge", "statuses"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_and_repetition_ends_in_the_same_state(play: Any, story: list[Push], data: st.DataObject) -> None:
    numbers = data.draw(st.permutations(range(len(story))))
    repeated = data.draw(st.lists(st.sampled_from(range(len(story))), max_size=4))
    assert play([story[n] for n in [*numbers, *repeated]]) == play(story)
