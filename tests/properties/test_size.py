"""Large objects within the default limits: 500 EVSEs, 2,000 charging periods (TYP-20, SES-38)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocpi.sessions.models import Session
from tests import factories
from tests.callers import Caller

L1, S1 = ("locations", "NL", "CPO", "L1"), ("sessions", "NL", "CPO", "S1")
LATER, LATER_STILL = "2026-03-02T12:00:00Z", "2026-03-03T12:00:00Z"


def periods(count: int) -> list[dict[str, Any]]:
    return [factories.period(f"2026-03-01T{n // 60 % 24:02}:{n % 60:02}:{n // 1440:02}Z", n + 1) for n in range(count)]


@pytest.mark.requirement("TYP-20", "LOC-01", "LOC-08", "LOC-11", "PAG-01")
def test_a_location_of_500_evses_is_put_patched_read_and_listed(cpo: Caller) -> None:
    evses = [factories.evse(uid=f"E{n}", evse_id=f"NL*CPO*E{n}") for n in range(500)]
    whole = factories.location(evses=evses)
    assert cpo.put(*L1, body=whole).status == (201, 1000)
    assert cpo.put(*L1, body=whole).status == (200, 1000)
    assert cpo.get(*L1).data == cpo.get("locations").data[0] == whole
    blocked = [{"uid": f"E{n}", "status": "BLOCKED"} for n in range(500)]
    assert cpo.patch(*L1, body={"evses": blocked, "last_updated": LATER}).status == (200, 1000)
    shown = cpo.get(*L1).data
    assert shown == whole | {"evses": [evse | {"status": "BLOCKED"} for evse in evses], "last_updated": LATER}


@pytest.mark.requirement("TYP-20", "SES-02", "SES-05", "SES-38", "PAG-01")
def test_a_session_of_2000_periods_is_put_patched_read_and_listed(cpo: Caller) -> None:
    first, added = periods(4000)[:2000], periods(4000)[2000:]
    whole = factories.session(charging_periods=first)
    assert cpo.put(*S1, body=whole).status == (201, 1000)
    assert cpo.put(*S1, body=whole).status == (200, 1000)
    assert cpo.get(*S1).data == cpo.get("sessions").data[0] == whole
    assert cpo.patch(*S1, body={"charging_periods": [*first, *added], "last_updated": LATER}).status == (200, 1000)
    assert cpo.get(*S1).data == whole | {"charging_periods": [*first, *added], "last_updated": LATER}
    assert Session.objects.get().period_count == 4000


@pytest.mark.requirement("TYP-20", "CDR-01", "CDR-03", "PAG-01")
def test_a_cdr_of_2000_periods_is_posted_read_and_listed(cpo: Caller) -> None:
    whole = factories.cdr(charging_periods=periods(2000))
    assert cpo.post("cdrs", body=whole).status == (201, 1000)
    assert cpo.post("cdrs", body=whole).status == (200, 1000)
    assert cpo.get("cdrs", "D1").data == cpo.get("cdrs").data[0] == whole


@pytest.mark.requirement("SES-38")
def test_a_period_costs_the_same_statements_however_many_there_are_and_loads_none_of_them(cpo: Caller) -> None:
    def statements(size: int) -> list[str]:
        path = ("sessions", "NL", "CPO", f"S{size}")
        cpo.put(*path, body=factories.session(id=f"S{size}", charging_periods=periods(size)))
        body = {"charging_periods": [factories.period(LATER)], "kwh": 5, "last_updated": LATER}
        with CaptureQueriesContext(connection) as captured:
            assert cpo.patch(*path, body=body).status == (200, 1000)
        found = [query["sql"] for query in captured if "chargingperiod" in query["sql"]]
        assert len(cpo.get(*path).data["charging_periods"]) == size + 1
        return found

    few, many = statements(20), statements(2000)
    assert [sql.split()[0] for sql in few] == [sql.split()[0] for sql in many] == ["SELECT", "INSERT"]
    assert "digest" in many[0].partition("WHERE")[2]
    assert max(map(len, many)) < max(map(len, few)) + 50
