"""GET location, EVSE, connector: by the partner that owns them, and by our apps."""

import json
from pathlib import Path

import pytest

from tests import factories
from tests.callers import Caller

L1 = ("locations", "NL", "CPO", "L1")
CLOSED = {"publish": False, "publish_allowed_to": [{"uid": "04AABBCCDD", "type": "RFID"}]}


@pytest.mark.requirement("LOC-16")
def test_each_level_is_returned_as_it_was_stored(cpo: Caller) -> None:
    cpo.put(*L1, body=factories.location())
    assert cpo.get(*L1).data == factories.location()
    assert cpo.get(*L1, "E2").data == factories.location()["evses"][1]
    assert cpo.get(*L1, "E2", "C1").data == factories.connector()


@pytest.mark.requirement("LOC-16", "LOC-33", "LOC-34")
def test_the_example_of_the_specification_survives_the_way_in_and_out(cpo: Caller) -> None:
    examples = Path(__file__).parents[3] / "tests" / "spec_examples"
    example = json.loads((examples / "location_example.json").read_text())
    example |= {"country_code": "NL", "party_id": "CPO"}
    cpo.put("locations", "NL", "CPO", example["id"], body=example)
    stored = cpo.get("locations", "NL", "CPO", example["id"]).data
    assert stored == example
    assert isinstance(stored["coordinates"]["latitude"], str)


@pytest.mark.requirement("LOC-17")
@pytest.mark.parametrize("path", [("L9",), ("L1", "E9"), ("L1", "E1", "C9"), ("L9", "E1"), ("L1", "E9", "C1")])
def test_what_is_unknown_is_not_found(cpo: Caller, path: tuple[str, ...]) -> None:
    cpo.put(*L1, body=factories.location())
    answer = cpo.get("locations", "NL", "CPO", *path)
    assert (answer.status, "data" in answer.body) == ((404, 2003), False)


@pytest.mark.requirement("LOC-18", "TRA-28")
@pytest.mark.parametrize("path", [("L1",), ("L1", "E1"), ("L1", "E1", "C1")])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_other_methods_are_not_allowed_and_say_which_are(cpo: Caller, method: str, path: tuple[str, ...]) -> None:
    cpo.put(*L1, body=factories.location())
    answer = cpo.request(method, "locations", "NL", "CPO", *path, body={})
    assert answer.status == (405, 2000)
    assert {"GET", "PUT", "PATCH"} <= set(answer["Allow"].split(", "))
    assert cpo.get(*L1).data == factories.location()


@pytest.mark.requirement("LOC-18", "TRA-10")
def test_another_partner_finds_nothing_even_under_that_party(cpo: Caller, cp2: Caller) -> None:
    cpo.put(*L1, body=factories.location())
    assert cp2.get(*L1).status == (404, 2003)
    assert cp2.get(*L1, "E1", "C1").status == (404, 2003)


@pytest.mark.requirement("SEED-04")
def test_an_app_reads_and_pushes_nothing(cpo: Caller, app: Caller) -> None:
    cpo.put(*L1, body=factories.location())
    assert app.get(*L1, "E1", "C1").data == factories.connector()
    assert app.put(*L1, body=factories.location(name="X")).http.status_code == 403
    assert app.patch(*L1, "E1", body={"status": "BLOCKED", "last_updated": "2030-01-01T00:00:00Z"}).status[0] == 403
    assert cpo.get(*L1).data == factories.location()


@pytest.mark.requirement("LOC-23", "LOC-27")
def test_an_unpublished_location_is_not_found_by_apps_but_by_the_helpdesk(cpo: Caller, app: Caller) -> None:
    cpo.put(*L1, body=factories.location(publish=False))
    for path in (L1, (*L1, "E1"), (*L1, "E1", "C1")):
        assert app.get(*path).status == (404, 2003)
        assert app.get(*path, query="unpublished=true").status == (200, 1000)
        assert cpo.get(*path).status == (200, 1000)


@pytest.mark.requirement("LOC-23")
def test_the_owner_of_a_matching_token_finds_it(cpo: Caller, app: Caller) -> None:
    factories.token()
    factories.token(uid="OTHER")
    cpo.put(*L1, body=factories.location(**CLOSED))
    assert app.get(*L1, query="token_uid=04aabbccdd").status == (200, 1000)
    assert app.get(*L1, query="token_uid=OTHER").status == (404, 2003)
    assert app.get(*L1, query="token_uid=UNKNOWN").status == (404, 2003)


@pytest.mark.requirement("LOC-22")
def test_a_location_without_evses_is_returned_without_them(cpo: Caller) -> None:
    bare = {key: value for key, value in factories.location().items() if key != "evses"}
    cpo.put(*L1, body=bare)
    assert cpo.get(*L1).data == bare


@pytest.mark.requirement("LOC-28")
def test_without_operator_an_app_sees_the_company_of_the_credentials_role(cpo: Caller, app: Caller) -> None:
    cpo.put(*L1, body=factories.location())
    assert app.get(*L1).data["operator"] == {"name": "CPO Charging"}
    assert "operator" not in cpo.get(*L1).data
    cpo.put(*L1, body=factories.location(operator={"name": "Own name"}))
    assert app.get(*L1).data["operator"] == {"name": "Own name"}


@pytest.mark.requirement("LOC-28")
def test_a_party_without_business_details_is_shown_by_its_id(cpo: Caller, app: Caller) -> None:
    cpo.partner.roles.update(business_details={})
    cpo.put(*L1, body=factories.location())
    assert app.get("locations").data[0]["operator"] == {"name": "NL-CPO"}
