"""Two eMSPs at one CPO: neither sees the other's drivers."""

from collections.abc import Callable

import pytest

from mock_cpo.tests.conftest import Cpo
from mock_cpo.tests.emsp import Answer, Emsp, token

PLACE = {"location_id": "NLUTC01", "evse_uid": "NLUTC01-01"}
SINCE = "?date_from=2020-01-01T00:00:00Z"


@pytest.fixture
def other(cpo: Cpo, make_emsp: Callable[..., Emsp]) -> Emsp:
    made = make_emsp("DE", "OTH", registered=False)
    made.register(cpo.control("POST", "/token-a", expect=201)["token_a"], "other-token-b")
    return made


@pytest.mark.requirement("PAG-18", "TRA-10", "CDR-33")
@pytest.mark.long
def test_sessions_and_cdrs_reach_the_owner_of_the_token_only(cpo: Cpo, emsp: Emsp, other: Emsp) -> None:
    cpo.platform.clock.fast = 600
    card = token(country_code="DE", party_id="OTH", uid="0DE0")
    other.call("PUT", "/tokens/DE/OTH/0DE0", card)
    cpo.control("POST", "/plug", PLACE)
    session_id = cpo.control("POST", "/tap", PLACE | {"token_uid": "0DE0"})["session_id"]
    cpo.wait_until(lambda: cpo.session(session_id)["kwh"] > 0)
    cpo.control("POST", "/stop", {"session_id": session_id})
    other.wait_for("POST", "/cdrs")
    for path in (f"/sessions{SINCE}", "/cdrs"):
        assert len(other.call("GET", path).json()["data"]) == 1
        mine = emsp.call("GET", path)
        assert (mine.json()["data"], mine.headers["X-Total-Count"]) == ([], "0")
    assert not [seen for seen in emsp.seen if "/sessions" in seen.path or "/cdrs" in seen.path]
    assert emsp.wait_for("PATCH", "/locations/"), "the status of an EVSE is for everybody"


@pytest.mark.requirement("TRA-39", "TRA-10")
def test_tokens_of_another_platform_can_neither_be_read_nor_written(emsp: Emsp, other: Emsp) -> None:
    other.call("PUT", "/tokens/DE/OTH/0DE0", token(country_code="DE", party_id="OTH", uid="0DE0"))
    assert emsp.call("GET", "/tokens/DE/OTH/0DE0").status_code == 404
    assert (
        emsp.call("PUT", "/tokens/DE/OTH/0DE0", token(country_code="DE", party_id="OTH", uid="0DE0")).status_code == 404
    )
    stolen = {"OCPI-from-country-code": "DE", "OCPI-from-party-id": "OTH"}
    assert emsp.call("GET", "/tokens/DE/OTH/0DE0", headers=stolen).json()["status_code"] == 2001


@pytest.mark.requirement("CRE-03")
def test_each_emsp_has_its_own_token_a_and_token_c(cpo: Cpo, emsp: Emsp, other: Emsp) -> None:
    assert emsp.their_token != other.their_token
    first, second = (cpo.control("POST", "/token-a", expect=201)["token_a"] for _ in range(2))
    assert first != second


def test_an_unknown_card_is_asked_for_at_every_emsp_until_one_knows_it(cpo: Cpo, emsp: Emsp, other: Emsp) -> None:
    card = token(country_code="DE", party_id="OTH", uid="0DE1")
    other.authorize = lambda uid, seen: Answer({"allowed": "ALLOWED", "token": card})
    outcome = cpo.control("POST", "/tap", PLACE | {"token_uid": "0DE1"})
    assert outcome["started"] is True
    assert emsp.got("POST", "/authorize")
    assert other.wait_for("PUT", "/sessions/")[0].body["cdr_token"]["party_id"] == "OTH"
