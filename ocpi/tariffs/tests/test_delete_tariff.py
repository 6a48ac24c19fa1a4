"""DELETE tariff: the only thing that a CPO can delete here; and what else can be done with one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.callers import Caller

T1 = ("tariffs", "NL", "CPO", "T1")


@pytest.mark.requirement("TAR-03", "TRA-16", "AMB-46")
def test_a_deleted_tariff_is_gone_and_may_come_back(cpo: Caller) -> None:
    cpo.put(*T1, body=factories.tariff())
    answer = cpo.delete("tariffs", "nl", "cpo", "t1")
    assert (answer.status, "data" in answer.body) == ((200, 1000), False)
    assert cpo.get(*T1).status == (404, 2001)
    assert cpo.put(*T1, body=factories.tariff(last_updated="2026-01-01T00:00:00Z")).status == (201, 1000)


@pytest.mark.requirement("TAR-04")
def test_an_unknown_tariff_is_not_found(cpo: Caller) -> None:
    assert cpo.delete("tariffs", "NL", "CPO", "T9").status == (404, 2001)


@pytest.mark.requirement("TAR-03", "TRA-39")
def test_nobody_deletes_what_another_owns(cpo: Caller, cp2: Caller, app: Caller) -> None:
    cpo.put(*T1, body=factories.tariff())
    assert cp2.delete(*T1).status == (404, 2001)
    assert app.delete(*T1).http.status_code == 403
    assert cpo.get(*T1).data == factories.tariff()


@pytest.mark.requirement("TAR-05")
def test_connectors_and_bills_that_name_it_stay(cpo: Caller, app: Caller) -> None:
    cpo.put(*T1, body=factories.tariff())
    cpo.put("locations", "NL", "CPO", "L1", body=factories.location())
    cpo.post("cdrs", body=factories.cdr())
    assert cpo.delete(*T1).status == (200, 1000)
    assert cpo.get("locations", "NL", "CPO", "L1").data == factories.location()
    assert app.get("tariffs").data == []  # the price of the connector is unknown from now on
    assert cpo.get("cdrs", "D1").data["tariffs"] == [factories.tariff()]


@pytest.mark.requirement("TAR-02", "TRA-28")
@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_there_is_no_patch_and_no_post(cpo: Caller, method: str) -> None:
    cpo.put(*T1, body=factories.tariff())
    answer = cpo.request(method, *T1, body={"currency": "SEK", "last_updated": "2030-01-01T00:00:00Z"})
    assert answer.status == (405, 2000)
    assert {"GET", "PUT", "DELETE"} <= set(answer["Allow"].split(", "))
    assert cpo.post("tariffs", body=factories.tariff()).status == (405, 2000)
    assert cpo.get(*T1).data == factories.tariff()


@pytest.mark.requirement("SEED-04", "PAG-08", "PAG-18", "TAR-06")
def test_two_partners_never_mix_and_an_app_sees_both(cpo: Caller, cp2: Caller, app: Caller) -> None:
    theirs = factories.tariff(country_code="DE", party_id="CP2", currency="SEK")
    cpo.put(*T1, body=factories.tariff())
    cp2.put("tariffs", "DE", "CP2", "T1", body=theirs)
    assert (cpo.get("tariffs").data, cp2.get("tariffs").data) == ([factories.tariff()], [theirs])
    assert app.get("tariffs").data == [factories.tariff(), theirs]
    assert app.get(*T1).data == factories.tariff()
    assert cp2.get(*T1).status == (404, 2001)
    assert cp2.get("tariffs")["X-Total-Count"] == "1"


def test_a_page_takes_the_same_number_of_queries_however_long(cpo: Caller) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            cpo.get("tariffs")
        return len(captured)

    for n in range(3):
        cpo.put("tariffs", "NL", "CPO", f"T{n}", body=factories.tariff(id=f"T{n}"))
    with_three = queries()
    for n in range(3, 30):
        cpo.put("tariffs", "NL", "CPO", f"T{n}", body=factories.tariff(id=f"T{n}"))
    assert queries() == with_three <= 6
