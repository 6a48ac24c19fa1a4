"""GET CDR: at its URL, by its id alone, and our list of them (SEED-04, SEED-05)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocpi.partners import callers
from tests import factories
from tests.callers import Caller

THEIRS = factories.cdr(country_code="DE", party_id="CP2", total_energy=7)
D1 = ("cdrs", "NL", "CPO", "D1")


@pytest.fixture(autouse=True)
def _both(cpo: Caller, cp2: Caller) -> None:
    cpo.post("cdrs", body=factories.cdr())
    cp2.post("cdrs", body=THEIRS)


@pytest.mark.requirement("CDR-03", "CDR-04", "SEED-05")
def test_a_partner_reads_its_own_and_nobody_elses(cpo: Caller, cp2: Caller) -> None:
    assert cpo.get(*D1).data == cpo.get("cdrs", "d1").data == factories.cdr()
    assert cp2.get("cdrs", "D1").data == THEIRS
    assert cp2.get(*D1).status == cpo.get("cdrs", "DE", "CP2", "D1").status == (404, 2001)
    assert cpo.get("cdrs", "D1", query="country_code=DE&party_id=CP2").status == (404, 2001)


@pytest.mark.requirement("SEED-05")
def test_an_app_is_told_which_parties_use_the_id(app: Caller) -> None:
    answer = app.get("cdrs", "D1")
    assert answer.status == (200, 2001)
    assert "NL-CPO" in answer.message
    assert "DE-CP2" in answer.message
    assert app.get("cdrs", "D1", query="country_code=de&party_id=cp2").data == THEIRS
    assert app.get(*D1).data == factories.cdr()


@pytest.mark.requirement("SEED-05", "TRA-27")
def test_an_unknown_id_is_not_found(cpo: Caller, app: Caller) -> None:
    assert cpo.get("cdrs", "D9").status == app.get("cdrs", "D9").status == (404, 2001)


@pytest.mark.requirement("CDR-05", "CDR-06", "TRA-28")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [("cdrs",), ("cdrs", "D1"), D1])
def test_a_cdr_cannot_be_changed(cpo: Caller, method: str, path: tuple[str, ...]) -> None:
    assert cpo.request(method, *path, body=factories.cdr(remark="x")).status == (405, 2000)
    assert cpo.get(*D1).data == factories.cdr()


@pytest.mark.requirement("SEED-04", "CDR-05", "PAG-08", "PAG-18")
def test_two_partners_never_mix_and_an_app_sees_both(cpo: Caller, cp2: Caller, app: Caller) -> None:
    assert (cpo.get("cdrs").data, cp2.get("cdrs").data) == ([factories.cdr()], [THEIRS])
    assert app.get("cdrs").data == [factories.cdr(), THEIRS]
    assert [caller.get("cdrs")["X-Total-Count"] for caller in (cpo, cp2, app)] == ["1", "1", "2"]


@pytest.mark.requirement("SEED-04", "PAG-02", "PAG-03", "PAG-10")
def test_the_list_is_paged_and_filtered_by_date(cpo: Caller) -> None:
    for n in range(3):
        cpo.post("cdrs", body=factories.cdr(id=f"P{n}", last_updated=f"2026-04-0{n + 1}T00:00:00Z"))
    page = cpo.get("cdrs", query="limit=3")
    assert ([cdr["id"] for cdr in page.data], "offset=3" in page["Link"]) == (["D1", "P0", "P1"], True)
    window = "date_from=2026-04-02T00:00:00Z&date_to=2026-04-03T00:00:00Z"
    assert [cdr["id"] for cdr in cpo.get("cdrs", query=window).data] == ["P1"]


@pytest.mark.requirement("SEED-04")
def test_an_app_sends_no_cdr(app: Caller) -> None:
    assert app.post("cdrs", body=factories.cdr(id="D3")).http.status_code == 403
    assert len(app.get("cdrs").data) == 2


@pytest.mark.long
def test_a_page_takes_the_same_number_of_queries_however_long(cpo: Caller) -> None:
    def queries() -> int:
        callers.forget()  # or the look-up counts in one of them only
        with CaptureQueriesContext(connection) as captured:
            cpo.get("cdrs")
        return len(captured)

    with_one = queries()
    for n in range(30):
        cpo.post("cdrs", body=factories.cdr(id=f"P{n}"))
    assert queries() == with_one <= 6
