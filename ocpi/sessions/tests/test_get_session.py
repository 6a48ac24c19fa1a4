"""GET session, and our list of them (SEED-04)."""

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.callers import Caller

S1 = ("sessions", "NL", "CPO", "S1")
EXAMPLES = Path(__file__).parents[3] / "tests" / "spec_examples"


@pytest.mark.requirement("SES-11", "SES-24")
@pytest.mark.parametrize("name", ["session_example_1_simple_start", "session_example_2_short_finished"])
def test_the_examples_of_the_specification_survive_the_way_in_and_out(cpo: Caller, name: str) -> None:
    example = json.loads((EXAMPLES / f"{name}.json").read_text())
    example |= {"country_code": "NL", "party_id": "CPO", "cdr_token": factories.cdr_token()}
    path = ("sessions", "NL", "CPO", example["id"])
    assert cpo.put(*path, body=example).status == (201, 1000)
    assert cpo.get(*path).data == example


@pytest.mark.requirement("SES-11", "TRA-27")
def test_an_unknown_session_is_not_found(cpo: Caller) -> None:
    answer = cpo.get("sessions", "NL", "CPO", "S9")
    assert (answer.status, "data" in answer.body) == ((404, 2001), False)


@pytest.mark.requirement("SES-12", "TRA-28")
@pytest.mark.parametrize(
    ("method", "path"), [("POST", ("sessions",)), ("POST", S1), ("DELETE", S1), ("PUT", ("sessions",))]
)
def test_other_methods_are_not_allowed(cpo: Caller, method: str, path: tuple[str, ...]) -> None:
    cpo.put(*S1, body=factories.session())
    assert cpo.request(method, *path, body=factories.session(kwh=9)).status == (405, 2000)
    assert cpo.get(*S1).data == factories.session()


@pytest.mark.requirement("SEED-04", "SES-13", "PAG-18", "PAG-08")
def test_two_partners_never_mix_and_an_app_sees_both(cpo: Caller, cp2: Caller, app: Caller) -> None:
    mine = factories.session(status="COMPLETED")
    theirs = factories.session(country_code="DE", party_id="CP2", kwh=7, status="COMPLETED")
    cpo.put(*S1, body=mine)
    cp2.put("sessions", "DE", "CP2", "S1", body=theirs)
    assert (cpo.get("sessions").data, cp2.get("sessions").data) == ([mine], [theirs])
    assert app.get("sessions").data == [mine, theirs]
    assert cp2.get("sessions")["X-Total-Count"] == "1"
    assert cp2.get(*S1).status == (404, 2001)
    assert app.get(*S1).data == mine


@pytest.mark.requirement("SEED-04", "PAG-02", "PAG-03", "PAG-10")
def test_the_list_is_paged_and_filtered_by_date(cpo: Caller) -> None:
    for n in range(3):
        body = factories.session(id=f"S{n}", last_updated=f"2026-03-0{n + 1}T00:00:00Z")
        cpo.put("sessions", "NL", "CPO", f"S{n}", body=body)
    page = cpo.get("sessions", query="limit=2")
    assert [s["id"] for s in page.data] == ["S0", "S1"]
    assert "offset=2" in page["Link"]
    window = "date_from=2026-03-02T00:00:00Z&date_to=2026-03-03T00:00:00Z"
    assert [s["id"] for s in cpo.get("sessions", query=window).data] == ["S1"]


@pytest.mark.requirement("SEED-04")
def test_an_app_changes_no_session(cpo: Caller, app: Caller) -> None:
    cpo.put(*S1, body=factories.session(status="COMPLETED"))
    assert app.put(*S1, body=factories.session(kwh=9)).http.status_code == 403
    assert app.patch(*S1, body={"kwh": 9, "last_updated": "2030-01-01T00:00:00Z"}).http.status_code == 403
    assert app.get(*S1).data == factories.session(status="COMPLETED")


@pytest.mark.long
def test_a_page_takes_the_same_number_of_queries_however_long(cpo: Caller) -> None:
    def put(n: int) -> None:
        body = factories.session(id=f"S{n}", charging_periods=[factories.period()])
        cpo.put("sessions", "NL", "CPO", f"S{n}", body=body)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            cpo.get("sessions")
        return len(captured)

    for n in range(3):
        put(n)
    with_three = queries()
    for n in range(3, 30):
        put(n)
    assert queries() == with_three <= 8


def test_pushes_take_a_fixed_number_of_queries(cpo: Caller, django_assert_max_num_queries) -> None:
    periods = [factories.period(f"2026-03-01T10:{n:02}:00Z", n) for n in range(30)]
    with django_assert_max_num_queries(13):
        cpo.put(*S1, body=factories.session(kwh=435, charging_periods=periods))
    with django_assert_max_num_queries(11):
        cpo.patch(*S1, body={"kwh": 9, "charging_periods": periods, "last_updated": "2026-03-01T12:05:00Z"})
